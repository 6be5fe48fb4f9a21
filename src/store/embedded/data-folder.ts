import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chmod, constants, lchown, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { dataProblem, storageProblem } from './problems.ts';
import type { Identity } from './programs.ts';

const exec = promisify(execFile);

/** Whom the server may be when root starts it: PostgreSQL refuses to be root. */
const SERVER_USERS = ['postgres', '_postgres', 'nobody', 'daemon'];

export interface DataFolder {
  path: string;
  /** As root, to whom the folder belongs, and with it what is made in it. Empty for other users: it is theirs. */
  owner: Identity;
}

/** Makes the folder where it is missing. As root it belongs to whom the folder above belongs. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    // Asked first, since a recursive mkdir says less clearly what is wrong.
    await access(await nearest(path), constants.W_OK);
    const made = await mkdir(path, { recursive: true });
    if (made !== undefined && isRoot()) await inherit(made, path);
    const { uid, gid } = await stat(path);
    return { path: await realpath(path), owner: isRoot() ? { uid, gid } : {} };
  } catch (cause) {
    throw storageProblem(path, cause);
  }
}

/** The folder itself, or the first above it that exists. */
async function nearest(path: string): Promise<string> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  return there || path === dirname(path) ? path : nearest(dirname(path));
}

async function inherit(made: string, path: string): Promise<void> {
  const { uid, gid } = await stat(dirname(made));
  const below = relative(made, path).split(sep).filter(Boolean);
  for (let depth = 0; depth <= below.length; depth += 1) {
    await lchown(join(made, ...below.slice(0, depth)), uid, gid);
  }
}

/** Gives what root made in the folder to whom the folder belongs. */
export async function giveToOwner({ path, owner }: DataFolder, names: readonly string[]): Promise<void> {
  const { uid, gid } = owner;
  if (uid === undefined || gid === undefined) return;
  for (const name of names) await lchown(join(path, name), uid, gid).catch(() => {});
}

/**
 * As whom the server may run, best first. Data that exists decides it; then the folder's owner, so that a checkout of
 * somebody else stays theirs; then a user of the system that is there for such things.
 */
export async function serverIdentities(data: DataFolder, cluster: string): Promise<Identity[]> {
  const existing = await stat(cluster).catch(() => null);
  if (!isRoot()) {
    if (existing && existing.uid !== process.getuid?.()) throw ofAnotherUser(cluster, existing.uid);
    return [{}];
  }
  if (existing && existing.uid !== 0) return [{ uid: existing.uid, gid: existing.gid }];
  const { uid } = data.owner;
  const named = await Promise.all([...(uid ? [String(uid)] : []), ...SERVER_USERS].map(identityOf));
  return named.filter((identity) => identity !== null);
}

/**
 * Where the cluster lies: in the data folder, unless the server could not reach it there. That is so where root keeps
 * it in a folder that others cannot enter and the system has no `/proc`, such as macOS. Then it lies in a folder of the
 * system that is this data folder's alone, also after that was renamed.
 */
export async function placeCluster(
  { path }: DataFolder,
  identity: Identity,
  { hasProc = existsSync('/proc/self/cwd'), system = '/var/db/guardia' } = {},
): Promise<string> {
  const inside = join(path, 'postgres');
  if (hasProc || !isRoot() || existsSync(inside) || (await canEnter(path, identity))) return inside;
  const { ino, birthtimeMs } = await stat(path);
  const outside = join(system, `${ino}-${Math.round(birthtimeMs)}`);
  await mkdir(outside, { recursive: true });
  await chmod(system, 0o755);
  await chmod(outside, 0o755);
  return join(outside, 'postgres');
}

async function canEnter(folder: string, identity: Identity): Promise<boolean> {
  return exec('ls', ['-d', `${folder}/.`], { ...identity, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** Data that was copied by root belongs to root, whom PostgreSQL refuses. */
export async function giveToServer(cluster: string, { uid, gid }: Identity): Promise<void> {
  if (uid === undefined || gid === undefined || (await stat(cluster)).uid === uid) return;
  for (const name of ['.', ...(await readdir(cluster, { recursive: true }))]) {
    await lchown(join(cluster, name), uid, gid);
  }
}

/** Only of a user that the system knows, as `initdb` demands. */
async function identityOf(user: string): Promise<Identity | null> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (option) => Number((await exec('id', [option, '--', user])).stdout)),
    );
    return uid && gid !== undefined ? { uid, gid } : null;
  } catch {
    return null;
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function ofAnotherUser(cluster: string, uid: number): Error {
  return dataProblem(
    `The data in ${cluster} belongs to another user (uid ${uid}): start Guardia as that user, or choose another folder with GUARDIA_DATA.`,
  );
}
