import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { GuardiaError } from '../../../errors.ts';
import { networkError } from '../failures.ts';

const PORT = 7687;
/** Bolt's magic number, and the versions that the driver speaks: 5.0 to 5.8, 4.2 to 4.4, 3. */
const HELLO = Buffer.from('6060b01700080805000204040000000300000000', 'hex');
const CONNECT_MS = 3_000;

/** `graph.denis:7687` */
export function boltAddress(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || PORT}`;
}

/**
 * Finds out whether a server speaks Bolt, on a socket of our own. The driver cannot be made to let go of a server
 * that takes the connection and says nothing, and tells a web server from a closed port in prose only.
 */
export async function greet(url: string, signal: AbortSignal): Promise<void> {
  const whom = boltAddress(url);
  const socket = open(url);
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    socket.setTimeout(CONNECT_MS, () => {
      if (socket.connecting)
        socket.destroy(unreachable(`no connection to ${whom} in ${CONNECT_MS / 1_000} s`));
    });
    socket.write(HELLO);
    judge(await firstBytes(socket, whom), whom);
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError(error, whom);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** `+s` wants a certificate that the system trusts, `+ssc` takes any. */
function open(url: string): Socket {
  const { protocol, hostname: host, port } = new URL(url);
  const at = { host: host.replace(/^\[|\]$/g, ''), port: Number(port || PORT) };
  if (protocol.endsWith('+s:')) return connectSecure(at);
  if (protocol.endsWith('+ssc:')) return connectSecure({ ...at, rejectUnauthorized: false });
  return connectPlain(at);
}

async function firstBytes(socket: Socket, whom: string): Promise<Buffer> {
  const closed = once(socket, 'close').then(() => {
    throw unreachable(`${whom} closed the connection before it had answered`);
  });
  closed.catch(() => undefined);
  let data = Buffer.alloc(0);
  while (data.length < 4) {
    const [more] = await Promise.race([once(socket, 'data'), closed]);
    data = Buffer.concat([data, more]);
  }
  return data;
}

/** Two zeros, minor and major version; all zeros when the server knows none of ours. */
function judge(answer: Buffer, whom: string): void {
  const [first, second, , major = 0] = answer;
  if (first === 0 && second === 0 && major > 0 && major < 10) return;
  if (answer.readUInt32BE(0) === 0)
    throw new GuardiaError('refused', `${whom} speaks no version of Bolt that Guardia knows`);
  throw new GuardiaError('nonsense', `${whom} does not speak Bolt`);
}

function unreachable(message: string): GuardiaError {
  return new GuardiaError('unreachable', message, { retryable: true });
}
