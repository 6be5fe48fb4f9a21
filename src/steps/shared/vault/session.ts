import type { VaultClient, VaultToken } from './client.ts';
import { statusOf } from './errors.ts';
import type { VaultLogin } from './login.ts';
import { keepAlive } from './renewal.ts';

/** A login that is younger than that is not doubted. */
const NEW_MS = 2_000;

/** Keeps Guardia logged in to Vault. */
export interface VaultSession {
  /** Does something with a token; when Vault does not take it any more, once more with another. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether the token that was given is near its end, and cannot be renewed any more. */
  isEnding(): boolean;
  /** Ends the token, unless it was given to Guardia and others may use it. */
  close(): Promise<void>;
}

interface Login {
  since: number;
  stop(): void;
}

/** `onLost` is called when a token is at its end: what it was given ends with it. */
export function createSession(client: VaultClient, login: VaultLogin, onLost: () => void): VaultSession {
  const isOurs = login.by !== 'token';
  let current: Promise<Login> | undefined;
  let ending = false;

  function loggedIn(): Promise<Login> {
    current ??= begin().catch((error) => {
      current = undefined;
      throw error;
    });
    return current;
  }

  async function begin(): Promise<Login> {
    const { ttlMs, renewable } = await client.login(login).catch((error) => unknownToken(login, error));
    const renew = renewable ? client.renewToken : undefined;
    const stop = ttlMs === Infinity ? () => undefined : keepAlive({ ttlMs, renew, lost: forget });
    return { since: Date.now(), stop };
  }

  /** A token that was given is used to its end: there is no other. */
  function forget(): void {
    ending = !isOurs;
    if (!isOurs) return;
    current = undefined;
    onLost();
  }

  async function isDead(error: unknown, { since }: Login): Promise<boolean> {
    if (!isOurs || statusOf(error) !== 403 || Date.now() - since < NEW_MS) return false;
    return !(await client.isLoggedIn());
  }

  return {
    isEnding: () => ending,
    async run(work) {
      const token = loggedIn();
      const used = await token;
      try {
        return await work();
      } catch (error) {
        if (!(await isDead(error, used))) throw error;
        used.stop();
        if (current === token) forget();
        await loggedIn();
        return work();
      }
    },
    async close() {
      const used = await current?.catch(() => undefined);
      used?.stop();
      if (used && isOurs) await client.revokeToken();
    },
  };
}

/** A token may be good for reading, and not for looking itself up. */
function unknownToken(login: VaultLogin, error: unknown): VaultToken {
  if (login.by === 'token' && statusOf(error) === 403) return { ttlMs: Infinity, renewable: false };
  throw error;
}
