import dns from 'node:dns';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { serviceWith } from './harness.ts';
import { serverThat } from './http-service.ts';

describe('the place asked', () => {
  it.each([
    ['a/b?c#d', '/jobs/a%2Fb%3Fc%23d/state'],
    ['@evil.example', '/jobs/%40evil.example/state'],
    ['..%2f..', '/jobs/..%252f../state'],
    ['%2e%2e', '/jobs/%252e%252e/state'],
  ])('keeps the parameter %j in its segment', async (id, path) => {
    const { observe, server } = await serverThat(() => ({}));
    await observe('http', { get: '/jobs/{id}/state' }, { parameters: { id } });
    expect(server.asked[0]?.path).toBe(path);
  });

  it.each(['..', '.'])('is never left through the parameter %j', async (id) => {
    const { observe, server } = await serverThat(() => ({}));
    const call = observe('http', { get: '/jobs/{id}/state' }, { parameters: { id } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input' });
    expect(server.asked).toEqual([]);
  });

  it.each(['//evil.example/x', '/\\evil.example', '/@evil.example:80/'])(
    'stays the connection’s host for %j',
    async (get) => {
      const { observe, server } = await serverThat(() => ({}));
      await observe('http', { get });
      expect(server.asked).toHaveLength(1);
    },
  );

  it('may move on the same host', async () => {
    const { observe } = await serverThat(({ path }) =>
      path === '/a' ? { status: 301, headers: { location: '/b' } } : { body: '{"at":"b"}' },
    );
    expect((await observe('http', { get: '/a', json: 'at' })).value).toBe('b');
  });

  it.each([
    'http://elsewhere.example/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'https://127.0.0.1/',
    'http://',
  ])('does not move to %s', async (location) => {
    const { observe, server } = await serverThat(() => ({ status: 302, headers: { location } }));
    await expect(observe('http', { get: '/' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is not followed'),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('ends a redirect in circles', async () => {
    const { observe, server } = await serverThat(() => ({ status: 302, headers: { location: '/' } }));
    expect((await observe('http', { get: '/' })).value).toMatchObject({ status: 302 });
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    'http://169.254.169.254',
    'http://2852039166',
    'http://0xa9fea9fe',
    'http://[fd00:ec2::254]',
    'http://[::ffff:169.254.169.254]',
    'http://metadata.google.internal',
    'http://METADATA.google.internal.',
    'http://100.100.100.200',
    'http://168.63.129.16',
    'http://[fd20:ce::254]',
    'http://[64:ff9b::169.254.169.254]',
    'http://[2002:a9fe:a9fe::]',
  ])('is never %s', async (url) => {
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
    await expect(observe('http', { get: '/latest/meta-data' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is where a cloud hands out credentials'),
    });
  });
});

describe('a name', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  type Callback = (error: Error | null, found: object) => void;

  /** Asks a server of ours by a name that resolves to these addresses, or that nobody knows. */
  async function askedBy(name: string, ...addresses: string[]) {
    const { server } = await serverThat(() => ({}));
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const lookup = (_host: unknown, _options: unknown, callback: Callback) =>
      callback(found.length === 0 ? unknown : null, found);
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as never);
    const url = server.url.replace('127.0.0.1', name);
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
    return { server, answer: observe('http', { get: '/' }) };
  }

  it.each([
    ['169.254.169.254'],
    ['10.0.0.1', 'fd00:ec2::254'],
    ['::ffff:169.254.169.254'],
    ['64:ff9b::a9fe:a9fe'],
  ])('that turns out to be %s is not asked', async (...addresses) => {
    const { answer } = await askedBy('innocent.example', ...addresses);
    await expect(answer).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is where a cloud hands out credentials'),
    });
  });

  it.each(['127.0.0.1', '127.8.8.8', '0.0.0.0', '::1', '::ffff:127.0.0.1'])(
    'that turns out to be this machine (%s) is not asked',
    async (address) => {
      const { answer, server } = await askedBy('innocent.example', address);
      await expect(answer).rejects.toMatchObject({
        code: 'refused',
        message: `innocent.example was not asked: ${address} is this machine itself; write localhost in the connection if that is meant`,
      });
      expect(server.connections()).toBe(0);
    },
  );

  it('that changes what it stands for is asked no more once it stands for credentials', async () => {
    const { server } = await serverThat(() => ({ headers: { connection: 'close' } }));
    const addresses = ['127.0.0.1', '169.254.169.254'];
    const lookup = (_host: unknown, _options: unknown, callback: Callback) =>
      callback(null, [{ address: addresses.shift(), family: 4 }]);
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as never);
    const url = server.url.replace('127.0.0.1', 'turning.localhost');
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
    expect((await observe('http', { get: '/' })).value).toMatchObject({ status: 200 });
    await expect(observe('http', { get: '/' })).rejects.toThrow('where a cloud hands out credentials');
    expect(server.asked).toHaveLength(1);
  });

  it('is not shaken hands with for its certificate where a cloud hands out credentials', async () => {
    const lookup = (_host: unknown, _options: unknown, callback: Callback) =>
      callback(null, [{ address: '169.254.169.254', family: 4 }]);
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as never);
    const { observe } = serviceWith({
      connections: { http: { kind: 'http', url: 'https://innocent.example' } },
    });
    await expect(observe('http', { get: '/', certificate: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is where a cloud hands out credentials'),
    });
  });

  it('that says localhost is asked', async () => {
    const { answer } = await askedBy('localhost', '127.0.0.1');
    expect((await answer).value).toMatchObject({ status: 200 });
  });

  it('that nobody knows is said to be unknown', async () => {
    const { answer } = await askedBy('nobody.example');
    const message = expect.stringMatching(/^no address is known for nobody\.example:\d+, three tries$/);
    await expect(answer).rejects.toMatchObject({ code: 'unreachable', message });
  });
});
