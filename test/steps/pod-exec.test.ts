import { describe, expect, it } from '@jest/globals';
import { type Exec, frame, podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { closing, serviceWith } from './harness.ts';

const PODS = [
  podNamed('denis-workers-b'),
  podNamed('denis-workers-a'),
  podNamed('denis-workers-0', { ready: false }),
];

async function podThat(
  exec: ((exec: Exec) => void) | undefined,
  { pods = PODS, target = {} }: { pods?: unknown[]; target?: object } = {},
) {
  const cluster = closing(
    await startKubernetes({ answer: () => ({ body: { items: pods } }), ...(exec ? { exec } : {}) }),
  );
  const service = serviceWith({
    connections: { kubernetes: cluster.connection },
    targets: { workers: { pod: 'app=denis-workers', ...target } },
  });
  const run = (argv: string[], options = {}) =>
    service.observe('command', { run: argv, on: 'workers' }, options);
  return { run, cluster };
}

describe('a program in a pod', () => {
  it('runs in the first ready pod by name, with each argument as it is', async () => {
    const seen: Exec[] = [];
    const { run, cluster } = await podThat(
      (exec) => {
        seen.push(exec);
        exec.send(1, 'ok\n');
        exec.exit(0);
      },
      { target: { container: 'main' } },
    );
    const { value, evidence } = await run(['celery', '-A', 'a b; id', 'x&command=y']);
    expect(seen).toMatchObject([
      { pod: 'denis-workers-a', container: 'main', argv: ['celery', '-A', 'a b; id', 'x&command=y'] },
    ]);
    expect(value).toEqual({ exit: 0, output: 'ok', lines: 1 });
    expect(evidence[0]?.text).toMatch(/ on denis-workers-a \(of 3\): exit code 0$/);
    expect(cluster.calls.map(({ token }) => token)).toEqual(['kube-token-4711', 'kube-token-4711']);
  });

  it('gives its exit code and both streams, in pieces', async () => {
    const { run } = await podThat((exec) => {
      for (const piece of ['one\n', 'two\n']) exec.send(1, piece);
      exec.send(2, 'trouble\n');
      exec.exit(69);
    });
    const { value, evidence } = await run(['probe']);
    expect(value).toEqual({ exit: 69, output: 'one', lines: 2 });
    expect(evidence[1]?.text).toBe('one\ntwo\ntrouble');
  });

  it('has its output kept to a bound', async () => {
    const { run } = await podThat((exec) => {
      exec.send(1, Buffer.alloc(3_000_000, 'x'));
      exec.exit(0);
    });
    expect((await run(['probe'])).evidence[1]?.text).toMatch(/\(1,951,424 more bytes were not kept\)$/);
  });

  it.each(['deadline', 'aborted'])('is let go of when the call ends as %s', async (code) => {
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    const caller = new AbortController();
    const { run } = await podThat((exec) => {
      exec.socket.once('close', resolve);
      if (code === 'aborted') caller.abort();
    });
    const deadlineMs = code === 'deadline' ? 300 : 60_000;
    const call = run(['sleep', '600'], { deadlineMs, signal: caller.signal });
    await expect(call).rejects.toMatchObject({ code });
    await closed;
  });

  it.each([
    [
      'hangs up before the command has ended',
      (exec: Exec) => exec.socket.end(),
      'unreachable',
      'closed the connection before the command had ended',
    ],
    [
      'cannot start the program',
      (exec: Exec) => exec.send(3, '{"status":"Failure","message":"celery: not found"}'),
      'refused',
      'could not run the command: celery: not found',
    ],
    [
      'has an internal error, whose causes have no reason',
      (exec: Exec) =>
        exec.send(
          3,
          '{"status":"Failure","reason":"InternalError","message":"Internal error occurred: no such container","details":{"causes":[{"message":"no such container"}]}}',
        ),
      'refused',
      'could not run the command: Internal error occurred: no such container',
    ],
    [
      'says no JSON at the end',
      (exec: Exec) => exec.send(3, '<html>'),
      'nonsense',
      'did not say how the command ended',
    ],
  ])('is an error when the API server %s', async (_, exec, code, message) => {
    const { run } = await podThat(exec);
    await expect(run(['probe'])).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('survives frames that mean nothing', async () => {
    const { run } = await podThat((exec) => {
      exec.socket.write(frame(Buffer.alloc(0)));
      exec.send(9, 'what');
      exec.send(255, Buffer.from([1]));
      exec.send(1, 'ok');
      exec.exit(0);
    });
    expect((await run(['probe'])).value).toEqual({ exit: 0, output: 'ok', lines: 1 });
  });

  it('may be forbidden', async () => {
    const { run } = await podThat(undefined);
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'refused',
      message: 'Guardia may not run commands in pods: give its role the verbs create and get on pods/exec',
    });
  });

  it.each([
    [[], 'there is none'],
    [
      [podNamed('w-0', { ready: false, waiting: 'CrashLoopBackOff' })],
      'none of 1 is ready: w-0 CrashLoopBackOff',
    ],
  ])('needs a pod that is ready', async (pods, found) => {
    const { run } = await podThat(undefined, { pods });
    await expect(run(['probe'])).rejects.toThrow(`no ready pod matches app=denis-workers; ${found}`);
  });
});

describe('a plan for a pod', () => {
  it('names the pod that it would run in, and is void once that is another', async () => {
    let pods = PODS;
    const cluster = closing(await startKubernetes({ answer: () => ({ body: { items: pods } }) }));
    const { preview, fingerprint, steps } = serviceWith({
      connections: { kubernetes: cluster.connection },
      targets: { workers: { pod: 'app=denis-workers' } },
    });
    const step = { kind: 'command', input: { run: ['celery', 'purge'], on: 'workers' } };
    expect(await preview(step.kind, step.input)).toEqual({
      what: 'celery purge on workers (pod denis-workers-a of 3 in denis)',
      evidence: [],
    });
    const before = await fingerprint(step.kind, step.input);
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([]);
    pods = [podNamed('denis-workers-b')];
    expect(steps.drift(step, before, await fingerprint(step.kind, step.input))).toEqual([
      'pod changed from denis-workers-a to denis-workers-b',
    ]);
  });
});
