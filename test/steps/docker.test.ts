import { describe, expect, it } from '@jest/globals';
import { type FakeContainer, idOf, startDocker } from './fakes/docker-api.ts';
import { closing, mayAct, serviceWith } from './harness.ts';

type Answers = NonNullable<Parameters<typeof startDocker>[0]>;

async function hostWith(containers: Record<string, FakeContainer>, answer?: Answers['answer']) {
  const host = closing(await startDocker({ containers, ...(answer ? { answer } : {}) }));
  const service = serviceWith({ connections: { docker: host.connection } });
  return { host, ...service };
}

/** Whoever is restarted begins a second later than before, and may be something else then. */
function restarting(becomes: (name: string) => Partial<FakeContainer> = () => ({})): Answers['answer'] {
  return ({ path }, response, { containers }) => {
    const id = /^\/containers\/(\w+)\/restart$/.exec(path)?.[1];
    const found = Object.entries(containers).find(([, container]) => container.id === id);
    if (!found) return undefined;
    Object.assign(found[1], { startedAt: '2026-01-01T04:00:00Z', ...becomes(found[0]) });
    response.writeHead(204).end();
    return true;
  };
}

const WEB = { id: idOf('aaaa'), health: 'healthy' };
const MAIL = { id: idOf('bbbb') };

describe('looking at containers', () => {
  it('counts states, health and restarts, and tells who is not well', async () => {
    const { observe, host } = await hostWith({
      web: WEB,
      mail: { ...MAIL, restarts: 2 },
      api: { id: idOf('cc'), health: 'unhealthy', restarts: 3 },
      jobs: { id: idOf('dd'), status: 'exited', exitCode: 137, oom: true },
      cron: { id: idOf('ee'), status: 'restarting', exitCode: 1 },
      next: { id: idOf('ff'), status: 'created', startedAt: '0001-01-01T00:00:00Z' },
    });
    const containers = ['web', 'mail', 'api', 'jobs', 'cron', 'next', 'gone'];
    const { value, says, evidence } = await observe('docker', { containers });
    expect(value).toEqual({
      containers: 6,
      running: 3,
      healthy: 1,
      unhealthy: 1,
      restarting: 1,
      missing: 1,
      restarts: 5,
    });
    const started = 'started 2026-01-01 03:00:12 UTC';
    expect(says).toBe(
      `api running, unhealthy, 3 restarts, ${started}; jobs exited with code 137, out of memory, ${started}; ` +
        `cron restarting with code 1, ${started}; and 2 more`,
    );
    expect(evidence).toEqual([
      {
        label: host.name,
        text: expect.stringMatching(/^web running, healthy, started .*\nnext created\ngone missing$/s),
      },
    ]);
  });

  it('says in one line that all is well, with and without health checks', async () => {
    const { observe } = await hostWith({
      web: WEB,
      mail: MAIL,
      none: { id: idOf('cc'), health: 'none' },
      podman: { id: idOf('dd'), health: '' },
    });
    const { value, says } = await observe('docker', { containers: ['web', 'mail', 'none', 'podman'] });
    expect(says).toBe('4 of 4 running');
    expect(value).toMatchObject({ healthy: 1, unhealthy: 0 });
  });

  it('takes no name for the beginning of somebody else’s id', async () => {
    const { observe } = await hostWith({ other: { id: idOf('cafe') } });
    expect((await observe('docker', { containers: ['cafe'] })).value).toMatchObject({
      containers: 0,
      missing: 1,
    });
    expect((await observe('docker', { containers: [idOf('cafe').slice(0, 12)] })).value).toMatchObject({
      containers: 1,
    });
  });

  it.each(['../images', 'a b', '-x', '', 'web/json?x'])('refuses %j as a name', async (name) => {
    const { observe, host } = await hostWith({ web: WEB });
    const call = observe('docker', { containers: ['{name}'] }, { parameters: { name } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input' });
    expect(host.calls).toEqual([]);
  });

  it('is an error with Docker’s own words when it refuses', async () => {
    const { observe, host } = await hostWith({}, (_, response) => {
      response.writeHead(500).end('{"message":"the daemon is shutting down"}');
      return true;
    });
    await expect(observe('docker', { containers: ['web'] })).rejects.toMatchObject({
      code: 'refused',
      retryable: true,
      message: `${host.name} refused: the daemon is shutting down`,
    });
  });

  it('says so when there is no socket', async () => {
    const { observe } = serviceWith({
      connections: { docker: { kind: 'docker', url: 'unix:///no/docker.sock' } },
    });
    await expect(observe('docker', { containers: ['web'] })).rejects.toMatchObject({
      code: 'unreachable',
      message: 'Docker at /no/docker.sock could not be asked (ENOENT), three tries',
    });
  });

  it('goes to the socket of its connection whatever the environment says', async () => {
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
    const { observe } = await hostWith({ web: WEB });
    const { value } = await observe('docker', { containers: ['web'] }).finally(
      () => delete process.env.DOCKER_HOST,
    );
    expect(value).toMatchObject({ running: 1 });
  });
});

describe('a restart', () => {
  it('is previewed without being done', async () => {
    const { preview, host } = await hostWith({ web: WEB, mail: MAIL });
    expect(await preview('docker', { restart: ['mail', 'web'] })).toMatchObject({
      what: `restart mail, web of ${host.name}, in this order, each once the one before is well`,
      amount: '2 containers',
      evidence: [{ text: expect.stringMatching(/^mail running, started .*\nweb running, healthy/) }],
    });
    expect(host.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('goes in order, each followed until it is well before the next', async () => {
    let looks = 0;
    const restart = restarting((name) => (name === 'web' ? { health: 'starting' } : {}));
    const { perform, host } = await hostWith(
      { web: { ...WEB }, mail: { ...MAIL } },
      (call, response, fake) => {
        const web = fake.containers.web as FakeContainer;
        if (web.health === 'starting' && call.path.includes(WEB.id) && ++looks === 3) web.health = 'healthy';
        return restart?.(call, response, fake);
      },
    );
    const { says, amount } = await perform('docker', { restart: ['web', 'mail'] });
    expect(amount).toBe('2 containers');
    const started = 'started 2026-01-01 04:00:00 UTC';
    expect(says).toBe(`restarted web running, healthy, ${started}; mail running, ${started}`);
    const asked = host.calls.map(({ method, path }) => `${method} ${path}`);
    const restartOf = ({ id }: FakeContainer) => asked.indexOf(`POST /containers/${id}/restart`);
    expect(restartOf(WEB)).toBeGreaterThan(1);
    const between = asked.slice(restartOf(WEB) + 1, restartOf(MAIL));
    expect(between).toEqual(Array.from({ length: 3 }, () => `GET /containers/${WEB.id}/json`));
  });

  it('does not take the state from before for the one after', async () => {
    let looks = 0;
    const { perform } = await hostWith({ web: { ...WEB } }, (call, response, { containers }) => {
      if (call.method === 'POST') {
        response.writeHead(204).end();
        return true;
      }
      looks += 1;
      if (looks === 4) Object.assign(containers.web as FakeContainer, { startedAt: '2026-01-01T05:00:00Z' });
      return undefined;
    });
    expect((await perform('docker', { restart: ['web'] })).says).toContain('started 2026-01-01 05:00:00 UTC');
  });

  it('that dies at once is an error, and says what was done and what was left alone', async () => {
    const dies = restarting((name) => (name === 'mail' ? { status: 'exited', exitCode: 3 } : {}));
    const { perform, host } = await hostWith(
      { web: { ...WEB }, mail: { ...MAIL }, api: { id: idOf('cc') } },
      dies,
    );
    await expect(perform('docker', { restart: ['web', 'mail', 'api'] })).rejects.toMatchObject({
      code: 'refused',
      message:
        'restarted web; mail exited with code 3, started 2026-01-01 04:00:00 UTC, right after its restart; not touched: api',
    });
    expect(host.calls.some(({ path }) => path.includes(`${idOf('cc')}/restart`))).toBe(false);
  });

  it('that dies a moment later is not taken for done', async () => {
    let looks = 0;
    const restart = restarting();
    const { perform } = await hostWith({ mail: { ...MAIL } }, (call, response, fake) => {
      if (call.method === 'GET' && ++looks === 3)
        Object.assign(fake.containers.mail as FakeContainer, { status: 'exited', exitCode: 1 });
      return restart?.(call, response, fake);
    });
    await expect(perform('docker', { restart: ['mail'] })).rejects.toThrow('mail exited with code 1');
  });

  it('that does not become healthy ends before the deadline with what is known', async () => {
    const { perform } = await hostWith(
      { web: { ...WEB }, mail: MAIL },
      restarting(() => ({ health: 'starting' })),
    );
    const call = perform('docker', { restart: ['web', 'mail'] }, { deadlineMs: 1_200 });
    await expect(call).rejects.toMatchObject({
      code: 'deadline',
      message:
        'restarted web, but not well in 1.2 s: web running, starting, started 2026-01-01 04:00:00 UTC; not touched: mail',
    });
  });

  it('that hangs says which one did', async () => {
    const { perform } = await hostWith({ web: WEB, mail: MAIL }, ({ method }) =>
      method === 'POST' ? true : undefined,
    );
    await expect(perform('docker', { restart: ['web', 'mail'] }, { deadlineMs: 900 })).rejects.toMatchObject({
      code: 'deadline',
      message: expect.stringMatching(/^restart of web: no answer in 0\.\d s; not touched: mail$/),
    });
  });

  it('is followed through a moment in which Docker is away', async () => {
    let away = 0;
    const restart = restarting();
    const { perform } = await hostWith({ web: { ...WEB } }, (call, response, fake) => {
      const begun = fake.containers.web?.startedAt !== undefined;
      if (begun && ++away === 1) {
        response.destroy();
        return true;
      }
      return restart?.(call, response, fake);
    });
    expect((await perform('docker', { restart: ['web'] })).says).toContain('restarted web running, healthy');
    expect(away).toBeGreaterThan(1);
  });

  it('touches none when one is missing', async () => {
    const { perform, preview, host } = await hostWith({ web: WEB });
    for (const operation of [perform, preview])
      await expect(operation('docker', { restart: ['web', 'gone'] })).rejects.toMatchObject({
        code: 'not-found',
        message: `${host.name}: No such container: gone`,
      });
    expect(host.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('stops when the caller gives up', async () => {
    const caller = new AbortController();
    const restart = restarting(() => ({ health: 'starting' }));
    const { perform, host } = await hostWith({ web: { ...WEB }, mail: MAIL }, (call, response, fake) => {
      if (call.method === 'POST') setImmediate(() => caller.abort());
      return restart?.(call, response, fake);
    });
    const call = perform(
      'docker',
      { restart: ['web', 'mail'] },
      { deadlineMs: 60_000, signal: caller.signal },
    );
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(host.calls.some(({ path }) => path.includes(`${MAIL.id}/restart`))).toBe(false);
  });

  it.each([{ restart: [] }, { restart: ['a', 'a'] }, { restart: ['a'], containers: ['a'] }, { stop: ['a'] }])(
    'is refused as %j',
    async (input) => {
      const { perform } = await hostWith({});
      await expect(perform('docker', input)).rejects.toMatchObject({ code: 'bad-input' });
    },
  );
});

describe('a plan', () => {
  async function drift(change: (containers: Record<string, FakeContainer>) => void) {
    const { fingerprint, steps, host } = await hostWith({ web: { ...WEB }, mail: { ...MAIL } });
    const step = { restart: ['web', 'mail'] };
    const before = await fingerprint('docker', step);
    change(host.containers);
    return steps.drift({ kind: 'docker', input: step }, before, await fingerprint('docker', step));
  }

  it('holds as long as the containers are the same, whatever their state', async () => {
    expect(
      await drift(({ web }) => Object.assign(web as FakeContainer, { health: 'unhealthy', restarts: 9 })),
    ).toEqual([]);
  });

  it('is void for a container that was made anew', async () => {
    expect(await drift(({ web }) => Object.assign(web as FakeContainer, { id: idOf('abcd') }))).toEqual([
      'web changed from aaaa00000000 (image 0123456789ab) to abcd00000000 (image 0123456789ab)',
    ]);
  });

  it('is void for another image', async () => {
    expect(
      await drift(({ mail }) => Object.assign(mail as FakeContainer, { image: 'sha256:fedcba9876543210' })),
    ).toEqual(['mail changed from bbbb00000000 (image 0123456789ab) to bbbb00000000 (image fedcba987654)']);
  });

  it('restarts the containers that it was made for and no others', async () => {
    const { fingerprint, steps, env, host } = await hostWith(
      { web: { ...WEB }, mail: { ...MAIL } },
      restarting(),
    );
    const input = { restart: ['web', 'mail'] };
    const step = { kind: 'docker', input, fingerprint: await fingerprint('docker', input) };
    const options = { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct };
    Object.assign(host.containers.mail ?? {}, { id: idOf('abcd') });
    await expect(steps.perform(env, step, options)).rejects.toMatchObject({
      code: 'conflict',
      message: 'mail was made anew since it was planned; nothing was done',
    });
    expect(host.calls.every(({ method }) => method === 'GET')).toBe(true);
    Object.assign(host.containers.mail ?? {}, { id: MAIL.id });
    expect((await steps.perform(env, step, options)).says).toContain('restarted web');
  });
});
