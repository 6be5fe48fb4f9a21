import { describe, expect, it } from '@jest/globals';
import { command } from '../../src/steps/command.ts';
import { type Behaviour, type Contract, describeStepKind } from './contract.ts';
import {
  exits,
  fingerprintOf,
  PID,
  type SshCommand,
  type SshOptions,
  startSsh,
  userKey,
} from './fakes/ssh-host.ts';
import { closedPort, httpAnswer, startWire } from './fakes/wire.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

async function hostThat(options: SshOptions = {}, target: object = {}) {
  const host = closing(await startSsh(options));
  const service = serviceWith({ targets: { backup: { ...host.target, ...target } } });
  const run = (argv: string[], given?: CallOptions) =>
    service.observe('command', { run: argv, on: 'backup' }, given);
  return { host, run, ...service };
}

/** Hosts that begin a command and say so to the test, which ends it. */
function startsToTell() {
  const started: SshCommand[] = [];
  let tell: () => void = () => undefined;
  return {
    run(begun: SshCommand) {
      started.push(begun);
      tell();
    },
    async next(count = 1) {
      while (started.length < count)
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      return started;
    },
  };
}

describe('a program on another host', () => {
  it('runs as the user, with each argument quoted for the shell there', async () => {
    const seen: SshCommand[] = [];
    const { host, run } = await hostThat({
      run(begun) {
        seen.push(begun);
        exits(begun, 2, 'one\ntwo\n', 'trouble\n');
      },
    });
    const { value, evidence } = await run(['tar', '-tf', "it's; id"]);
    expect(seen).toMatchObject([{ user: 'ops', command: "exec 'tar' '-tf' 'it'\\''s; id' </dev/null" }]);
    expect(value).toEqual({ exit: 2, output: 'one', lines: 2 });
    expect(evidence).toEqual([
      { label: 'Command', text: `tar -tf "it's; id" on ops@${host.at}: exit code 2` },
      { label: 'Output', text: 'one\ntwo\ntrouble' },
    ]);
  });

  it('runs in its target’s folder', async () => {
    const seen: string[] = [];
    const run = (begun: SshCommand) => {
      seen.push(begun.command);
      exits(begun, 0);
    };
    const host = await hostThat({ run }, { cwd: "/srv/it's" });
    await host.run(['ls']);
    expect(seen).toEqual(["cd -- '/srv/it'\\''s' && exec 'ls' </dev/null"]);
  });

  it('runs only when its target names it', async () => {
    const { host, run } = await hostThat({}, { programs: ['df', 'find'] });
    await expect(run(['rm', '-rf', '/'])).rejects.toMatchObject({
      code: 'refused',
      message: 'rm may not run here; this target allows df, find',
    });
    expect(host.opened()).toBe(0);
  });

  it('has its output kept to a bound, and control sequences taken out', async () => {
    const { run } = await hostThat({
      run: (begun) => exits(begun, 0, `\u001b[31mred\u001b[0m\n${'x'.repeat(3_000_000)}`),
    });
    const { value, evidence } = await run(['probe']);
    expect(value).toMatchObject({ output: 'red', lines: 2 });
    expect(evidence[1]?.text).toMatch(/^red\nxxx.*\(1,951,437 more bytes were not kept\)$/s);
  });

  it('that is killed there is an error', async () => {
    const { host, run } = await hostThat({
      run({ channel }) {
        channel.exit('TERM', false, '');
        channel.end();
      },
    });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'unreachable',
      message: `the command was ended on ops@${host.at} by SIGTERM, three tries`,
    });
  });

  it('that the host will not begin is an error', async () => {
    const { run } = await hostThat({ run: ({ channel }) => channel.close() });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('closed the connection before the command had ended'),
    });
  });
});

describe('a program that is no longer waited for', () => {
  it.each(['deadline', 'aborted'])('is killed there when the call ends as %s', async (code) => {
    const caller = new AbortController();
    const hosts = startsToTell();
    const { host, run } = await hostThat({
      run: (begun) => (begun.command.includes('true') ? exits(begun, 0) : hosts.run(begun)),
    });
    // Logged in by then: what is left of the deadline is for the program.
    await run(['true']);
    const deadlineMs = code === 'deadline' ? 1_000 : 60_000;
    const call = run(['sleep', '600'], { deadlineMs, signal: caller.signal });
    call.catch(() => undefined);
    await hosts.next();
    if (code === 'aborted') caller.abort();
    await expect(call).rejects.toMatchObject({ code });
    const [begun, kill] = await hosts.next(2);
    expect(begun?.signals).toEqual(['KILL']);
    expect(kill?.command).toBe(`kill -KILL -${PID}`);
    exits(kill as SshCommand, 0);
    await begun?.closed;
    expect(host.open()).toBe(1);
  });

  it('is killed as well when it begins only then', async () => {
    const hosts = startsToTell();
    const caller = new AbortController();
    const { promise: begins, resolve: begin } = Promise.withResolvers<boolean>();
    const asked = (line: string) => {
      if (!line.includes('late')) return true;
      caller.abort();
      return begins;
    };
    const { host, run } = await hostThat({ run: hosts.run, begins: asked });
    await expect(run(['late'], { signal: caller.signal })).rejects.toMatchObject({ code: 'aborted' });
    begin(true);
    const [late, kill] = await hosts.next(2);
    expect(kill?.command).toBe(`kill -KILL -${PID}`);
    expect(late?.signals).toEqual(['KILL']);
    exits(kill as SshCommand, 0);
    await late?.closed;
    expect(host.opened()).toBe(1);
  });

  it('and that the host never begins costs it the connection, once nobody else is on it', async () => {
    const [hosts, caller] = [startsToTell(), new AbortController()];
    const { host, run } = await hostThat({
      begins(line) {
        if (!line.includes('stuck')) return true;
        caller.abort();
        return false;
      },
      run: (begun) => (begun.command.includes('backup') ? hosts.run(begun) : exits(begun, 0)),
    });
    const backup = run(['backup']);
    const [begun] = await hosts.next();
    await expect(run(['stuck'], { signal: caller.signal })).rejects.toMatchObject({ code: 'aborted' });
    while (host.opened() < 2) await run(['next']);
    expect(host.open()).toBe(2);
    exits(begun as SshCommand, 0, 'done\n');
    expect((await backup).value).toMatchObject({ output: 'done' });
    while (host.open() > 1) await run(['next']);
    expect(host.opened()).toBe(2);
  });
});

describe('the connection', () => {
  it('is one for many calls, five at a time', async () => {
    let [running, most] = [0, 0];
    const { host, run } = await hostThat({
      run(begun) {
        running += 1;
        most = Math.max(most, running);
        setTimeout(() => {
          running -= 1;
          exits(begun, 0);
        }, 10);
      },
    });
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => run(['probe', String(n)])));
    expect(all.every(({ value }) => (value as { exit: number }).exit === 0)).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    expect(host.opened()).toBe(1);
  });

  it('that is lost in use is an error, and is opened again for the next call', async () => {
    const hosts = startsToTell();
    const { host, perform } = await hostThat({ run: hosts.run });
    const input = { run: ['backup'], on: 'backup' };
    const call = perform('command', input);
    call.catch(() => undefined);
    await hosts.next();
    host.cut();
    await expect(call).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('closed'),
    });
    const again = perform('command', input);
    exits((await hosts.next(2))[1] as SshCommand, 0);
    expect((await again).says).toBe(`backup ended well on ops@${host.at}`);
  });

  it('is closed with the steps', async () => {
    const { host, run, steps } = await hostThat({ run: (begun) => exits(begun, 0) });
    await run(['probe']);
    await steps.close();
    await host.quiet();
  });
});

describe('a host', () => {
  it('with another key than the pinned one is not even logged in to', async () => {
    const commands: SshCommand[] = [];
    const pinned = fingerprintOf(userKey().public);
    const { host, run } = await hostThat({ run: (begun) => commands.push(begun) }, { 'host-key': pinned });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'refused',
      message: `ops@${host.at} shows another host key than its target names: ${host.target['host-key']} (ssh-ed25519)`,
    });
    await host.quiet();
    expect(commands).toEqual([]);
  });

  it('may refuse the login', async () => {
    const { host, run } = await hostThat({ allows: userKey().public });
    await expect(run(['probe'])).rejects.toMatchObject({
      code: 'refused',
      message: `ops@${host.at} refused the login`,
    });
    await host.quiet();
  });

  it.each(['not a key', userKey().private.slice(0, 200)])(
    'is not asked with a key that is none',
    async (key) => {
      const { run } = await hostThat({}, { key });
      const error = await run(['probe']).catch((thrown) => thrown);
      expect(error).toMatchObject({
        code: 'config',
        message: expect.stringMatching(/^the private key for ops@/),
      });
      expect(error.message).not.toContain(key.slice(40, 60) || key);
    },
  );

  it.each([
    ['host-key', 'MD5:aa:bb'],
    ['host-key', `SHA256:${'A'.repeat(42)}`],
    ['ssh', 'ops@host'],
    ['ssh', 'host:99999999'],
    ['cwd', '-'],
    ['password', 'x'],
  ])('is refused when its %s is %s', async (key, value) => {
    const { host, run } = await hostThat({}, { [key]: value });
    await expect(run(['probe'])).rejects.toMatchObject({ code: 'config' });
    expect(host.opened()).toBe(0);
  });
});

describe('a plan for another host', () => {
  it('says where and what without going there, and is void for another host or key', async () => {
    const { host, preview, fingerprint, steps } = await hostThat({}, { cwd: '/srv' });
    const step = { kind: 'command', input: { run: ['tar', 'a b'], on: 'backup' } };
    expect(await preview(step.kind, step.input)).toEqual({
      what: `tar "a b" on backup (ops@${host.at}, in /srv)`,
      evidence: [],
    });
    const before = await fingerprint(step.kind, step.input);
    expect(before.substance).toEqual({
      command: 'tar "a b"',
      target: 'backup',
      host: `ops@${host.at}, in /srv`,
      'host key': host.target['host-key'],
    });
    const other = serviceWith({ targets: { backup: { ...host.target, cwd: '/srv', user: 'root' } } });
    expect(steps.drift(step, before, await other.fingerprint(step.kind, step.input))).toEqual([
      `host changed from ops@${host.at}, in /srv to root@${host.at}, in /srv`,
    ]);
    expect(host.opened()).toBe(0);
  });
});

const SECRET = userKey().private;

/** What every target must hold, as every step kind. */
const contract: Contract = {
  input: { run: ['probe'], on: 'backup' },
  secret: SECRET.split('\n')[2] ?? SECRET,
  // Lines before a server's name are allowed, so a page that does not end is waited for.
  ends: { html: 'deadline' },
  async scenario(behaviour) {
    const wire = await startWire((socket) => {
      if (behaviour === 'closes') socket.end('SSH-2.0-there\r\n');
      if (behaviour === 'html')
        socket.write(httpAnswer('<!doctype html><html>Log in</html>', { type: 'text/html' }));
      if (behaviour === 'huge') socket.write('x'.repeat(10 * 1_048_576));
    });
    const port = behaviour === ('refuses' satisfies Behaviour) ? await closedPort() : wire.port;
    const target = {
      ssh: `127.0.0.1:${port}`,
      user: 'ops',
      'host-key': `SHA256:${'A'.repeat(43)}`,
      key: '$' + '{CONTRACT_KEY}',
    };
    return {
      env: { service: 'denis', connections: {}, targets: { backup: target } },
      settings: { CONTRACT_KEY: SECRET },
      gone: wire.quiet,
      touched: () => wire.received() !== '',
      stop: wire.stop,
    };
  },
};

describe('over SSH', () => describeStepKind(command, contract));
