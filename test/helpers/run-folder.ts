import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasLock, lockFolder } from '../../src/store/embedded/lock.ts';
import { endPostmaster, livingPostmaster } from '../../src/store/embedded/postmaster.ts';
import { unmountBelow } from './small-disk.ts';

/** Where a run of the tests keeps everything that it makes: one folder, locked as long as the run lives. */
export interface RunFolder {
  path: string;
  /** Removes it, with whatever servers were left in it. */
  remove(): Promise<void>;
}

const PREFIX = 'guardia-test-';
/** A test's folder in the run's folder, its data folder, and practice's in that. */
const DEPTH = 4;

export function openRunFolder(temporary = tmpdir()): RunFolder {
  for (;;) {
    const path = newFolder(temporary);
    const lock = lockFolder(path);
    // Another run that removes what is not locked may have been here in between.
    if (lock && existsSync(path)) return { path, remove: () => clear(path).finally(lock.release) };
    lock?.release();
  }
}

function newFolder(temporary: string): string {
  const path = mkdtempSync(join(temporary, PREFIX));
  // As root, tests run programs as other users, who have to get in.
  chmodSync(path, 0o755);
  return path;
}

/** Removes the folders of this user's runs that are dead, and ends the servers that they left. */
export async function removeDeadRuns(temporary = tmpdir()): Promise<void> {
  for (const name of readdirSync(temporary)) {
    const path = join(temporary, name);
    if (!name.startsWith(PREFIX) || !isOurs(path)) continue;
    const lock = lockFolder(path);
    if (lock) await clear(path).finally(lock.release);
  }
}

/** A run's folder, rather than a folder of the same name. */
function isOurs(path: string): boolean {
  const { uid } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
  return uid === process.getuid?.() && hasLock(path);
}

async function clear(path: string): Promise<void> {
  for (const cluster of await clustersIn(path, DEPTH)) {
    const left = await livingPostmaster(cluster).catch(() => null);
    if (left) await endPostmaster(left, 'SIGQUIT');
  }
  await unmountBelow(path);
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}

async function clustersIn(folder: string, depth: number): Promise<string[]> {
  if (existsSync(join(folder, 'PG_VERSION'))) return [folder];
  if (depth === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory());
  return (await Promise.all(below.map(({ name }) => clustersIn(join(folder, name), depth - 1)))).flat();
}
