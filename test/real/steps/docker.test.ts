import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createClientPool } from '../../../src/steps/shared/clients.ts';
import { containerLogs, type LogRequest } from '../../../src/steps/shared/docker/client.ts';
import { type CallOptions, closing, serviceWith } from '../../steps/harness.ts';
import { type PodmanServer, startPodman } from '../servers/podman.ts';
import { until } from '../servers/process.ts';

const FOREVER = ['sleep', '900'];
/** Machines that run tests are busy. */
const PATIENCE_MS = 60_000;
let podman: PodmanServer;

function host(target: object = {}) {
  const service = serviceWith({
    connections: { docker: podman.connection },
    targets: { box: { container: 'box', ...target } },
  });
  const run = (argv: string[], options?: CallOptions) =>
    service.observe('command', { run: argv, on: 'box' }, { deadlineMs: PATIENCE_MS, ...options });
  const look = (...containers: string[]) =>
    service.observe('docker', { containers }, { deadlineMs: PATIENCE_MS });
  return { ...service, run, look };
}

function logs(container: string, request: Partial<LogRequest> = {}) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return containerLogs(closing(createClientPool()), podman.connection, { container, signal, ...request });
}

function startedAt(name: string): string {
  return podman.podman('inspect', '--format', '{{.State.StartedAt}}', name);
}

beforeAll(async () => {
  podman = await startPodman();
  podman.run('box', FOREVER);
});

afterAll(() => podman?.stop());

describe('containers of a real engine', () => {
  it('are seen in their states', async () => {
    podman.run('ended', ['sh', '-c', 'exit 3']);
    podman.run('ill', FOREVER, ['--health-cmd', 'false', '--health-retries', '1']);
    podman.run('well', FOREVER, ['--health-cmd', 'sleep 0']);
    podman.podman('create', '--network', 'none', '--name', 'made', 'localhost/box:1', ...FOREVER);
    expect(() => podman.podman('healthcheck', 'run', 'ill')).toThrow();
    podman.podman('healthcheck', 'run', 'well');
    await until('it has ended', async () => (await host().look('ended')).says?.includes('code 3'));
    const { value, says, evidence } = await host().look('box', 'well', 'ill', 'ended', 'made', 'gone');
    expect(value).toEqual({
      ...{ containers: 5, running: 3, healthy: 1, unhealthy: 1, restarting: 0, missing: 1, restarts: 0 },
    });
    expect(says).toMatch(
      /^ill running, unhealthy, started .* UTC; ended exited with code 3, .*; made created; and 1 more$/,
    );
    expect(evidence[0]?.text).toMatch(/^box running, started .* UTC\nwell running, healthy, started /);
  });

  it('are restarted in order, each once the one before is well', async () => {
    podman.run('first', FOREVER, ['--health-cmd', 'sleep 0', '--stop-timeout', '1']);
    podman.run('second', FOREVER, ['--stop-timeout', '1']);
    const before = ['first', 'second'].map(startedAt);
    const call = host().perform('docker', { restart: ['first', 'second'] }, { deadlineMs: PATIENCE_MS });
    await until('the first has begun anew', async () => startedAt('first') !== before[0]);
    await until('it was looked at', async () =>
      podman.podman('ps', '--filter', 'name=first', '--format', '{{.Status}}').includes('starting'),
    );
    expect(startedAt('second')).toBe(before[1]);
    podman.podman('healthcheck', 'run', 'first');
    expect((await call).says).toMatch(
      /^restarted first running, healthy, started .*; second running, started /,
    );
    expect(startedAt('second')).not.toBe(before[1]);
  });

  it('that die at their restart are an error, and the next is left alone', async () => {
    const dies = 'if [ -f /tmp/again ]; then exit 4; fi; echo > /tmp/again; sleep 900';
    podman.run('dies', ['sh', '-c', dies], ['--stop-timeout', '1']);
    const written = () => podman.podman('exec', 'dies', 'ls', '/tmp') === 'again';
    await until('it is past its beginning', async () => written());
    const before = startedAt('box');
    const call = host().perform('docker', { restart: ['dies', 'box'] }, { deadlineMs: PATIENCE_MS });
    await expect(call).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /^dies (exited|stopped) with code 4, .*, right after its restart; not touched: box$/,
      ),
    });
    expect(startedAt('box')).toBe(before);
  });

  it('that are made anew void a plan', async () => {
    podman.run('cache', FOREVER);
    const { fingerprint, steps } = host();
    const step = { kind: 'docker', input: { restart: ['cache'] } };
    const before = await fingerprint(step.kind, step.input);
    podman.podman('restart', '--time', '0', 'cache');
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([]);
    podman.podman('rm', '--force', '--time', '0', 'cache');
    podman.run('cache', FOREVER);
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([
      expect.stringMatching(/^cache changed from [0-9a-f]{12} \(image [0-9a-f]{12}\) to [0-9a-f]{12} /),
    ]);
  });
});

describe('a program in a real container', () => {
  it('gets exactly its argv, whatever stands in it', async () => {
    const argument = fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', ' ', '!') }),
      )
      .filter((text) => !/\p{Cc}/u.test(text));
    const { observe } = host();
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 4 }), async (argv) => {
        const input = { run: ['printf', '<%s>\n', ...argv.map((_, n) => `={p${n}}`)], on: 'box' };
        const parameters = Object.fromEntries(argv.map((text, n) => [`p${n}`, text]));
        const { evidence } = await observe('command', input, { parameters, deadlineMs: PATIENCE_MS });
        expect(evidence[1]?.text).toBe(argv.map((text) => `<=${text}>`).join('\n'));
      }),
      { numRuns: 15 },
    );
  });

  it('gives exit code, both streams and lines, in the folder of the target', async () => {
    const { value, evidence } = await host({ cwd: '/tmp' }).run([
      'sh',
      '-c',
      'pwd; id -u; echo trouble >&2; exit 7',
    ]);
    expect(value).toEqual({ exit: 7, output: '/tmp', lines: 2 });
    expect(evidence[1]?.text).toBe('/tmp\n0\ntrouble');
    expect((await host().run(['no-such-program'])).value).toMatchObject({ exit: 127 });
  });

  it('has 1 MB of its 20 MB kept, and all its lines counted', async () => {
    const { value, evidence } = await host().run(['sh', '-c', 'yes 123456789 | head -n 2000000']);
    expect(value).toEqual({ exit: 0, output: '123456789', lines: 2_000_000 });
    expect(evidence[1]?.text).toMatch(/\(18,951,424 more bytes were not kept\)$/);
  });

  it.each(['deadline', 'aborted'])('is let go of when the call ends as %s', async (code) => {
    const signal = code === 'aborted' ? AbortSignal.timeout(500) : undefined;
    const options = { deadlineMs: code === 'deadline' ? 1_000 : PATIENCE_MS, ...(signal ? { signal } : {}) };
    await expect(host().run(FOREVER, options)).rejects.toMatchObject({ code });
  });

  it('cannot be begun in a container that has ended', async () => {
    const { observe } = serviceWith({
      connections: { docker: podman.connection },
      targets: { ended: { container: 'ended' } },
    });
    await expect(observe('command', { run: ['id'], on: 'ended' })).rejects.toMatchObject({
      code: 'unreachable',
      message: 'ended is exited, three tries',
    });
  });
});

describe('a real container’s log', () => {
  it('has both streams, its last lines, and those since', async () => {
    podman.run('talks', ['sh', '-c', 'echo one; echo two >&2; echo three; sleep 900']);
    await until('it has talked', async () => (await logs('talks')).text.includes('three'));
    const { text, cut } = await logs('talks');
    expect([text.split('\n').sort(), cut]).toEqual([['', 'one', 'three', 'two'], false]);
    expect((await logs('talks', { tail: 1 })).text.split('\n')).toHaveLength(2);
    expect((await logs('talks', { sinceSeconds: 600 })).text).toBe(text);
    expect((await logs('talks', { sinceSeconds: -60 })).text).toBe('');
  });

  it('of a terminal is read as it is', async () => {
    podman.run('terminal', ['sh', '-c', 'echo one; echo two; sleep 900'], ['--tty']);
    const { text } = await until('it has talked', async () => {
      const log = await logs('terminal');
      return log.text.includes('two') && log;
    });
    expect(text).toBe('one\ntwo\n');
  });

  it('of more than 1 MB is its newest lines', async () => {
    podman.run('chatty', ['sh', '-c', 'yes 123456789 | head -n 300000; echo the end']);
    await until('it has ended', async () => (await host().look('chatty')).says?.includes('exited'));
    const { text, cut } = await logs('chatty');
    expect(cut).toBe(true);
    expect(text.length).toBeLessThanOrEqual(1_048_576);
    expect(text).toMatch(/^123456789\n.*\n123456789\nthe end\n$/s);
  });
});

describe('an engine that ends', () => {
  it('is an error for a command in it, and for looking', async () => {
    const call = host().perform('command', { run: FOREVER, on: 'box' }, { deadlineMs: PATIENCE_MS });
    call.catch(() => undefined);
    const running = () => podman.podman('top', 'box', 'args').split('\n').length > 2;
    await until('it runs', async () => running());
    process.kill(podman.pid, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ code: 'unreachable' });
    await expect(host().look('box')).rejects.toMatchObject({ code: 'unreachable' });
  });
});
