import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { anotherThan, asking, fakeVault, later, MADE, times } from './vault-harness.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('a secret', () => {
  it.each([
    ['secret/denis/db', 'a kv engine with versions'],
    ['secret/data/denis/db', 'the same as its API names it'],
  ])('is read at %s (%s)', async (path) => {
    const server = await fakeVault();
    expect(await asking(server.settings.token).secret({ path, key: 'password' })).toBe('correct-horse');
  });

  it('is read from a kv engine without versions, also one that has keys of that name', async () => {
    const server = await fakeVault({
      secrets: { 'old/db': { password: 'battery', metadata: 'x', data: 'y' } },
    });
    const { secret } = asking(server.settings.token);
    expect(await secret({ path: 'old/db', key: 'password' })).toBe('battery');
    expect(await secret({ path: 'old/db', key: 'data' })).toBe('y');
  });

  it('is read as its path says when Vault does not tell which engine is there', async () => {
    const server = await fakeVault({ silentAboutMounts: true });
    const { secret } = asking(server.settings.token);
    expect(await secret({ path: 'secret/data/denis/db', key: 'password' })).toBe('correct-horse');
    await expect(secret()).rejects.toThrow(`Vault at ${server.at} has nothing there: read secret/denis/db`);
  });

  it('may be a number, and never a list', async () => {
    const server = await fakeVault();
    const { secret } = asking(server.settings.token);
    expect(await secret({ path: 'secret/denis/db', key: 'port' })).toBe('5432');
    for (const key of ['list', 'nothing', 'constructor']) {
      await expect(secret({ path: 'secret/denis/db', key })).rejects.toMatchObject({
        code: 'secret',
        retryable: false,
        message: `Vault at ${server.at} has no text under ${key} at secret/denis/db`,
      });
    }
  });

  it('is kept for five minutes, and then read again', async () => {
    const server = await fakeVault();
    const { secret } = asking(server.settings.token);
    await secret();
    await secret();
    expect(times(server, 'GET secret/data/denis/db')).toBe(1);
    server.state.secrets['secret/denis/db'] = { password: 'new' };
    later(301_000);
    expect(await secret()).toBe('new');
  });

  it('is used on for an hour while Vault cannot be asked, and no longer', async () => {
    const server = await fakeVault();
    const { secret } = asking(server.settings.token);
    await secret();
    server.state.answers = { status: 503, body: '{"errors":["Vault is sealed"]}' };
    later(3_500_000);
    expect(await secret()).toBe('correct-horse');
    jest.setSystemTime(Date.now() + 200_000);
    await expect(secret()).rejects.toThrow(`Vault at ${server.at} is sealed`);
  });

  it('of which Vault has been told to forget it is not used on', async () => {
    const server = await fakeVault();
    const { secret } = asking(server.settings.token);
    await secret();
    server.state.secrets = {};
    later(301_000);
    await expect(secret()).rejects.toThrow('has nothing there');
  });
});

describe('a lease', () => {
  it('is renewed before it ends, and its secret stays the same', async () => {
    const server = await fakeVault({ leaseTtl: 1 });
    const { secret } = asking(server.settings.token);
    const first = await secret(MADE);
    await server.next('sys/leases/renew');
    await server.next('sys/leases/renew');
    expect(await secret(MADE)).toBe(first);
  });

  it.each([
    ['cannot be renewed', { renewable: false }],
    ['may not live longer', { renewedTtl: 0 }],
  ])('that %s is replaced before it ends', async (_, change) => {
    const server = await fakeVault({ leaseTtl: 1, ...change });
    const { secret } = asking(server.settings.token);
    const first = await secret(MADE);
    const ends = Math.max(...[...server.leases.values()].map((lease) => lease.ends));
    expect(await anotherThan(first, () => secret(MADE))).toBe('made-password-2');
    expect(Date.now()).toBeLessThan(ends);
  });

  it('is renewed as soon as Vault can be asked again', async () => {
    const server = await fakeVault({ leaseTtl: 2 });
    const { secret } = asking(server.settings.token);
    const first = await secret(MADE);
    server.state.answers = { status: 503, body: '{"errors":["Vault is sealed"]}' };
    await server.next('sys/leases/renew');
    delete server.state.answers;
    await server.next('sys/leases/renew');
    expect(await secret(MADE)).toBe(first);
  });

  it('is given back instead of renewed when nobody has used it for an hour', async () => {
    const server = await fakeVault({ leaseTtl: 1 });
    const { secret } = asking(server.settings.token);
    await secret(MADE);
    later(3_700_000);
    await server.next('sys/leases/revoke');
    expect(times(server, 'PUT sys/leases/renew')).toBe(0);
  });

  it('is given back in the end, and so is a token that was made for Guardia', async () => {
    const server = await fakeVault();
    const { vault, secret } = asking(server.settings.approle);
    await secret(MADE);
    await secret({ path: 'database/creds/writer', key: 'password' });
    expect([server.leases.size, server.tokens.size]).toEqual([2, 2]);
    await vault.close();
    expect([server.leases.size, [...server.tokens]]).toEqual([0, ['given-token']]);
  });

  it('is given back without the token that was given to Guardia, which others may use', async () => {
    const server = await fakeVault();
    const { vault, secret } = asking(server.settings.token);
    await secret(MADE);
    await vault.close();
    expect([server.leases.size, [...server.tokens]]).toEqual([0, ['given-token']]);
  });
});
