import { plainText } from './text.ts';

/** How much of a program's output is kept, in bytes, of each of its two streams. */
export const KEPT_BYTES = 1_048_576;

/** Collects output up to a bound and counts what came beyond it. */
export function boundedOutput(limit = KEPT_BYTES) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let dropped = 0;
  return {
    add(chunk: Buffer) {
      const part = chunk.subarray(0, limit - kept);
      if (part.length > 0) chunks.push(part);
      kept += part.length;
      dropped += chunk.length - part.length;
    },
    text: () => plainText(Buffer.concat(chunks).toString('utf8')),
    dropped: () => dropped,
  };
}
