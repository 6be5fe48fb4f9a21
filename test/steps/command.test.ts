import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { command } from '../../src/steps/command.ts';
import { type Programs, writePrograms } from './fakes/programs.ts';
import { userKey } from './fakes/ssh-host.ts';
import { closedPort } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';

async function machineWith(
  scripts: Record<string, string>,
  target: Record<string, unknown> = {},
  environment: Record<string, string> = {},
) {
  const programs: Programs = await writePrograms(scripts);
  closing({ close: programs.remove });
  const here = {
    local: Object.keys(scripts),
    environment: { PATH: programs.path, ...environment },
    ...target,
  };
  return { programs, ...serviceWith({ targets: { here } }) };
}

describe('a program on this machine', () => {
  it('is observed by its exit code and its first line', async () => {
    const { observe } = await machineWith({
      probe: 'echo; echo "3 of 4 ok"; echo more; echo trouble >&2; exit 2',
    });
    const { value, evidence } = await observe('command', { run: ['probe'], on: 'here' });
    expect(value).toEqual({ exit: 2, output: '3 of 4 ok', lines: 3 });
    expect(evidence).toEqual([
      { label: 'Command', text: 'probe on here: exit code 2' },
      { label: 'Output', text: '3 of 4 ok\nmore\ntrouble' },
    ]);
  });

  it('gets each parameter as one argument, and no shell reads it', async () => {
    const { observe } = await machineWith({ probe: 'for a in "$@"; do echo "<$a>"; done' });
    const queue = 'a b; touch "$HERE/owned" $(id) `id` | x > y';
    const input = { run: ['probe', '{queue}', '--q={queue}'], on: 'here' };
    const { evidence } = await observe('command', input, { parameters: { queue } });
    expect(evidence[1]?.text).toBe(`<${queue}>\n<--q=${queue}>`);
  });

  it.each(['-rf', '--kubeconfig=/tmp/x'])(
    'refuses the parameter %s where it would be an option',
    async (queue) => {
      const { observe, programs } = await machineWith({ probe: 'true' });
      const call = observe('command', { run: ['probe', '{queue}'], on: 'here' }, { parameters: { queue } });
      await expect(call).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('begins with "-"'),
      });
      expect(programs.ran()).toBe(false);
    },
  );

  it('runs only when the service’s file names it', async () => {
    const { observe } = await machineWith({ probe: 'true' });
    await expect(observe('command', { run: ['sh', '-c', 'id'], on: 'here' })).rejects.toMatchObject({
      code: 'refused',
      message: 'sh may not run here; this target allows probe',
    });
  });

  it('never takes its name from a parameter', async () => {
    const { observe } = await machineWith({ probe: 'true' });
    const call = observe('command', { run: ['{program}'], on: 'here' }, { parameters: { program: 'probe' } });
    await expect(call).rejects.toThrow('the program cannot be a parameter');
    expect(command.check?.({ run: ['{program}'], on: 'here' }, ['program'])).toEqual([
      'the program cannot be a parameter: {program}',
    ]);
  });

  it('sees nothing of the environment but PATH and what its target gives it', async () => {
    process.env.GUARDIA_TEST_SECRET = 'not for children';
    const { observe } = await machineWith({ probe: 'env' }, {});
    const { evidence } = await observe('command', { run: ['probe'], on: 'here' });
    delete process.env.GUARDIA_TEST_SECRET;
    const names = (evidence[1]?.text ?? '').split('\n').map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PATH', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''))).toEqual([]);
  });

  it('has its output kept to a bound, the rest counted', async () => {
    const { observe } = await machineWith({ probe: "head -c 3000000 /dev/zero | tr '\\0' x" });
    const { value, evidence } = await observe('command', { run: ['probe'], on: 'here' });
    expect((value as { output: string }).output).toMatch(/^x{500}… \(1,048,076 more characters\)$/);
    expect(evidence[1]?.text).toMatch(/\(1,951,424 more bytes were not kept\)$/);
  });

  it('has its lines counted, also those that are not kept', async () => {
    const { observe } = await machineWith({ probe: 'yes 1234567 | head -n 300000; printf end' });
    expect((await observe('command', { run: ['probe'], on: 'here' })).value).toMatchObject({
      lines: 300_001,
    });
  });

  it('shows no part of a secret where its output is cut', async () => {
    const { observe } = await machineWith(
      { probe: "head -c 3990 /dev/zero | tr '\\0' x; echo $BROKER_TOKEN" },
      {},
      { BROKER_TOKEN: 'sesame-street-4711' },
    );
    const { evidence } = await observe('command', { run: ['probe'], on: 'here' });
    expect(evidence[1]?.text).toMatch(/x\*\*\*$/);
  });

  it('has control sequences taken out of its output', async () => {
    const { observe } = await machineWith({
      probe: "printf '\\033[31mred\\033[0m\\007\\033]0;title\\007 \\tok\\r\\n'",
    });
    expect((await observe('command', { run: ['probe'], on: 'here' })).value).toMatchObject({
      output: 'red \tok',
    });
  });

  it('is said to be missing when it is', async () => {
    const { observe } = await machineWith({}, { local: ['no-such-program'] });
    await expect(observe('command', { run: ['no-such-program'], on: 'here' })).rejects.toMatchObject({
      code: 'not-found',
      message: 'no-such-program is not installed, or its folder is missing',
    });
  });
});

it('a program that is there and may not be run is not said to be missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-path-'));
  await writeFile(join(folder, 'no-right-program'), '#!/bin/sh', { mode: 0o600 });
  const path = process.env.PATH;
  process.env.PATH = `${path}${delimiter}${folder}`;
  try {
    const { observe } = await machineWith({}, { local: ['no-right-program'] });
    const call = observe('command', { run: ['no-right-program'], on: 'here' });
    await expect(call).rejects.toThrow('no-right-program could not be started (EACCES)');
  } finally {
    process.env.PATH = path;
  }
});

const isRoot = process.getuid?.() === 0;
if (isRoot)
  console.log(
    'As root every folder can be entered: .ci/fresh-clone user has a program looked for where it may not.',
  );
(isRoot ? it.skip : it)(
  'a program is said to be missing also where a folder of PATH cannot be entered',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guardia-path-'));
    await chmod(folder, 0o000);
    const path = process.env.PATH;
    process.env.PATH = `${folder}${delimiter}${path}`;
    try {
      const { observe } = await machineWith({}, { local: ['no-such-program'] });
      const call = observe('command', { run: ['no-such-program'], on: 'here' });
      await expect(call).rejects.toThrow('no-such-program is not installed, or its folder is missing');
    } finally {
      process.env.PATH = path;
      await chmod(folder, 0o700);
    }
  },
);

describe('a number', () => {
  it.each([
    ['1700000000 /var/backups', 1_700_000_000],
    ['  -2.5', -2.5],
    ['\\n1e3\\n', 1_000],
    ['91%% of it', 91],
  ])('is what %j begins with', async (printed, value) => {
    const { observe } = await machineWith({ probe: `printf '${printed}'` });
    expect((await observe('command', { run: ['probe'], on: 'here', number: true })).value).toBe(value);
  });

  it.each([
    ['12:30', 'no number but 12:30'],
    ['3rd', 'no number but 3rd'],
    ['2026-01-01', 'no number but 2026-01-01'],
    ['10G', 'no number but 10G'],
    ['1.2.3', 'no number but 1.2.3'],
    ['none', 'no number but none'],
    ['', 'nothing was printed'],
  ])('is not there in %j', async (printed, says) => {
    const { observe } = await machineWith({ probe: `printf '${printed}'` });
    expect(await observe('command', { run: ['probe'], on: 'here', number: true })).toMatchObject({
      value: null,
      says,
    });
  });

  it.each([{ number: true }, { 'age-of-newest': true }])(
    'is not known when the program failed: %j',
    async (asked) => {
      const { observe } = await machineWith({ probe: 'echo 7; echo "No such file" >&2; exit 1' });
      await expect(observe('command', { run: ['probe'], on: 'here', ...asked })).rejects.toMatchObject({
        code: 'refused',
        message: 'probe on here ended with exit code 1: No such file',
      });
    },
  );
});

describe('the age of the newest', () => {
  const asked = { run: ['probe'], on: 'here', 'age-of-newest': true };
  const hoursAgo = (hours: number) => (Date.now() / 1_000 - hours * 3_600).toFixed(10);

  it('is in hours, whatever the order', async () => {
    const times = [hoursAgo(50), hoursAgo(26.5), hoursAgo(72)].join('\\n');
    const { observe } = await machineWith({ probe: `printf '${times}\\n'` });
    const { value, says } = await observe('command', asked);
    expect(value).toBeCloseTo(26.5, 1);
    expect(says).toMatch(/^newest of 3 times: \d{4}-\d\d-\d\d \d\d:\d\d UTC, 26\.5 h ago$/);
  });

  it('is nothing when there is none', async () => {
    const { observe } = await machineWith({ probe: 'echo' });
    expect(await observe('command', asked)).toMatchObject({ value: null, says: 'there is none' });
  });

  it('is said to be ahead of us when clocks differ', async () => {
    const { observe } = await machineWith({ probe: `echo ${hoursAgo(-2)}` });
    expect((await observe('command', asked)).says).toMatch(/^the only one: .* UTC, 2 h ahead of us$/);
  });

  it.each(['2026-01-01', 'total 3', '1e300'])('is an error at %j', async (line) => {
    const { observe } = await machineWith({ probe: `echo 1700000000; echo '${line}'` });
    await expect(observe('command', asked)).rejects.toMatchObject({
      code: 'nonsense',
      message: `printed ${JSON.stringify(line)} in place of a time`,
    });
  });

  it('is not told from a part of the output', async () => {
    const { observe } = await machineWith({ probe: 'yes 1700000000 | head -n 100000' });
    await expect(observe('command', asked)).rejects.toThrow('100,000 times printed, more than are kept');
  });

  it('excludes a number', async () => {
    const { observe } = await machineWith({ probe: 'true' });
    await expect(observe('command', { ...asked, number: true })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('as an action', () => {
  it('fails with what the program said', async () => {
    const { perform } = await machineWith({ probe: 'echo "disk is full" >&2; exit 1' });
    await expect(perform('command', { run: ['probe'], on: 'here' })).rejects.toMatchObject({
      code: 'refused',
      message: 'probe on here ended with exit code 1: disk is full',
    });
  });

  it('is previewed and fingerprinted without running', async () => {
    const { preview, fingerprint, perform, programs } = await machineWith({ probe: 'echo fine' });
    const input = { run: ['probe', '{queue}'], on: 'here' };
    const options = { parameters: { queue: 'a b' } };
    expect(await preview('command', input, options)).toEqual({
      what: 'probe "a b" on here (this machine)',
      evidence: [],
    });
    expect((await fingerprint('command', input, options)).substance).toEqual({
      command: 'probe "a b"',
      target: 'here',
    });
    expect(programs.ran()).toBe(false);
    expect((await perform('command', input, options)).says).toBe('probe "a b" ended well on here');
  });
});

describe('what an approver reads', () => {
  it.each([
    ['plain-1.2', 'plain-1.2'],
    ['two words', '"two words"'],
    ['say "hi"\n', '"say \\"hi\\"\\n"'],
    ['safe\u202egpj.exe', '"safe\\u{202e}gpj.exe"'],
    ['zero\u200bwidth\u00a0space', '"zero\\u{200b}width\\u{a0}space"'],
    ['', '""'],
  ])('has the argument %j as %s', async (name, shown) => {
    const { preview } = await machineWith({ probe: 'true' });
    const { what } = await preview(
      'command',
      { run: ['probe', '{name}'], on: 'here' },
      { parameters: { name } },
    );
    expect(what).toBe(`probe ${shown} on here (this machine)`);
  });
});

describe('targets', () => {
  it('fail each for itself: one that is down does not hold back another', async () => {
    const { programs } = await machineWith({ probe: 'echo fine' });
    const port = await closedPort();
    const down = {
      ssh: `127.0.0.1:${port}`,
      user: 'ops',
      'host-key': `SHA256:${'A'.repeat(43)}`,
      key: userKey().private,
    };
    const here = { local: ['probe'], environment: { PATH: programs.path } };
    const service = serviceWith({ targets: { down, here } });
    const failing = Array.from({ length: 6 }, () =>
      service.observe('command', { run: ['probe'], on: 'down' }),
    );
    await Promise.allSettled(failing);
    await expect(service.observe('command', { run: ['probe'], on: 'down' })).rejects.toThrow(
      'calls in a row had failed',
    );
    expect((await service.observe('command', { run: ['probe'], on: 'here' })).value).toMatchObject({
      exit: 0,
    });
  });
});

describe('lint', () => {
  it('names placeholders that no parameter fills', () => {
    expect(command.check?.({ run: ['probe', '--q={who}'], on: 'here' }, ['queue'])).toEqual([
      '{who} names no declared parameter; declared are queue',
    ]);
  });
});
