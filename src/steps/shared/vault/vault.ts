import { GuardiaError } from '../../../errors.ts';
import type { Warning } from '../../../telemetry/warnings.ts';
import { withDeadline } from '../deadline.ts';
import { createSecretSet, type SecretSet } from '../secrets/set.ts';
import type { Settings } from '../settings.ts';
import { createCache, type VaultCache } from './cache.ts';
import { openVault, type VaultClient } from './client.ts';
import { secretError } from './errors.ts';
import { type VaultLogin, vaultSettings } from './login.ts';
import { isSecretKey, type SecretReference } from './references.ts';
import { createSession, type VaultSession } from './session.ts';

const GOODBYE_MS = 2_000;

const ENDING: Warning = {
  name: 'vault-token',
  says: 'The Vault token in VAULT_TOKEN ends soon and cannot be renewed. Set VAULT_TOKEN to a new one and start Guardia again.',
};

/** A secret that a call was given. */
export interface UsedSecret extends SecretReference {
  value: string;
}

/** Secrets from Vault, which is asked when the first one is needed. */
export interface Vault {
  /** Throws 'not-configured' with the name of what to set, and 'secret' when it cannot be had. */
  secret(reference: SecretReference, limits: { deadlineMs: number; signal: AbortSignal }): Promise<string>;
  /** Whether any of them is another one by now; those that may be are read anew. */
  isReplaced(used: readonly UsedSecret[]): Promise<boolean>;
  /** All that were ever given out, and the login itself: whatever leaves the house is searched for them. */
  given: SecretSet;
  warnings(): Warning[];
  /** Gives leases and token back. */
  close(): Promise<void>;
}

interface Opened {
  client: VaultClient;
  session: VaultSession;
  cache: VaultCache;
}

export function createVault(settings: Settings, tokenFile?: string): Vault {
  const given = createSecretSet();
  let opened: Promise<Opened> | undefined;
  let session: VaultSession | undefined;

  function open(): Promise<Opened> {
    if (opened) return opened;
    const { address, login } = vaultSettings(settings, tokenFile);
    if (login.by === 'token') given.add([login.token]);
    if (login.by === 'approle') given.add([login.secretId]);
    opened = openAt(address, login).then((made) => {
      session = made.session;
      return made;
    });
    return opened;
  }

  async function valueAt(reference: SecretReference): Promise<string> {
    const { cache, client } = await open();
    const { data } = await cache.at(reference.path);
    const value = data[reference.key];
    if (!['string', 'number', 'boolean'].includes(typeof value) || value === '')
      throw secretError(`${client.name} has no text under ${reference.key} at ${reference.path}`);
    if (isSecretKey(reference)) given.add([String(value)]);
    return String(value);
  }

  return {
    given,
    warnings: () => (session?.isEnding() ? [ENDING] : []),
    async secret(reference, limits) {
      const what = `${reference.path} in Vault`;
      const late = (error: unknown) => {
        if (!(error instanceof GuardiaError) || error.code !== 'deadline') throw error;
        throw secretError(error.message, { retryable: true });
      };
      return withDeadline({ what, ...limits }, () => valueAt(reference)).catch(late);
    },
    async isReplaced(used) {
      if (used.length === 0) return false;
      const { cache } = await open();
      const paths = new Set(used.map(({ path }) => path));
      await Promise.all([...paths].map((path) => cache.recheck(path)));
      const now = await Promise.all(used.map(valueAt));
      return used.some(({ value }, index) => value !== now[index]);
    },
    async close() {
      const last = await opened;
      opened = undefined;
      if (!last) return;
      const { cache, session, client } = last;
      const goodbye = () => cache.close().then(() => session.close());
      await withDeadline({ what: client.name, deadlineMs: GOODBYE_MS }, goodbye).catch(() => undefined);
      await client.close();
    },
  };
}

async function openAt(address: string, login: VaultLogin): Promise<Opened> {
  const client = await openVault(address);
  const session = createSession(client, login, () => cache.dropLeases());
  const cache: VaultCache = createCache(client, session);
  return { client, session, cache };
}
