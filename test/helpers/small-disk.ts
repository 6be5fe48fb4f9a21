import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const ENOUGH = Buffer.alloc(64 * 1_024 * 1_024);

export interface SmallDisk {
  /** A database whose files, and those of its sorts, lie on a disk of their own. */
  url: string;
  /** Writes until the disk is full. */
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** A database on a disk of 48 MB; null, with the reason, where a test may not mount one. */
export async function smallDisk(server: string): Promise<SmallDisk | string> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-disk-'));
  await chmod(folder, 0o755);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    return `no disk can be mounted here: ${(error as { stderr?: string }).stderr?.trim() ?? error}`;
  }
  const name = `disk_${process.pid}_${Date.now()}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  const { rows } = await admin.query<{ dir: string }>("select current_setting('data_directory') as dir");
  const { uid, gid } = await stat(rows[0]?.dir ?? '/');
  await chown(folder, uid, gid);
  await admin.query(`create tablespace ${name} location '${folder}'`);
  await admin.query(`create database ${name} template template_guardia tablespace ${name}`);
  const filler = join(folder, 'filler');
  return {
    url: server.replace(/\/guardia$/, `/${name}`),
    fill: () => writeFile(filler, ENOUGH).catch(mustBeFull),
    free: () => rm(filler),
    async remove() {
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop tablespace ${name}`);
      await admin.end();
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

function mustBeFull(error: { code?: string }): void {
  if (error.code !== 'ENOSPC') throw error;
}
