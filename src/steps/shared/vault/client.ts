import type { client as NodeVault } from 'node-vault';
import { z } from 'zod';
import type { Clients } from '../../step-kind.ts';
import { createClientPool } from '../clients.ts';
import { withDeadline } from '../deadline.ts';
import { hostPort, httpCall, jsonOr } from '../http/client.ts';
import { createPolicy } from '../policies.ts';
import { explained, secretError, statusOf } from './errors.ts';
import type { VaultLogin } from './login.ts';

const ANSWER_MS = 5_000;
const MAX_BYTES = 1_048_576;

const seconds = z.number().nonnegative();
const auth = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: seconds, renewable: z.boolean() }),
});
const ownToken = z.object({ data: z.object({ ttl: seconds, renewable: z.boolean().default(false) }) });
const renewed = z.object({ lease_duration: seconds });
const data = z.record(z.string(), z.unknown());
const answered = z.object({
  data,
  lease_id: z.string().default(''),
  lease_duration: seconds.default(0),
  renewable: z.boolean().default(false),
});
const mount = z.object({
  data: z.object({ path: z.string(), options: z.object({ version: z.string().optional() }).nullish() }),
});

export interface VaultToken {
  /** Infinite for one that does not end. */
  ttlMs: number;
  renewable: boolean;
}

export interface VaultSecret {
  data: Readonly<Record<string, unknown>>;
  lease?: { id: string; ttlMs: number; renewable: boolean };
}

/** One Vault, as `node-vault` speaks to it. Errors are of the code 'secret', in words about that Vault. */
export interface VaultClient {
  /** `Vault at vault.denis:8200` */
  name: string;
  login(login: VaultLogin): Promise<VaultToken>;
  /** Whether Vault still takes the token. */
  isLoggedIn(): Promise<boolean>;
  /** What stands at a path, of a KV engine of either version, or what an engine makes there at this moment. */
  read(path: string): Promise<VaultSecret>;
  /** Milliseconds that the token or the lease lives from now on. */
  renewToken(): Promise<number>;
  renewLease(id: string): Promise<number>;
  /** Whether a lease lives, as far as Vault says. */
  isLeased(id: string): Promise<boolean>;
  revokeLease(id: string): Promise<void>;
  /** Ends the token, and every lease that it was given. */
  revokeToken(): Promise<void>;
  close(): Promise<void>;
}

type Ask = <T>(what: string, schema: z.ZodType<T>, work: () => Promise<unknown>) => Promise<T>;

export async function openVault(address: string): Promise<VaultClient> {
  const name = `Vault at ${hostPort(address)}`;
  const clients = createClientPool();
  const vault = await nodeVault(address, (request) => send({ clients, address, name }, request));
  const policy = createPolicy(name);
  const ask: Ask = async (what, schema, work) => {
    const never = new AbortController().signal;
    const answer = await policy.observe(work, never).catch((error) => explained(error, name, what));
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw secretError(`${name} did not answer as a Vault does (asked to ${what})`);
  };
  return {
    name,
    login: (login) => loggedIn(vault, ask, login),
    isLoggedIn: () => lookup(vault, ask).then(Boolean, isOtherThan(403)),
    read: (path) => readAt(vault, ask, path),
    renewToken: async () =>
      (await ask('renew the token', auth, () => vault.tokenRenewSelf())).auth.lease_duration * 1_000,
    renewLease: async (id) =>
      (await ask('renew a lease', renewed, () => vault.renew({ lease_id: id }))).lease_duration * 1_000,
    isLeased: (id) =>
      ask('look a lease up', z.unknown(), () => vault.write('sys/leases/lookup', { lease_id: id })).then(
        () => true,
        isOtherThan(400),
      ),
    revokeLease: (id) => ask('revoke a lease', z.void(), () => vault.revoke({ lease_id: id })),
    revokeToken: () => ask('revoke the token', z.void(), () => vault.tokenRevokeSelf()),
    close: () => clients.close(),
  };
}

async function loggedIn(vault: NodeVault, ask: Ask, login: VaultLogin): Promise<VaultToken> {
  if (login.by === 'token') {
    vault.token = login.token;
    const { ttl, renewable } = await lookup(vault, ask);
    return { ttlMs: ttl * 1_000 || Infinity, renewable };
  }
  const jwt = login.by === 'kubernetes' ? await login.jwt() : '';
  const { auth: token } = await ask(`log in by ${login.by}`, auth, () =>
    login.by === 'approle'
      ? vault.approleLogin({ role_id: login.roleId, secret_id: login.secretId })
      : vault.kubernetesLogin({ mount_point: 'kubernetes', role: login.role, jwt }),
  );
  return { ttlMs: token.lease_duration * 1_000 || Infinity, renewable: token.renewable };
}

async function lookup(vault: NodeVault, ask: Ask) {
  return (await ask('look its token up', ownToken, () => vault.tokenLookupSelf())).data;
}

async function readAt(vault: NodeVault, ask: Ask, path: string): Promise<VaultSecret> {
  const place = await placeAt(vault, ask, path);
  const answer = await ask(`read ${path}`, answered, () => vault.read(place.path));
  const inner = data.safeParse(answer.data.data);
  if (place.versioned ?? ('metadata' in answer.data && inner.success)) return { data: inner.data ?? {} };
  const { lease_id: id, lease_duration, renewable } = answer;
  const lease = { id, ttlMs: lease_duration * 1_000, renewable };
  return { data: answer.data, ...(id !== '' && lease_duration > 0 ? { lease } : {}) };
}

interface Place {
  path: string;
  /** Whether versions are kept there (KV 2); undefined when Vault does not say. */
  versioned?: boolean;
}

/** Where the API has what people call `secret/denis`: KV 2 keeps its data one level deeper. */
async function placeAt(vault: NodeVault, ask: Ask, path: string): Promise<Place> {
  const asked = () => vault.read(`sys/internal/ui/mounts/${path}`);
  const engine = await ask(`say what keeps ${path}`, mount, asked).catch(unlessSilent);
  if (!engine) return { path };
  const { path: at, options } = engine.data;
  if (options?.version !== '2') return { path, versioned: false };
  const rest = path.slice(at.length);
  return { path: rest.startsWith('data/') ? path : `${at}data/${rest}`, versioned: true };
}

/** A Vault that does not say what keeps a secret may give it all the same. */
function unlessSilent(error: unknown): undefined {
  const status = statusOf(error);
  if (status === undefined || status >= 429) throw error;
}

function isOtherThan(status: number): (error: unknown) => boolean {
  return (error) => statusOf(error) !== status;
}

interface VaultRequest {
  method: 'GET' | 'POST' | 'PUT';
  uri: string;
  headers?: Record<string, string>;
  json?: unknown;
}

/** Only what Guardia's own settings say counts, and nothing is printed: `DEBUG` would show secrets. */
async function nodeVault(
  endpoint: string,
  transport: (request: VaultRequest) => Promise<unknown>,
): Promise<NodeVault> {
  const { default: createClient } = await import('node-vault');
  const vault = createClient({
    endpoint,
    debug: () => undefined,
    'request-promise': { defaults: () => transport },
  });
  return Object.assign(vault, { token: '', pathPrefix: '', namespace: '' });
}

/** Over the sockets and within the bounds of every other call; a redirect would take the token elsewhere. */
async function send(
  { clients, address, name }: { clients: Clients; address: string; name: string },
  { method, uri, headers, json }: VaultRequest,
) {
  const answer = await withDeadline({ what: name, deadlineMs: ANSWER_MS }, (signal) =>
    httpCall(
      clients,
      { url: address, name },
      {
        method,
        path: uri.slice(address.length),
        headers: { ...headers, 'x-vault-request': 'true', 'content-type': 'application/json' },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        maxBytes: MAX_BYTES,
        signal,
      },
    ),
  );
  const body = answer.text === '' ? undefined : (jsonOr(answer.text) ?? answer.text);
  return { statusCode: answer.status, body, request: { path: '' } };
}
