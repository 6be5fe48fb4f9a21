import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallOptions, serviceWith } from '../../steps/harness.ts';
import { until } from '../servers/process.ts';
import { startSshd } from '../servers/sshd.ts';

/** Machines that run tests are busy. */
const PATIENCE_MS = 60_000;
const patiently = { deadlineMs: PATIENCE_MS };
let sshd: Awaited<ReturnType<typeof startSshd>>;
let folder: string;

/** Prints its arguments as JSON in ASCII, so that nothing of them is taken for a control sequence. */
const ECHO = `process.stdout.write(JSON.stringify(process.argv.slice(1)).replace(/[^ -~]/g,
  (c) => '\\\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')))`;

function host(target: object = {}) {
  const service = serviceWith({ targets: { backup: { ...sshd.target, ...target } } });
  const run = (argv: string[], options?: CallOptions) =>
    service.observe('command', { run: argv, on: 'backup' }, { deadlineMs: PATIENCE_MS, ...options });
  return { ...service, run };
}

/** A shell script that leaves its own process id and that of a child in a file, and never ends. */
function endless(name: string) {
  const file = join(folder, name);
  const pids = () => (existsSync(file) ? readFileSync(file, 'utf8') : '').trim().split('\n').map(Number);
  const argv = [
    'sh',
    '-c',
    `sleep 600 & printf '%s\\n%s\\n' $$ $! > ${file}.new; mv ${file}.new ${file}; wait`,
  ];
  const begun = () => until('the command has begun', async () => pids().length === 2 && pids());
  return { argv, begun };
}

/** Processes of sshd that were not there before: the connections of this test. */
function sessionOf(): () => number[] {
  const before = sshd.sessions();
  return () => sshd.sessions().filter((pid) => !before.includes(pid));
}

function only([pid, ...others]: number[]): number {
  if (pid === undefined || others.length > 0) throw new Error('there is not exactly one connection');
  return pid;
}

/** Whether any process has this among its arguments. */
function runs(argument: string): boolean {
  return readdirSync('/proc').some((pid) => {
    const file = `/proc/${pid}/cmdline`;
    return /^\d+$/.test(pid) && existsSync(file) && readFileSync(file, 'utf8').includes(argument);
  });
}

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guardia-ssh-'));
  sshd = await startSshd();
});

afterAll(async () => {
  await sshd?.stop();
  rmSync(sshd?.keys.folder, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

describe('a real sshd', () => {
  it('runs a program with exactly its argv, whatever stands in it', async () => {
    const { observe } = host();
    const argument = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!') }),
      )
      .filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 4 }), async (argv) => {
        const input = {
          run: [process.execPath, '-e', ECHO, '--', ...argv.map((_, n) => `={p${n}}`)],
          on: 'backup',
        };
        const parameters = Object.fromEntries(argv.map((text, n) => [`p${n}`, text]));
        const { evidence } = await observe('command', input, { parameters, deadlineMs: PATIENCE_MS });
        expect(JSON.parse(evidence[1]?.text ?? '')).toEqual(argv.map((text) => `=${text}`));
      }),
      { numRuns: 25 },
    );
  });

  it('gives exit code, both streams and lines; in the folder of the target; as its user', async () => {
    const { run } = host({ cwd: folder });
    const { value, evidence } = await run(['sh', '-c', 'pwd; id -un; echo trouble >&2; exit 7']);
    expect(value).toEqual({ exit: 7, output: folder, lines: 2 });
    expect(evidence[1]?.text).toBe(`${folder}\n${sshd.target.user}\ntrouble`);
  });

  it('says when a program is not there, and when its folder is not', async () => {
    expect((await host().run(['no-such-program'])).value).toMatchObject({ exit: 127 });
    const { value, evidence } = await host({ cwd: '/no/such/folder' }).run(['pwd']);
    expect((value as { exit: number }).exit).not.toBe(0);
    expect(evidence[1]?.text).toContain('/no/such/folder');
  });

  it('tells the age of a file that a backup would have written', async () => {
    const { observe, run } = host();
    await run(['touch', '-d', '27 hours ago', join(folder, 'dump.old')]);
    await run(['touch', '-d', '3 hours ago', join(folder, 'dump.new')]);
    const find = ['find', folder, '-name', 'dump.*', '-printf', '%T@\n'];
    const age = await observe('command', { run: find, on: 'backup', 'age-of-newest': true }, patiently);
    expect(age.value).toBeCloseTo(3, 1);
    const stat = ['stat', '-c', '%Y', join(folder, 'dump.old')];
    const { value } = await observe('command', { run: stat, on: 'backup', number: true }, patiently);
    expect(Math.abs(Date.now() / 1_000 - 27 * 3_600 - Number(value))).toBeLessThan(120);
  });

  it('serves thirty commands at once over one connection', async () => {
    const { run } = host({ cwd: '/' });
    const session = sessionOf();
    const codes = Array.from({ length: 30 }, (_, n) => n);
    const all = await Promise.all(codes.map((n) => run(['sh', '-c', `sleep 0.1; exit ${n}`])));
    expect(all.map(({ value }) => (value as { exit: number }).exit)).toEqual(codes);
    expect(session()).toHaveLength(1);
  });

  it('sends 50 MB of which 1 MB is kept', async () => {
    const { value, evidence } = await host().run(['sh', '-c', 'yes 123456789 | head -n 5000000']);
    expect(value).toEqual({ exit: 0, output: '123456789', lines: 5_000_000 });
    expect(evidence[1]?.text).toMatch(/\(48,951,424 more bytes were not kept\)$/);
  });
});

describe('a host that is not the one', () => {
  it('is not logged in to when its key is another', async () => {
    const wrong = `SHA256:${'A'.repeat(43)}`;
    await expect(host({ 'host-key': wrong }).run(['id'])).rejects.toMatchObject({
      code: 'refused',
      message: `${sshd.target.user}@127.0.0.1:${sshd.port} shows another host key than its target names: ${sshd.target['host-key']} (ssh-ed25519)`,
    });
    const accepted = sshd
      .log()
      .split('\n')
      .filter((line) => line.includes('Accepted publickey')).length;
    await expect(host({ 'host-key': wrong }).run(['id'])).rejects.toMatchObject({ code: 'refused' });
    expect(
      sshd
        .log()
        .split('\n')
        .filter((line) => line.includes('Accepted publickey')),
    ).toHaveLength(accepted);
  });

  it('refuses a key that it does not know', async () => {
    const other = readFileSync(join(sshd.keys.folder, 'host'), 'utf8');
    await expect(host({ key: other }).run(['id'])).rejects.toMatchObject({
      code: 'refused',
      message: `${sshd.target.user}@127.0.0.1:${sshd.port} refused the login`,
    });
  });
});

describe('a command that never ends', () => {
  it.each(['deadline', 'aborted'])(
    'is killed on the host with its children when the call ends as %s',
    async (code) => {
      const caller = new AbortController();
      const { argv, begun } = endless(`endless-${code}`);
      const call = host().run(argv, {
        deadlineMs: code === 'deadline' ? 6_000 : PATIENCE_MS,
        signal: caller.signal,
      });
      call.catch(() => undefined);
      const pids = await begun();
      expect(pids.map(lives)).toEqual([true, true]);
      if (code === 'aborted') caller.abort();
      await expect(call).rejects.toMatchObject({ code });
      await until('both processes have ended', async () => !pids.some(lives));
    },
  );

  it('leaves nothing behind, at whatever moment the caller gives up', async () => {
    const { run } = host();
    const seconds = `600.${Date.now()}`;
    for (let ms = 0; ms <= 400; ms += 20) {
      const call = run(['sleep', seconds], { deadlineMs: PATIENCE_MS, signal: AbortSignal.timeout(ms) });
      await expect(call).rejects.toMatchObject({ code: 'aborted' });
    }
    await until('no sleep is left', async () => !runs(seconds), 10_000);
    // What had not begun by then must not begin either.
    await run(['sleep', '1']);
    expect(runs(seconds)).toBe(false);
  });

  it('leaves the connection to others', async () => {
    const session = sessionOf();
    const { run } = host({ programs: ['sh', 'echo'] });
    const { argv, begun } = endless('beside');
    const caller = new AbortController();
    const call = run(argv, { deadlineMs: PATIENCE_MS, signal: caller.signal });
    call.catch(() => undefined);
    await begun();
    caller.abort();
    expect((await run(['echo', 'fine'])).value).toMatchObject({ output: 'fine' });
    expect(session()).toHaveLength(1);
  });
});

describe('a connection', () => {
  it('that is killed in use is an error, and opened again for the next command', async () => {
    const session = sessionOf();
    const { perform, run } = host({ programs: ['sh', 'echo'] });
    await run(['echo', 'open']);
    const { argv, begun } = endless('cut');
    const call = perform('command', { run: argv, on: 'backup' }, { deadlineMs: PATIENCE_MS });
    call.catch(() => undefined);
    const pids = await begun();
    process.kill(only(session()), 'SIGKILL');
    await expect(call).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('closed the connection before'),
    });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect((await run(['echo', 'fine'])).value).toMatchObject({ output: 'fine' });
  });

  it('that falls silent in use is noticed', async () => {
    const session = sessionOf();
    const { perform, run } = host({ programs: ['sh', 'echo', 'sleep'] });
    await run(['echo', 'open']);
    const silent = only(session());
    process.kill(silent, 'SIGSTOP');
    const call = perform('command', { run: ['sleep', '1'], on: 'backup' }, { deadlineMs: PATIENCE_MS });
    await expect(call).rejects.toMatchObject({
      code: 'unreachable',
      message: `${sshd.target.user}@127.0.0.1:${sshd.port} has been silent for 15 s`,
    });
    expect((await run(['echo', 'fine'])).value).toMatchObject({ output: 'fine' });
    process.kill(silent, 'SIGKILL');
  });

  it('is opened again after the host was away', async () => {
    const { run } = host({ programs: ['echo'] });
    await run(['echo', 'before']);
    const { port, keys } = sshd;
    for (const session of sshd.sessions()) process.kill(session, 'SIGKILL');
    await sshd.stop();
    await expect(run(['echo', 'away'])).rejects.toMatchObject({
      code: 'unreachable',
      message: `refused by ${sshd.target.user}@127.0.0.1:${port}, three tries`,
    });
    sshd = await startSshd({ port, keys });
    expect((await run(['echo', 'back'])).value).toMatchObject({ output: 'back' });
  });
});
