import type { IncomingMessage } from 'node:http';
import type { Answer } from './route.ts';

export type Read<Value> = { ok: true; value: Value } | { ok: false; answer: Answer };

/** What is sent beyond the limit is read and dropped up to here, so that the sender gets to read the answer. */
const DRAIN = 16;

/** The bytes of a body of at most `limit`; otherwise the 413 to send. */
export function readBody(request: IncomingMessage, limit: number): Promise<Read<Buffer>> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) {
    drain(request, limit * DRAIN);
    return Promise.resolve(tooLarge(limit));
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      request.off('data', take);
      drain(request, limit * DRAIN);
      resolve(tooLarge(limit));
    };
    request.on('data', take);
    request.once('end', () =>
      resolve({
        ok: true,
        value: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks),
      }),
    );
    const broken = () => resolve(refusal(400, 'bad-input', 'The body ended before it was whole.'));
    request.once('error', broken);
    request.once('close', broken);
  });
}

/** A JSON body of at most `limit` bytes; otherwise the 413, 415 or 400 to send. */
export async function readJson(request: IncomingMessage, limit: number): Promise<Read<unknown>> {
  const type = request.headers['content-type'] ?? '';
  if (
    !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type) ||
    request.headers['content-encoding'] !== undefined
  ) {
    drain(request, limit);
    return refusal(415, 'bad-input', 'Send JSON, not compressed: Content-Type: application/json.');
  }
  const body = await readBody(request, limit);
  if (!body.ok) return body;
  try {
    return { ok: true, value: JSON.parse(body.value.toString('utf8')) };
  } catch {
    return refusal(400, 'bad-input', 'The body is not JSON.');
  }
}

function drain(request: IncomingMessage, most: number): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) request.destroy();
  });
}

function tooLarge(limit: number): Read<never> {
  const words = `The body is larger than ${limit.toLocaleString('en-US')} bytes.`;
  return refusal(413, 'bad-input', words, { connection: 'close' });
}

function refusal(status: number, error: string, message: string, headers?: Answer['headers']): Read<never> {
  return { ok: false, answer: { status, error, message, ...(headers === undefined ? {} : { headers }) } };
}
