import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createVault } from '../../../src/steps/shared/vault/vault.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/database.ts';
import { closing, serviceWith } from '../../steps/harness.ts';
import { BUILD_MS } from '../servers/built-once.ts';
import { ownFolder, until } from '../servers/process.ts';
import { type RedisServer, redisCommand, startRedis } from '../servers/redis.ts';
import { startVault, type VaultServer } from '../servers/vault.ts';

const POLICY = `
path "secret/data/denis/*" { capabilities = ["read"] }
path "old/denis/*" { capabilities = ["read"] }
path "database/creds/*" { capabilities = ["read"] }
`;
const LEASES = 'sys/leases/lookup/database/creds/reader';

let vault: VaultServer;
let redis: RedisServer;
let database: TestDatabase;
let approle: { VAULT_ADDR: string; VAULT_ROLE_ID: string; VAULT_SECRET_ID: string };

beforeAll(async () => {
  vault = await startVault();
  redis = await startRedis({ password: 'first-password' });
  database = await createTestDatabase();
  await vault.api('PUT', 'sys/policies/acl/guardia', { policy: POLICY });
  await vault.api('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } });
  await vault.api('POST', 'old/denis/redis', { password: 'first-password' });
  await keepPassword('first-password');
  await prepareDatabase();
  approle = await prepareAppRole();
}, BUILD_MS);

afterAll(async () => {
  await database?.drop();
  await redis?.stop();
  await vault?.stop();
});

function keepPassword(password: string) {
  return vault.api('POST', 'secret/data/denis/redis', { data: { password, port: redis.port } });
}

/** Vault makes users of PostgreSQL that live for three seconds unless they are renewed, and for a minute at most. */
async function prepareDatabase(): Promise<void> {
  const { username, password, host, pathname } = new URL(database.url);
  await vault.api('POST', 'sys/mounts/database', { type: 'database' });
  await vault.api('POST', 'database/config/shop', {
    plugin_name: 'postgresql-database-plugin',
    allowed_roles: '*',
    connection_url: `postgresql://{{username}}:{{password}}@${host}${pathname}?sslmode=disable`,
    ...{ username, password: decodeURIComponent(password) },
  });
  await vault.api('POST', 'database/roles/reader', {
    db_name: 'shop',
    creation_statements: [
      `create role "{{name}}" with login password '{{password}}' valid until '{{expiration}}'`,
    ],
    ...{ default_ttl: '3s', max_ttl: '1m' },
  });
}

async function prepareAppRole() {
  await vault.api('POST', 'sys/auth/approle', { type: 'approle' });
  await vault.api('POST', 'auth/approle/role/guardia', { token_policies: 'guardia', token_ttl: '20s' });
  type Answer = { data: { role_id: string; secret_id: string } };
  const { data: role } = await vault.api<Answer>('GET', 'auth/approle/role/guardia/role-id');
  const { data: secret } = await vault.api<Answer>('POST', 'auth/approle/role/guardia/secret-id');
  return { VAULT_ADDR: vault.url, VAULT_ROLE_ID: role.role_id, VAULT_SECRET_ID: secret.secret_id };
}

/** `${vault:…}` in a text. */
const secret = (reference: string) => `\${vault:${reference}}`;

function withRedis(reference = 'secret/denis/redis#password') {
  const url = `redis://:${secret(reference)}@127.0.0.1:${redis.port}`;
  return serviceWith({ connections: { redis: { kind: 'redis', url } }, settings: approle });
}

function withDatabase() {
  const { host, pathname } = new URL(database.url);
  const user = `${secret('database/creds/reader#username')}:${secret('database/creds/reader#password')}`;
  const url = `postgres://${user}@${host}${pathname}`;
  const service = serviceWith({ connections: { postgres: { kind: 'postgres', url } }, settings: approle });
  const who = async () => (await service.observe('postgres', { query: 'select current_user' })).value;
  return { ...service, who };
}

async function leases(): Promise<string[]> {
  const found = vault.api<{ data: { keys: string[] } }>('LIST', LEASES).then(({ data }) => data.keys);
  return found.catch(() => []);
}

describe('a real Vault', () => {
  it.each(['secret/denis/redis#password', 'secret/data/denis/redis#password', 'old/denis/redis#password'])(
    'gives what opens a real Redis: %s',
    async (reference) => {
      expect((await withRedis(reference).observe('redis', { ping: true })).value).toBe('PONG');
    },
  );

  it('says what it has against a login, a path and a key', async () => {
    const { observe } = serviceWith({
      connections: { redis: { kind: 'redis', url: 'vault:secret/denis/redis#url' } },
      settings: { ...approle, VAULT_SECRET_ID: 'wrong' },
    });
    await expect(observe('redis', { ping: true })).rejects.toMatchObject({
      code: 'secret',
      message: `Vault at 127.0.0.1:${vault.port} would not log in by approle: invalid role or secret ID (status 400)`,
    });
    const ping = (reference: string) => withRedis(reference).observe('redis', { ping: true });
    await expect(ping('secret/others/redis#x')).rejects.toThrow(
      /would not read secret\/others\/redis: .*permission denied/,
    );
    await expect(ping('secret/denis/none#x')).rejects.toThrow('has nothing there: read secret/denis/none');
    await expect(ping('secret/denis/redis#none')).rejects.toThrow(
      'has no text under none at secret/denis/redis',
    );
  });

  it('is asked once more when a password has been replaced', async () => {
    const { observe } = withRedis();
    expect((await observe('redis', { dbsize: true })).value).toBe(0);
    await redis.command('CONFIG', 'SET', 'requirepass', 'second-password');
    const asNow = (...argv: string[]) =>
      redisCommand(`redis://:second-password@127.0.0.1:${redis.port}`, argv);
    try {
      await asNow('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await expect(observe('redis', { dbsize: true })).rejects.toThrow('refused the login (WRONGPASS)');
      await keepPassword('second-password');
      await until('a login with the new password', async () => {
        const { value } = await observe('redis', { dbsize: true }).catch(() => ({ value: null }));
        return value === 0;
      });
    } finally {
      await asNow('CONFIG', 'SET', 'requirepass', 'first-password');
      await keepPassword('first-password');
    }
  });

  it('makes a user of PostgreSQL, keeps it as long as it is used, and takes it back in the end', async () => {
    const { who, steps } = withDatabase();
    const user = await who();
    expect(user).toMatch(/^v-approle-reader-/);
    const began = Date.now();
    await until('three times the time of its lease', async () => {
      expect(await who()).toBe(user);
      return Date.now() - began > 9_000;
    });
    expect(await leases()).toHaveLength(1);
    await steps.close();
    await until('no lease and no user', async () => {
      return (await leases()).length === 0 && (await usersLike(String(user))) === 0;
    });
  });

  it('makes another user when somebody has taken the first one back', async () => {
    const { who } = withDatabase();
    const first = await who();
    await vault.api('PUT', 'sys/leases/revoke-prefix/database/creds/reader');
    await disconnect(String(first));
    const second = await until('another user', async () => {
      const now = await who().catch(() => first);
      return now !== first && now;
    });
    expect(second).toMatch(/^v-approle-reader-/);
  });

  it('takes its tokens back when Guardia stops, and keeps one that lasts until then', async () => {
    const accessors = async () =>
      (await vault.api<{ data: { keys: string[] } }>('LIST', 'auth/token/accessors')).data.keys.length;
    const before = await accessors();
    const { observe, steps } = withRedis();
    await observe('redis', { ping: true });
    expect(await accessors()).toBe(before + 1);
    await steps.close();
    expect(await accessors()).toBe(before);
  });

  it('knows a pod by its service account', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    await vault.api('POST', 'sys/auth/kubernetes', { type: 'jwt' });
    await vault.api('POST', 'auth/kubernetes/config', { jwt_validation_pubkeys: [pem] });
    const subject = 'system:serviceaccount:guardia:guardia';
    await vault.api('POST', 'auth/kubernetes/role/guardia', {
      ...{ role_type: 'jwt', user_claim: 'sub', bound_subject: subject, bound_audiences: ['vault'] },
      token_policies: 'guardia',
    });
    const file = join(await ownFolder('service-account'), 'token');
    await writeFile(file, `${jwt({ sub: subject, aud: 'vault' }, privateKey)}\n`);
    const pod = closing(createVault({ VAULT_ADDR: vault.url, VAULT_KUBERNETES_ROLE: 'guardia' }, file));
    const limits = { deadlineMs: 5_000, signal: new AbortController().signal };
    expect(await pod.secret({ path: 'secret/denis/redis', key: 'port' }, limits)).toBe(String(redis.port));
  });

  it('that is sealed is named, and what it said before is still good', async () => {
    const before = withRedis();
    await before.observe('redis', { ping: true });
    await vault.api('PUT', 'sys/seal');
    expect((await before.observe('redis', { ping: true })).value).toBe('PONG');
    await expect(withRedis().observe('redis', { ping: true })).rejects.toMatchObject({
      code: 'secret',
      retryable: true,
      message: `Vault at 127.0.0.1:${vault.port} is sealed`,
    });
  });
});

type PrivateKey = ReturnType<typeof generateKeyPairSync>['privateKey'];

function jwt(claims: object, key: PrivateKey): string {
  const now = Math.floor(Date.now() / 1_000);
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { iat: now, exp: now + 300, ...claims },
  ];
  const content = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

async function usersLike(name: string): Promise<number> {
  const { rowCount } = await asOwner('select 1 from pg_roles where rolname = $1', name);
  return rowCount ?? 0;
}

function disconnect(user: string) {
  return asOwner('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', user);
}

async function asOwner(statement: string, value: string) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await client.query(statement, [value]);
  } finally {
    await client.end();
  }
}
