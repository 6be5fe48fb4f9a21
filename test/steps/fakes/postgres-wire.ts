import type { Socket } from 'node:net';
import { startWire, type Wire } from './wire.ts';

/** One message of PostgreSQL's protocol: its letter, its length, its body. */
export function pgMessage(
  letter: string,
  body: Buffer | string,
  length = Buffer.byteLength(body) + 4,
): Buffer {
  const head = Buffer.alloc(5, letter);
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

const PROCESS_KEY = Buffer.from([0, 0, 0, 7, 0, 0, 0, 9]);
const WELCOME = Buffer.concat([
  pgMessage('R', Buffer.alloc(4)),
  pgMessage('K', PROCESS_KEY),
  pgMessage('Z', 'I'),
]);

/** A server that lets everybody in, and then does as `onQuery` says; `onCancel` hears who asks it to stop. */
export function startPostgresWire(
  onQuery: (socket: Socket) => void,
  onCancel: () => void = () => undefined,
): Promise<Wire> {
  const known = new WeakSet<Socket>();
  return startWire((socket, data) => {
    if (known.has(socket)) onQuery(socket);
    else if (isCancel(data)) onCancel();
    else socket.write(WELCOME);
    known.add(socket);
  });
}

function isCancel(data: Buffer): boolean {
  return data.length === 16 && data.readInt32BE(4) === 80_877_102 && data.subarray(8).equals(PROCESS_KEY);
}
