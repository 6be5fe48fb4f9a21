import { execFile } from 'node:child_process';
import { existsSync, lchownSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { giveToServer } from './data-folder.ts';
import { complaintIn, dataProblem, storageProblem } from './problems.ts';
import type { Programs } from './programs.ts';

const exec = promisify(execFile);

/**
 * How a program that was started in `folder` names it. Through its working directory it reaches the folder even where
 * it may not enter the folders above, such as root's home.
 */
export function fromWithin(folder: string): string {
  return existsSync('/proc/self/cwd') ? '/proc/self/cwd' : folder;
}

/** Secrets of the bot are not for a process of another user. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' };
}

/**
 * Makes the cluster beside its place and moves it there once it is whole, so that a start that was cut off leaves none.
 * `durable` waits until the disk has it.
 */
export async function createCluster(
  cluster: string,
  password: string,
  programs: Programs,
  durable: boolean,
): Promise<void> {
  const made = `${cluster}.new`;
  const data = join(made, 'data');
  await rm(made, { recursive: true, force: true });
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await writeFile(join(made, 'password'), password, { mode: 0o600 });
    const { uid, gid } = programs.identity;
    for (const path of [made, data, join(made, 'password')]) {
      if (uid !== undefined && gid !== undefined) lchownSync(path, uid, gid);
    }
    await initdb(data, programs, durable ? [] : ['--no-sync']);
    await rename(data, cluster);
  } catch (cause) {
    throw storageProblem(join(cluster, '..'), cause);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function initdb(
  data: string,
  { initdb: program, identity }: Programs,
  more: readonly string[],
): Promise<void> {
  const here = fromWithin(data);
  const options = ['--username=guardia', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  const places = [`--pgdata=${here}`, `--pwfile=${here}/../password`];
  try {
    await exec(program, [...options, ...places, '--no-instructions', ...more], {
      ...identity,
      cwd: data,
      env: serverEnvironment(),
    });
  } catch (cause) {
    const said = complaintIn((cause as { stderr?: string }).stderr ?? '');
    if (/could not look up effective user ID/.test(said)) throw unknownUser(cause);
    throw new Error(said || String(cause), { cause });
  }
}

function unknownUser(cause: unknown): Error {
  return dataProblem(
    `The embedded PostgreSQL needs a user with a name, and ${process.getuid?.()} has none in /etc/passwd: start Guardia as one that has, or set DATABASE_URL to a PostgreSQL of yours.`,
    cause,
  );
}

/** Demands data that these programs can read, and gives it the owner and the mode that they insist on. */
export async function prepareCluster(cluster: string, programs: Programs): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== programs.major) {
    throw dataProblem(
      `The data in ${cluster} was made by PostgreSQL ${version}, and this version of Guardia brings ${programs.major}: move that folder away to start empty, or load a dump of it into a PostgreSQL of yours and set DATABASE_URL.`,
    );
  }
  await giveToServer(cluster, programs.identity);
  await chmod(cluster, 0o700);
}
