import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface FolderLock {
  release(): void;
}

const LOCK = 'guardia.lock';
const HOLDER = 'guardia.holder';
const BUSY = 5;

/** Keeps every lock reachable: one that is collected would be released. */
const held = new Set<DatabaseSync>();

/**
 * Takes the folder for this process, or answers null while another process has it. Node has no file locks of its own,
 * and SQLite's are the kernel's: they end with the process that holds them, also one that is killed, and hold between
 * containers that share the folder. The SQLite file itself stays empty.
 */
export function lockFolder(folder: string): FolderLock | null {
  const file = join(folder, LOCK);
  // SQLite would say less clearly that it may not be written.
  if (existsSync(file)) accessSync(file, constants.W_OK);
  const database = new DatabaseSync(file);
  try {
    database.exec('begin immediate');
  } catch (error) {
    database.close();
    if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) === BUSY) return null;
    throw error;
  }
  held.add(database);
  noteHolder(folder);
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

/** Whether somebody ever locked this folder. */
export function hasLock(folder: string): boolean {
  return existsSync(join(folder, LOCK));
}

/** Who has the folder, in words. */
export function holderOf(folder: string): string {
  try {
    return readFileSync(join(folder, HOLDER), 'utf8').trim();
  } catch {
    return 'another process';
  }
}

/** The files beside the data, which belong to whom the folder belongs. */
export const LOCK_FILES = [LOCK, HOLDER];

/** For people only, so a full disk is no reason to fail here. */
function noteHolder(folder: string): void {
  const since = new Date().toISOString().slice(0, 16).replace('T', ' ');
  try {
    writeFileSync(join(folder, HOLDER), `process ${process.pid} on ${hostname()} since ${since} UTC\n`);
  } catch {}
}
