import { createClient } from '@redis/client';
import { freePort, ownFolder, type Server, startServer } from './process.ts';

export interface RedisServer extends Server {
  url: string;
  port: number;
  /** One command, for what a test prepares or looks at. */
  command(...argv: string[]): Promise<unknown>;
}

/** A real redis-server; give the port to start one again where another was. */
export async function startRedis(options: { port?: number; password?: string } = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const folder = await ownFolder('redis');
  const url = `redis://${options.password ? `:${encodeURIComponent(options.password)}@` : ''}127.0.0.1:${port}`;
  const command = (...argv: string[]) => redisCommand(url, argv);
  const server = await startServer({
    name: 'redis-server',
    command: 'redis-server',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      ...(options.password ? ['--requirepass', options.password] : []),
    ],
    folder,
    ready: async () => (await command('PING')) === 'PONG',
  });
  return { ...server, url, port, command };
}

/** On a connection of its own, so that nothing stays open when the server goes. */
export async function redisCommand(url: string, argv: readonly string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 1_000 } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.sendCommand([...argv]);
  } finally {
    client.destroy();
  }
}
