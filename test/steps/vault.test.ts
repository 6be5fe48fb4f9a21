import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { closedPort, httpAnswer, startWire } from './fakes/wire.ts';
import { closing } from './harness.ts';
import {
  anotherThan,
  asking,
  fakeVault,
  later,
  MADE,
  PASSWORD,
  type Settings,
  times,
} from './vault-harness.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('a login', () => {
  it.each(['token', 'approle'] as const)('by %s gets secrets', async (by) => {
    const server = await fakeVault();
    expect(await asking(server.settings[by]).secret()).toBe('correct-horse');
  });

  it('by the service account of a pod reads its token each time, since it is replaced', async () => {
    const server = await fakeVault({ tokenTtl: 1, renewable: false });
    const folder = await mkdtemp(join(tmpdir(), 'guardia-vault-'));
    await writeFile(join(folder, 'token'), 'yesterday\n');
    const { secret } = asking(server.settings.kubernetes, join(folder, 'token'));
    await expect(secret()).rejects.toMatchObject({ code: 'secret' });
    await writeFile(join(folder, 'token'), 'the.service.account\n');
    expect(await secret()).toBe('correct-horse');
    await rm(folder, { recursive: true });
  });

  it('is made once for all who ask at the same time', async () => {
    const server = await fakeVault();
    const { secret } = asking(server.settings.approle);
    await Promise.all(Array.from({ length: 20 }, () => secret()));
    expect(times(server, 'POST auth/approle/login')).toBe(1);
    expect(times(server, 'GET secret/data/denis/db')).toBe(1);
  });

  it('is renewed before its token ends', async () => {
    const server = await fakeVault({ tokenTtl: 1 });
    await asking(server.settings.approle).secret();
    await server.next('auth/token/renew-self');
    await server.next('auth/token/renew-self');
    expect(times(server, 'POST auth/approle/login')).toBe(1);
  });

  it('by a token that was given warns once that is near its end and cannot be renewed', async () => {
    const server = await fakeVault({ tokenTtl: 1, renewedTtl: 0 });
    const { secret, vault } = asking(server.settings.token);
    await secret();
    expect(vault.warnings()).toEqual([]);
    await server.next('auth/token/renew-self');
    while (vault.warnings().length === 0) await new Promise(setImmediate);
    expect(vault.warnings()).toEqual([
      { name: 'vault-token', says: expect.stringMatching(/VAULT_TOKEN ends soon and cannot be renewed/) },
    ]);
  });

  it('is made anew when its token cannot live longer', async () => {
    const server = await fakeVault({ tokenTtl: 1, renewedTtl: 0 });
    const { secret } = asking(server.settings.approle);
    const first = await secret(MADE);
    expect(await anotherThan(first, () => secret(MADE))).toBe('made-password-4');
    expect(times(server, 'POST auth/approle/login')).toBe(2);
  });

  it('is made anew when somebody has ended its token', async () => {
    const server = await fakeVault();
    const { secret, vault } = asking(server.settings.approle);
    await secret(MADE);
    server.tokens.clear();
    later(10_000);
    expect(await secret()).toBe('correct-horse');
    expect(times(server, 'POST auth/approle/login')).toBe(2);
    expect(await vault.isReplaced([{ ...MADE, value: 'made-password-2' }])).toBe(true);
  });

  it('is not made again because something may not be read', async () => {
    const server = await fakeVault({ forbidden: ['secret/data/others'] });
    const { secret } = asking(server.settings.approle);
    await secret();
    later(10_000);
    await expect(secret({ path: 'secret/others', key: 'x' })).rejects.toMatchObject({
      code: 'secret',
      message: `Vault at ${server.at} would not read secret/others: permission denied (status 403)`,
    });
    expect(times(server, 'POST auth/approle/login')).toBe(1);
  });

  it('says what Vault has against it, and not with what it came', async () => {
    const server = await fakeVault();
    const settings = { ...server.settings.approle, VAULT_SECRET_ID: 'wrong-secret-id' };
    await expect(asking(settings).secret()).rejects.toMatchObject({
      code: 'secret',
      retryable: false,
      message: `Vault at ${server.at} would not log in by approle: invalid role or secret ID (status 400)`,
    });
    const { secret } = asking({ ...server.settings.token, VAULT_TOKEN: 'no-token' });
    await expect(secret()).rejects.toThrow(
      `Vault at ${server.at} would not read secret/denis/db: permission denied`,
    );
  });

  it('is what the settings say, whatever else stands in the environment of the process', async () => {
    const server = await fakeVault();
    const others = { VAULT_TOKEN: 'of-a-shell', VAULT_PREFIX: '/elsewhere', VAULT_NAMESPACE: 'elsewhere' };
    const before = Object.keys(others).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, others);
    try {
      expect(await asking(server.settings.approle).secret()).toBe('correct-horse');
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    const sent = server.asked.flatMap(({ headers }) => Object.entries(headers).flat());
    expect(sent).not.toContain('of-a-shell');
    expect(sent).not.toContain('x-vault-namespace');
  });

  it('by a token that may not look itself up is good for reading', async () => {
    const server = await fakeVault({ answers: { status: 403, body: '{"errors":["permission denied"]}' } });
    const { secret } = asking(server.settings.token);
    const answer = secret();
    await server.next('auth/token/lookup-self');
    delete server.state.answers;
    expect(await answer).toBe('correct-horse');
  });

  it.each([
    [{}, 'VAULT_ADDR is not set'],
    [{ VAULT_ADDR: 'http://localhost:1' }, 'neither VAULT_TOKEN nor VAULT_ROLE_ID and VAULT_SECRET_ID nor'],
    [{ VAULT_ADDR: 'http://localhost:1', VAULT_ROLE_ID: 'r' }, 'VAULT_SECRET_ID is not set'],
    [{ VAULT_ADDR: 'http://localhost:1', VAULT_SECRET_ID: 's' }, 'VAULT_ROLE_ID is not set'],
    [
      { VAULT_ADDR: 'http://localhost:1', VAULT_KUBERNETES_ROLE: 'r' },
      'VAULT_KUBERNETES_ROLE is set, but there is no service account at /nowhere',
    ],
  ])('is not configured with %j', async (settings, message) => {
    await expect(asking(settings as Settings, '/nowhere').secret()).rejects.toMatchObject({
      code: 'not-configured',
      message: expect.stringContaining(`not configured: ${message}`),
    });
  });
});

describe('a Vault', () => {
  it.each([
    [{ status: 503, body: '{"errors":["Vault is sealed"]}' }, true, 'is sealed'],
    [
      { status: 500, body: '{"errors":["internal error"]}' },
      true,
      'would not look its token up: internal error (status 500)',
    ],
    [{ status: 502, body: '<html>Bad gateway</html>' }, true, 'would not look its token up: status 502'],
    [{ status: 429, body: '' }, true, 'would not look its token up: status 429'],
    [
      { body: '<!doctype html><html>Log in</html>' },
      false,
      'did not answer as a Vault does (asked to look its token up)',
    ],
    [{ body: '{"data":[1]}' }, false, 'did not answer as a Vault does (asked to look its token up)'],
    [
      { status: 302, headers: { location: 'http://elsewhere.example/' } },
      false,
      'would not look its token up: status 302',
    ],
  ])('that answers %j is named', async (answers, retryable, message) => {
    const server = await fakeVault({ answers });
    await expect(asking(server.settings.token).secret()).rejects.toMatchObject({
      code: 'secret',
      retryable,
      message: `Vault at ${server.at} ${message}`,
    });
  });

  it('that hangs takes no more of a call than it is given', async () => {
    const wire = closing(await startWire(() => undefined));
    const { secret } = asking({ VAULT_ADDR: `http://127.0.0.1:${wire.port}`, VAULT_TOKEN: 'x' });
    await expect(secret(PASSWORD, 200)).rejects.toMatchObject({
      code: 'secret',
      retryable: true,
      message: 'secret/denis/db in Vault: no answer in 0.2 s',
    });
  });

  it('that is not there, or breaks off, is named', async () => {
    const port = await closedPort();
    const { secret } = asking({ VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 'x' });
    await expect(secret()).rejects.toMatchObject({
      code: 'secret',
      retryable: true,
      message: `refused by Vault at 127.0.0.1:${port}, three tries`,
    });
    const wire = closing(
      await startWire((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{')),
    );
    const broken = asking({ VAULT_ADDR: `http://127.0.0.1:${wire.port}`, VAULT_TOKEN: 'x' });
    await expect(broken.secret()).rejects.toThrow('closed the connection before it had answered');
  });

  it('that answers with 10 MB is not heard out', async () => {
    const huge = httpAnswer(JSON.stringify({ data: 'x'.repeat(10 * 1_048_576) }));
    const wire = closing(await startWire((socket) => socket.write(huge)));
    const { secret } = asking({ VAULT_ADDR: `http://127.0.0.1:${wire.port}`, VAULT_TOKEN: 'x' });
    await expect(secret()).rejects.toThrow(`Vault at 127.0.0.1:${wire.port} answered more than 1 MiB`);
  });

  it('does not get a token that a redirect would take elsewhere', async () => {
    const other = await fakeVault();
    const server = await fakeVault({ answers: { status: 307, headers: { location: `${other.url}/v1/x` } } });
    await expect(asking(server.settings.token).secret()).rejects.toMatchObject({ code: 'secret' });
    expect(other.asked).toEqual([]);
  });

  it('that hangs does not hold up the end', async () => {
    const wire = closing(await startWire(() => undefined));
    const { vault, secret } = asking({ VAULT_ADDR: `http://127.0.0.1:${wire.port}`, VAULT_TOKEN: 'x' });
    await secret(PASSWORD, 50).catch(() => undefined);
    const began = Date.now();
    await vault.close();
    expect(Date.now() - began).toBeLessThan(4_000);
    await wire.quiet();
  });
});
