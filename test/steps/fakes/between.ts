import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** What a client gets in the place of an answer, from its first change on. */
export interface Ending {
  /** `nothing` hangs, `cut` closes the connection. */
  answers: 'nothing' | 'cut' | { bytes: string | Buffer; closes?: true };
  /** Refused before it reached the other side; otherwise the other side has done it. */
  applied?: false;
}

export interface Between {
  port: number;
  stop(): Promise<void>;
}

interface Options {
  to: NetConnectOpts;
  /** Whether these bytes of a client ask for a change. */
  isChange(data: string): boolean;
  note(event: 'connect' | 'talk' | 'change'): void;
  ending?: Ending | undefined;
}

/** Test equipment: stands between a client and a server, as proxies do, and lets a change end as a test wants. */
export async function standBetween({ to, isChange, note, ending }: Options): Promise<Between> {
  const sockets = new Set<Socket>();
  let ended = false;
  const server = createServer((client) => {
    note('connect');
    const upstream = connect(to);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (data) => {
      const change = isChange(data.toString('latin1'));
      note(change ? 'change' : 'talk');
      const over = ended || (change && ending?.applied === false);
      ended ||= change && ending !== undefined;
      if (over) finish(client, ending);
      else upstream.write(data);
    });
    upstream.on('data', (data) => (ended ? finish(client, ending) : client.write(data)));
    client.on('close', () => upstream.destroy());
    upstream.on('end', () => ended || client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function finish(client: Socket, ending: Ending | undefined): void {
  if (!ending || ending.answers === 'nothing') return;
  if (ending.answers === 'cut') client.destroy();
  else if (ending.answers.closes) client.end(ending.answers.bytes);
  else client.write(ending.answers.bytes);
}
