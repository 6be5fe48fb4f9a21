import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A TCP server on the loopback address that says exactly what a test wants on the wire. */
export interface Wire {
  host: string;
  port: number;
  /** Everything that clients sent, in order. */
  received(): string;
  /** Resolves when no client is connected any more. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWire(onData: (socket: Socket, data: Buffer) => void): Promise<Wire> {
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      server.emit('quieter');
    });
    socket.on('data', (data) => {
      received += data.toString('latin1');
      onData(socket, data);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    host: '127.0.0.1',
    port,
    received: () => received,
    async quiet() {
      while (sockets.size > 0) await once(server, 'quieter');
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port at which nobody listens. */
export async function closedPort(): Promise<number> {
  const wire = await startWire(() => undefined);
  await wire.stop();
  return wire.port;
}

/** An HTTP answer as bytes. */
export function httpAnswer(
  body: string,
  { status = '200 OK', type = 'application/json', headers = '' } = {},
): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n${headers}\r\n${body}`;
}

/** A server that speaks Redis' protocol: `reply` gives the bytes for each command, undefined says nothing. */
export function startRedisWire(
  reply: (argv: string[], socket: Socket) => string | Buffer | undefined,
): Promise<Wire> {
  return startWire((socket, data) => {
    for (const argv of commandsIn(data.toString('latin1'))) {
      const answer = reply(argv, socket);
      if (answer !== undefined) socket.write(answer);
    }
  });
}

/** `*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n` -> `[['INFO', 'memory']]`; tests send no command in pieces. */
function commandsIn(text: string): string[][] {
  const commands: string[][] = [];
  for (let rest = text; rest.startsWith('*'); ) {
    const lines = rest.split('\r\n');
    const size = Number(lines[0]?.slice(1));
    commands.push(Array.from({ length: size }, (_, index) => lines[2 + 2 * index] ?? ''));
    rest = lines.slice(1 + 2 * size).join('\r\n');
  }
  return commands;
}
