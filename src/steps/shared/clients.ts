import type { Clients, PooledClient } from '../step-kind.ts';

export interface ClientPool extends Clients {
  close(): Promise<void>;
}

export function createClientPool(): ClientPool {
  const open = new Map<string, PooledClient<unknown>>();
  return {
    get<Client>(key: string, make: () => PooledClient<Client>): Client {
      const pooled = (open.get(key) as PooledClient<Client> | undefined) ?? make();
      open.set(key, pooled);
      return pooled.client;
    },
    async close() {
      const clients = [...open.values()];
      open.clear();
      await Promise.allSettled(clients.map(async (pooled) => pooled.close()));
    },
  };
}
