import type { Readable } from 'node:stream';
import { GuardiaError } from '../../../errors.ts';
import { networkError } from '../failures.ts';

const HEADER_BYTES = 8;
const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/** Output of a container, in the order in which it came. */
export type Take = (stream: 'stdout' | 'stderr', data: Buffer) => void;

/**
 * Reads a body of Docker's multiplexed streams to its end: frames of `[stream, 0, 0, 0, size, size, size, size]` and so
 * many bytes. A frame is handed on in the pieces in which it comes, however large it says it is.
 * https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
 */
export async function readFrames(body: Readable, whom: string, take: Take, signal: AbortSignal) {
  let [header, left, stream] = [Buffer.alloc(0), 0, 'stdout' as (typeof STREAMS)[number]];
  await readChunks(body, whom, signal, (chunk) => {
    for (let rest = chunk; rest.length > 0; ) {
      if (left > 0) {
        const data = rest.subarray(0, left);
        take(stream === 'stderr' ? 'stderr' : 'stdout', data);
        left -= data.length;
        rest = rest.subarray(data.length);
        continue;
      }
      const missing = HEADER_BYTES - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < HEADER_BYTES) continue;
      stream = streamOf(header, whom);
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  });
  if (left > 0 || header.length > 0) throw networkError({ code: 'ECONNRESET' }, whom);
}

/** Reads a body to its end. Throws the signal's reason, or what a broken connection means. */
export async function readChunks(
  body: Readable,
  whom: string,
  signal: AbortSignal,
  take: (chunk: Buffer) => void,
): Promise<void> {
  try {
    for await (const chunk of body) take(chunk);
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError(error, whom);
  } finally {
    body.destroy();
  }
}

function streamOf(header: Buffer, whom: string): (typeof STREAMS)[number] {
  const stream = STREAMS[header.readUInt8(0)];
  if (stream === undefined || header.readUIntBE(1, 3) !== 0)
    throw new GuardiaError('nonsense', `${whom} sent output that is not in Docker's frames`);
  return stream;
}
