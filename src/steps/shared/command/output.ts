import { plainText } from '../text.ts';

/** How much of a program's output is kept, in bytes, of each of its two streams. */
export const KEPT_BYTES = 1_048_576;

const NEWLINE = 0x0a;

/** Collects output up to a bound and counts what came beyond it. */
export function boundedOutput(limit = KEPT_BYTES) {
  const chunks: Buffer[] = [];
  let [kept, dropped, lines] = [0, 0, 0];
  let inLine = false;
  return {
    add(chunk: Buffer) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
      if (chunk.length > 0) inLine = chunk.at(-1) !== NEWLINE;
      const part = chunk.subarray(0, limit - kept);
      if (part.length > 0) chunks.push(part);
      kept += part.length;
      dropped += chunk.length - part.length;
    },
    text: () => plainText(Buffer.concat(chunks).toString('utf8')),
    dropped: () => dropped,
    /** How many lines came, also of those that were not kept. */
    lines: () => lines + (inLine ? 1 : 0),
  };
}

/** Collects output of any length and keeps its end: of a log the newest lines. */
export function newestOutput(limit = KEPT_BYTES) {
  const buffer = Buffer.allocUnsafe(2 * limit);
  let end = 0;
  let total = 0;
  const cut = () => total > limit;
  return {
    add(chunk: Buffer) {
      const part = chunk.subarray(-limit);
      if (end + part.length > buffer.length) {
        buffer.copyWithin(0, end - limit, end);
        end = limit;
      }
      end += part.copy(buffer, end);
      total += chunk.length;
    },
    /** Without the line that was cut in two. */
    text() {
      const kept = buffer.subarray(Math.max(0, end - limit), end);
      return plainText(kept.subarray(cut() ? kept.indexOf(NEWLINE) + 1 : 0).toString('utf8'));
    },
    cut,
  };
}
