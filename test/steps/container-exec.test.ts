import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { command } from '../../src/steps/command.ts';
import { type Contract, describeStepKind } from './contract.ts';
import { overHttp } from './contracts.ts';
import { type DockerCall, type FakeContainer, frame, idOf, json, startDocker } from './fakes/docker-api.ts';
import { type CallOptions, closing, mayAct, serviceWith } from './harness.ts';

const EXEC = idOf('e4ec');

interface Given {
  container?: Partial<FakeContainer>;
  target?: object;
  /** What Docker says to the question how it ended, one answer after the other. */
  endings?: object[];
}

/** A host on which `run` writes what a program prints. */
async function containerThat(run: (response: ServerResponse, call: DockerCall) => void, given: Given = {}) {
  const endings = [...(given.endings ?? [{ Running: false, ExitCode: 0 }])];
  const host = closing(
    await startDocker({
      containers: { redis: { id: idOf('aaaa'), ...given.container } },
      answer(call, response) {
        if (call.path === `/containers/${idOf('aaaa')}/exec`) json(response, 201, { Id: EXEC });
        else if (call.path === `/exec/${EXEC}/start`) run(response, call);
        else if (call.path === `/exec/${EXEC}/json`)
          json(response, 200, endings.length > 1 ? endings.shift() : endings[0]);
        else return undefined;
        return true;
      },
    }),
  );
  const service = serviceWith({
    connections: { docker: host.connection },
    targets: { cache: { container: 'redis', ...given.target } },
  });
  const runThere = (argv: string[], options?: CallOptions) =>
    service.observe('command', { run: argv, on: 'cache' }, options);
  return { host, run: runThere, ...service };
}

describe('a program in a container', () => {
  it('runs with each argument as it is, without a shell and without a terminal', async () => {
    const { host, run } = await containerThat((response) => {
      response.write(frame(1, 'one\n'));
      response.write(frame(2, 'trouble\n'));
      response.end(frame(1, 'two'));
    });
    const { value, evidence } = await run(['redis-cli', 'GET', "a b'; id"]);
    expect(value).toEqual({ exit: 0, output: 'one', lines: 2 });
    expect(evidence).toEqual([
      { label: 'Command', text: 'redis-cli GET "a b\'; id" on redis: exit code 0' },
      { label: 'Output', text: 'one\ntwotrouble' },
    ]);
    expect(host.calls.find(({ path }) => path.endsWith('/exec'))?.body).toEqual({
      Cmd: ['redis-cli', 'GET', "a b'; id"],
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: false,
      Tty: false,
    });
    expect(host.calls.find(({ path }) => path.endsWith('/start'))?.body).toEqual({
      Detach: false,
      Tty: false,
    });
  });

  it('runs in its target’s folder', async () => {
    const { host, run } = await containerThat((response) => response.end(), { target: { cwd: '/data' } });
    await run(['ls']);
    expect(host.calls.find(({ path }) => path.endsWith('/exec'))?.body).toMatchObject({
      WorkingDir: '/data',
    });
  });

  it('runs only when its target names it', async () => {
    const { host, run } = await containerThat(() => undefined, { target: { programs: ['redis-cli'] } });
    await expect(run(['sh'])).rejects.toMatchObject({
      code: 'refused',
      message: 'sh may not run here; this target allows redis-cli',
    });
    expect(host.calls).toEqual([]);
  });

  it('has the exit code that it ended with, also when Docker needs a moment', async () => {
    const endings = [
      { Running: true, ExitCode: null },
      { Running: false, ExitCode: 69 },
    ];
    const { run } = await containerThat((response) => response.end(), { endings });
    expect((await run(['probe'])).value).toMatchObject({ exit: 69 });
  });

  it('has its output kept to a bound', async () => {
    const { run } = await containerThat((response) => {
      response.end(frame(1, Buffer.alloc(3_000_000, 'x')));
    });
    expect((await run(['probe'])).evidence[1]?.text).toMatch(/\(1,951,424 more bytes were not kept\)$/);
  });

  it.each(['deadline', 'aborted'])('is let go of when the call ends as %s', async (code) => {
    const caller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { run } = await containerThat((response) => {
      response.once('close', resolve);
      response.write(frame(1, 'one\n'), () => code === 'aborted' && caller.abort());
    });
    const deadlineMs = code === 'deadline' ? 400 : 60_000;
    await expect(run(['sleep', '600'], { deadlineMs, signal: caller.signal })).rejects.toMatchObject({
      code,
    });
    await closed;
  });

  it('that is cut off in the middle is an error', async () => {
    const { host, run } = await containerThat((response) => {
      response.write(frame(1, 'one\n'), () => response.destroy());
    });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'unreachable',
      message: `${host.name} closed the connection before it had answered, three tries`,
    });
  });

  it('cannot be begun in a container that does not run', async () => {
    const { host, run } = await containerThat(() => undefined, { container: { status: 'exited' } });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('redis is exited'),
    });
    expect(host.calls.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('is refused in Docker’s own words', async () => {
    const { host, run } = await containerThat((response) => {
      json(response, 409, { message: 'Container aaaa is paused, unpause the container before exec' });
    });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'refused',
      message: `${host.name} refused: Container aaaa is paused, unpause the container before exec`,
    });
  });
});

describe('a plan for a container', () => {
  const step = { kind: 'command', input: { run: ['redis-cli', 'FLUSHDB'], on: 'cache' } };

  it('is void when the container was made anew', async () => {
    const { host, preview, fingerprint, steps } = await containerThat(() => undefined);
    expect(await preview(step.kind, step.input)).toEqual({
      what: 'redis-cli FLUSHDB on cache (container redis)',
      evidence: [],
    });
    const before = await fingerprint(step.kind, step.input);
    Object.assign(host.containers.redis ?? {}, { restarts: 3, startedAt: '2026-02-01T00:00:00Z' });
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([]);
    Object.assign(host.containers.redis ?? {}, { id: idOf('bbbb') });
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([
      'container changed from redis aaaa00000000 (image 0123456789ab) to redis bbbb00000000 (image 0123456789ab)',
    ]);
    expect(host.calls.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('a planned command', () => {
  it('runs in the container that it was planned for and in no other', async () => {
    const { host, fingerprint, steps, env } = await containerThat((response) => response.end());
    const input = { run: ['redis-cli', 'FLUSHDB'], on: 'cache' };
    const step = { kind: 'command', input, fingerprint: await fingerprint('command', input) };
    const options = { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct };
    expect((await steps.perform(env, step, options)).says).toBe('redis-cli FLUSHDB ended well on redis');
    const asked = host.calls.length;
    Object.assign(host.containers.redis ?? {}, { id: idOf('bbbb') });
    await expect(steps.perform(env, step, options)).rejects.toMatchObject({
      code: 'conflict',
      message: 'cache is another place than was planned, now container redis; nothing was done',
    });
    expect(host.calls.slice(asked).every(({ method }) => method === 'GET')).toBe(true);
  });
});

const SECRET = 'sesame-street-4711';

const contract: Contract = {
  input: { run: ['probe'], on: 'cache' },
  secret: SECRET,
  scenario: (behaviour) =>
    overHttp(behaviour, (at) => ({
      env: {
        service: 'denis',
        connections: { docker: { kind: 'docker', url: '$'.concat('{CONTRACT_URL}') } },
        targets: { cache: { container: 'redis' } },
      },
      settings: { CONTRACT_URL: `tcp://guardia:${SECRET}@${at}` },
    })),
};

describe('in a container', () => describeStepKind(command, contract));
