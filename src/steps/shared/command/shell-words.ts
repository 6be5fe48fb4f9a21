import { GuardiaError } from '../../../errors.ts';

/**
 * One command string for a POSIX shell that means exactly this argv: every argument in single quotes, in which nothing
 * has a meaning but the closing quote. `exec` takes programs only, so that no builtin of the shell stands in for one;
 * there is nothing on its stdin.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 */
export function shellCommand(argv: readonly string[], cwd?: string): string {
  if (argv[0]?.startsWith('-')) throw new GuardiaError('bad-input', `${argv[0]} is an option and no program`);
  const command = `exec ${argv.map(quoted).join(' ')} </dev/null`;
  return cwd === undefined ? command : `cd -- ${quoted(cwd)} && ${command}`;
}

function quoted(argument: string): string {
  if (argument.includes('\0')) throw new GuardiaError('bad-input', 'an argument contains a NUL character');
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
