import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shellCommand } from '../../src/steps/shared/command/shell-words.ts';

/** What a real shell makes of a command: each argument as the program gets it. */
function argumentsOf(argv: readonly string[], cwd?: string): string[] {
  const printer = [
    process.execPath,
    '-e',
    'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
    '--',
  ];
  const command = shellCommand([...printer, ...argv], cwd);
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** The same without a start of Node for each. */
function printed(argv: readonly string[]): string[] {
  const command = shellCommand(['/usr/bin/printf', '%s\\0', ...argv]);
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const nasty = fc.constantFrom(
  "'",
  '"',
  '\\',
  '$',
  '`',
  '\n',
  ' ',
  '!',
  '*',
  '~',
  '#',
  ';',
  '&',
  '|',
  '-',
  '=',
  '{',
  '\r',
  '\t',
  'ü',
  '\u{1f600}',
);
const argument = fc
  .oneof(fc.string({ unit: nasty }), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
  .filter((text) => !text.includes('\0'));

describe('a command for a shell', () => {
  it('gives the program exactly its argv, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 6 }), (argv) => {
        expect(printed(argv)).toEqual(argv);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [["'; touch owned; '"]],
    [['$(id)', '`id`', '$HOME', '$'.concat('{HOME}')]],
    [['', '-n', '--', '*', '~', "it's", "'''"]],
    [['two\nlines', 'tab\there', 'back\\slash\\']],
  ])('%j', (argv) => {
    expect(argumentsOf(argv)).toEqual(argv);
  });

  it('runs in its folder, whatever that is called', () => {
    const folder = mkdtempSync(join(tmpdir(), "guardia $(id) 'x' "));
    const command = shellCommand(['/bin/pwd'], folder);
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stdout).toBe(`${folder}\n`);
  });

  it('does not run when its folder is missing', () => {
    const { status, stdout } = spawnSync('sh', ['-c', shellCommand(['echo', 'ran'], '/no/such/folder')], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
  });

  it('runs programs and no builtin of the shell', () => {
    // Of a folder that may not be entered a shell says 126.
    const env = { PATH: '/usr/bin:/bin' };
    const { status } = spawnSync('sh', ['-c', shellCommand(['exit', '0'])], { env });
    expect(status).toBe(127);
  });

  it('has nothing on its stdin', () => {
    const { stdout } = spawnSync('sh', ['-c', shellCommand(['cat'])], { input: 'private', encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it.each([[['a\0b']], [['cat', '\0']]])('is refused with a NUL: %j', (argv) => {
    expect(() => shellCommand(argv)).toThrow('an argument contains a NUL character');
    expect(() => shellCommand(['ls'], '/a\0')).toThrow('NUL');
  });

  it('is refused when its program looks like an option of exec', () => {
    expect(() => shellCommand(['-a', 'x'])).toThrow('-a is an option and no program');
  });
});
