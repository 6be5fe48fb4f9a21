import type { Clients, PooledClient } from '../step-kind.ts';

/** A client that no call has used for so long is closed, as those are that were opened with a secret of yesterday. */
const IDLE_MS = 15 * 60_000;

export interface ClientPool extends Clients {
  /** For one call: what it uses stays open until `done`. */
  borrow(): Clients & { done(): void };
  close(): Promise<void>;
}

interface Entry extends PooledClient<unknown> {
  calls: number;
  usedAt: number;
}

export function createClientPool(): ClientPool {
  const open = new Map<string, Entry>();

  function entryOf(key: string, make: () => PooledClient<unknown>): Entry {
    const known = open.get(key);
    if (known) {
      known.usedAt = Date.now();
      return known;
    }
    closeIdle(open);
    const entry: Entry = { ...make(), calls: 0, usedAt: Date.now() };
    open.set(key, entry);
    return entry;
  }

  return {
    get: <Client>(key: string, make: () => PooledClient<Client>) => entryOf(key, make).client as Client,
    borrow() {
      const used = new Set<Entry>();
      return {
        get<Client>(key: string, make: () => PooledClient<Client>): Client {
          const entry = entryOf(key, make);
          if (!used.has(entry)) entry.calls += 1;
          used.add(entry);
          return entry.client as Client;
        },
        done() {
          for (const entry of used) {
            entry.calls -= 1;
            entry.usedAt = Date.now();
          }
          used.clear();
        },
      };
    },
    async close() {
      const clients = [...open.values()];
      open.clear();
      await Promise.allSettled(clients.map(async (pooled) => pooled.close()));
    },
  };
}

function closeIdle(open: Map<string, Entry>): void {
  for (const [key, entry] of open) {
    if (entry.calls > 0 || Date.now() - entry.usedAt < IDLE_MS) continue;
    open.delete(key);
    void Promise.resolve(entry.close()).catch(() => undefined);
  }
}
