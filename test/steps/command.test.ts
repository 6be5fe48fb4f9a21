import { describe, expect, it } from '@jest/globals';
import { command } from '../../src/steps/command.ts';
import { type Programs, writePrograms } from './fakes/programs.ts';
import { closing, serviceWith } from './harness.ts';

async function machineWith(scripts: Record<string, string>, target: Record<string, unknown> = {}) {
  const programs: Programs = await writePrograms(scripts);
  closing({ close: programs.remove });
  const here = { local: Object.keys(scripts), environment: { PATH: programs.path }, ...target };
  return { programs, ...serviceWith({ targets: { here } }) };
}

describe('a program on this machine', () => {
  it('is observed by its exit code and its first line', async () => {
    const { observe } = await machineWith({
      probe: 'echo; echo "3 of 4 ok"; echo more; echo trouble >&2; exit 2',
    });
    const { value, evidence } = await observe('command', { run: ['probe'], on: 'here' });
    expect(value).toEqual({ exit: 2, output: '3 of 4 ok' });
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
    expect(await preview('command', input, options)).toEqual({ what: 'probe "a b" on here', evidence: [] });
    expect((await fingerprint('command', input, options)).substance).toEqual({
      command: 'probe "a b"',
      target: 'here',
    });
    expect(programs.ran()).toBe(false);
    expect((await perform('command', input, options)).says).toBe('probe "a b" ended well on here');
  });
});

describe('lint', () => {
  it('names placeholders that no parameter fills', () => {
    expect(command.check?.({ run: ['probe', '--q={who}'], on: 'here' }, ['queue'])).toEqual([
      '{who} names no declared parameter; declared are queue',
    ]);
  });
});
