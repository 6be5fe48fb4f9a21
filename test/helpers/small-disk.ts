import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  const refused = await mountAt(folder);
  if (refused !== null) {
    await rm(folder, { recursive: true });
    return refused;
  }
  const name = `disk_${process.pid}_${Date.now()}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await chown(folder, ...(await userOf(admin)));
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

/** User and group as which the server runs: its data may belong to another. */
async function userOf(server: pg.Client): Promise<[uid: number, gid: number]> {
  const { rows } = await server.query<{ pid: number }>('select pg_backend_pid() as pid');
  const status = await readFile(`/proc/${rows[0]?.pid}/status`, 'utf8');
  const effective = (what: string) => Number(new RegExp(`^${what}:\\t\\d+\\t(\\d+)`, 'm').exec(status)?.[1]);
  return [effective('Uid'), effective('Gid')];
}

/** Mounts an empty disk of 48 MB; says why not where that is not allowed. */
export async function mountAt(folder: string): Promise<string | null> {
  return run('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]).then(
    () => null,
    (error: { stderr?: string }) => `no disk can be mounted here: ${error.stderr?.trim() ?? error}`,
  );
}

/** Takes off what is mounted below a folder, such as the disk of a run that was killed. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const below = mounts.split('\n').flatMap((line) => line.split(' ')[1] ?? []);
  for (const path of below.filter((one) => one.startsWith(`${folder}/`))) await run('umount', [path]);
}

function mustBeFull(error: { code?: string }): void {
  if (error.code !== 'ENOSPC') throw error;
}
