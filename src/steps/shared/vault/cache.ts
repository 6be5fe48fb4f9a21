import { GuardiaError } from '../../../errors.ts';
import type { VaultClient, VaultSecret } from './client.ts';
import { keepAlive } from './renewal.ts';
import type { VaultSession } from './session.ts';

const KEPT_MS = 5 * 60_000;
/** While Vault cannot be asked, what it said before is good for longer. */
const KEPT_WITHOUT_VAULT_MS = 60 * 60_000;
/** A lease that nobody has used for so long is given back. */
const UNUSED_MS = 60 * 60_000;
/** What is younger than that has not been replaced. */
const NEW_MS = 1_000;
const MOST_PATHS = 500;

/** What stood at a path of Vault when it was read. */
export interface Held {
  data: VaultSecret['data'];
  readAt: number;
}

interface Kept extends Held {
  freshUntil: number;
  usedAt: number;
  leaseId?: string;
  stop(): void;
}

/** Secrets in memory, each path read once for all who ask; leases are renewed as long as they are used. */
export interface VaultCache {
  at(path: string): Promise<Held>;
  /** Reads a path anew unless that has just been done, or its lease lives. */
  recheck(path: string): Promise<void>;
  /** Forgets what a token was given when the token ends. */
  dropLeases(): void;
  /** Gives every lease back. */
  close(): Promise<void>;
}

export function createCache(client: VaultClient, session: Pick<VaultSession, 'run'>): VaultCache {
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<Kept>>();
  /** When each lease ends, also of those that are used no more. */
  const leases = new Map<string, number>();

  function read(path: string): Promise<Kept> {
    const under =
      reading.get(path) ?? session.run(() => client.read(path)).then((secret) => keep(path, secret));
    reading.set(path, under);
    return under.finally(() => reading.delete(path));
  }

  function keep(path: string, { data, lease }: VaultSecret): Kept {
    const now = Date.now();
    const entry: Kept = { data, readAt: now, usedAt: now, freshUntil: now + KEPT_MS, stop: () => undefined };
    kept.get(path)?.stop();
    kept.delete(path);
    kept.set(path, entry);
    if (lease) keepLease(path, entry, lease);
    const [oldest] = kept.keys();
    if (kept.size > MOST_PATHS && oldest !== undefined) drop(oldest);
    return entry;
  }

  function keepLease(path: string, entry: Kept, { id, ttlMs, renewable }: NonNullable<VaultSecret['lease']>) {
    for (const [other, ends] of leases) if (ends < Date.now()) leases.delete(other);
    leases.set(id, Date.now() + ttlMs);
    const lost = () => kept.get(path) === entry && drop(path);
    const renew = () => renewLease(entry, id);
    entry.leaseId = id;
    entry.freshUntil = Infinity;
    entry.stop = keepAlive({ ttlMs, renew: renewable ? renew : undefined, lost });
  }

  async function renewLease(entry: Kept, id: string): Promise<number> {
    if (Date.now() - entry.usedAt > UNUSED_MS) {
      leases.delete(id);
      await client.revokeLease(id);
      return 0;
    }
    const left = await session.run(() => client.renewLease(id));
    leases.set(id, Date.now() + left);
    return left;
  }

  function drop(path: string): void {
    kept.get(path)?.stop();
    kept.delete(path);
  }

  return {
    async at(path) {
      const entry = kept.get(path);
      if (entry) entry.usedAt = Date.now();
      if (entry && Date.now() < entry.freshUntil) return entry;
      return read(path).catch((error) => {
        if (entry && isPassing(error) && Date.now() < entry.readAt + KEPT_WITHOUT_VAULT_MS) return entry;
        throw error;
      });
    },
    async recheck(path) {
      const entry = kept.get(path);
      if (!entry || Date.now() - entry.readAt < NEW_MS) return;
      const { leaseId } = entry;
      if (leaseId === undefined) await read(path);
      else if (!(await session.run(() => client.isLeased(leaseId)))) drop(path);
    },
    dropLeases() {
      for (const [path, { leaseId }] of kept) if (leaseId !== undefined) drop(path);
    },
    async close() {
      for (const path of [...kept.keys()]) drop(path);
      const open = [...leases].filter(([, ends]) => ends > Date.now()).map(([id]) => id);
      leases.clear();
      await Promise.allSettled(open.map((id) => client.revokeLease(id)));
    },
  };
}

function isPassing(error: unknown): boolean {
  return error instanceof GuardiaError && error.retryable;
}
