import { EventEmitter, once } from 'node:events';
import { type Answer, type Asked, startHttp } from './http-server.ts';

export interface FakeLease {
  path: string;
  ends: number;
}

/** What it keeps and gives out; tests change it as an operator would. */
export interface VaultState {
  /** KV 2 at `secret/` and KV 1 at `old/`, by the path that people write. */
  secrets: Record<string, Record<string, unknown>>;
  /** Seconds that a token and a lease live; 0 is for ever. */
  tokenTtl: number;
  leaseTtl: number;
  renewable: boolean;
  /** Seconds that a renewal gives; the first time again unless it is set. */
  renewedTtl?: number;
  /** Answers everything with this. */
  answers?: Answer;
  /** Paths of the API that no token may read. */
  forbidden: readonly string[];
  /** Does not say which engine is where. */
  silentAboutMounts: boolean;
}

const APPROLE = { role_id: 'role-4711', secret_id: 'secret-id-4711' };
const KUBERNETES = { role: 'guardia', jwt: 'the.service.account' };

/** As much of Vault's API as a client of secrets sees, over HTTP; what it gives out ends, is renewed and revoked. */
export async function startVault(change: Partial<VaultState> = {}) {
  const state: VaultState = {
    secrets: {},
    ...{ tokenTtl: 3_600, leaseTtl: 3_600, renewable: true, silentAboutMounts: false, forbidden: [] },
    ...change,
  };
  const tokens = new Set(['given-token']);
  const leases = new Map<string, FakeLease>();
  const asked = new EventEmitter();
  let made = 0;

  function login(body: string, wanted: object): Answer {
    if (JSON.stringify(JSON.parse(body)) !== JSON.stringify(wanted))
      return { status: 400, body: errors('invalid role or secret ID') };
    const token = `token-${++made}`;
    tokens.add(token);
    return { body: JSON.stringify({ auth: authOf(token, state) }) };
  }

  function credentials(path: string): Answer {
    const id = `${path}/lease-${++made}`;
    leases.set(id, { path, ends: Date.now() + state.leaseTtl * 1_000 });
    const { leaseTtl: lease_duration, renewable } = state;
    const data = { username: `user-${made}`, password: `made-password-${made}` };
    return { body: JSON.stringify({ lease_id: id, lease_duration, renewable, data }) };
  }

  function lookupLease(id: string): Answer {
    const ends = leases.get(id)?.ends ?? 0;
    if (ends < Date.now()) return { status: 400, body: errors('invalid lease') };
    return { body: JSON.stringify({ data: { id, ttl: Math.round((ends - Date.now()) / 1_000) } }) };
  }

  function renewLease(id: string): Answer {
    const lease = leases.get(id);
    if (!lease || lease.ends < Date.now()) return { status: 400, body: errors('lease not found') };
    const lease_duration = state.renewedTtl ?? state.leaseTtl;
    lease.ends = Date.now() + lease_duration * 1_000;
    return { body: JSON.stringify({ lease_id: id, lease_duration, renewable: true }) };
  }

  function read(path: string): Answer {
    if (path.startsWith('database/creds/')) return credentials(path);
    const versioned = path.startsWith('secret/data/');
    const data = state.secrets[versioned ? path.replace('secret/data/', 'secret/') : path];
    if (!data || (path.startsWith('secret/') && !versioned)) return { status: 404, body: '{"errors":[]}' };
    const flat = { lease_id: '', lease_duration: 2_764_800, renewable: false };
    const kept = versioned ? { data, metadata: { version: 1 } } : data;
    return { body: JSON.stringify({ ...flat, data: kept }) };
  }

  function withToken(token: string, method: string, path: string, body: string): Answer {
    if (path === 'auth/token/lookup-self')
      return { body: JSON.stringify({ data: { ttl: state.tokenTtl, renewable: state.renewable } }) };
    if (path === 'auth/token/renew-self')
      return {
        body: JSON.stringify({
          auth: authOf(token, { ...state, tokenTtl: state.renewedTtl ?? state.tokenTtl }),
        }),
      };
    if (path === 'auth/token/revoke-self') {
      tokens.delete(token);
      return { status: 204 };
    }
    if (path.startsWith('sys/internal/ui/mounts/'))
      return state.silentAboutMounts ? { status: 403, body: errors('preflight') } : { body: mountOf(path) };
    if (state.forbidden.includes(path)) return { status: 403, body: errors('permission denied') };
    if (path === 'sys/leases/renew') return renewLease(JSON.parse(body).lease_id);
    if (path === 'sys/leases/lookup') return lookupLease(JSON.parse(body).lease_id);
    if (path === 'sys/leases/revoke') {
      leases.delete(JSON.parse(body).lease_id);
      return { status: 204 };
    }
    return method === 'GET' ? read(path) : { status: 405, body: errors('unsupported operation') };
  }

  function answer({ method, path: url, headers, body }: Asked): Answer {
    const path = url.replace(/^\/v1\//, '');
    setImmediate(() => asked.emit('asked', path));
    if (state.answers) return state.answers;
    if (path === 'auth/approle/login') return login(body, APPROLE);
    if (path === 'auth/kubernetes/login') return login(body, KUBERNETES);
    const token = String(headers['x-vault-token'] ?? '');
    if (!tokens.has(token)) return { status: 403, body: errors('permission denied') };
    return withToken(token, method, path, body);
  }

  const server = await startHttp(answer);
  return {
    ...server,
    state,
    tokens,
    leases,
    /** `GET secret/data/denis`, … */
    calls: () => server.asked.map(({ method, path }) => `${method} ${path.replace('/v1/', '')}`),
    /** Resolves when a path has been asked for once more. */
    async next(path: string) {
      for (;;) {
        const [one] = await once(asked, 'asked');
        if (one === path) return;
      }
    },
    settings: {
      token: { VAULT_ADDR: server.url, VAULT_TOKEN: 'given-token' },
      approle: {
        VAULT_ADDR: server.url,
        VAULT_ROLE_ID: APPROLE.role_id,
        VAULT_SECRET_ID: APPROLE.secret_id,
      },
      kubernetes: { VAULT_ADDR: `${server.url}/`, VAULT_KUBERNETES_ROLE: KUBERNETES.role },
    },
  };
}

export type FakeVault = Awaited<ReturnType<typeof startVault>>;

function authOf(client_token: string, { tokenTtl, renewable }: Pick<VaultState, 'tokenTtl' | 'renewable'>) {
  return { client_token, lease_duration: tokenTtl, renewable, policies: ['default'] };
}

function mountOf(path: string): string {
  const [engine = ''] = path.replace('sys/internal/ui/mounts/', '').split('/');
  const options = engine === 'secret' ? { version: '2' } : null;
  return JSON.stringify({
    data: { path: `${engine}/`, type: engine === 'database' ? 'database' : 'kv', options },
  });
}

function errors(...texts: string[]): string {
  return JSON.stringify({ errors: texts });
}
