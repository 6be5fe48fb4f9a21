import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './process.ts';

const run = promisify(execFile);
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'guardia');
const TOOLS = join(import.meta.dirname, 'tools');

/** As long as a first build may take on two busy cores; give it to `beforeAll`. */
export const BUILD_MS = 40 * 60_000;

/**
 * The folder with the programs that tools/<name>/go.mod names, built from their Go modules once for each state of that
 * file and of our own Go files beside it, and kept in the cache. Says so when it builds: that takes minutes.
 */
export function goTools(name: string): Promise<string> {
  const source = join(TOOLS, name);
  const ours = readdirSync(source).filter((file) => file === 'go.mod' || file.endsWith('.go'));
  const hash = ours.reduce((all, file) => all.update(readFileSync(join(source, file))), createHash('sha256'));
  const key = `${name}-${hash.digest('hex').slice(0, 12)}`;
  return builtOnce(key, `what ${source}/go.mod names`, (folder) => build(source, folder));
}

/** The folder of the cache that `build` has filled, once for each key, by whichever process is first. */
export async function builtOnce(
  key: string,
  what: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(CACHE, key);
  const lock = `${folder}.lock`;
  mkdirSync(CACHE, { recursive: true });
  await until(what, async () => existsSync(folder) || takeLock(lock), BUILD_MS);
  if (existsSync(folder)) return folder;
  try {
    await built(what, `${folder}.new`, build);
    renameSync(`${folder}.new`, folder);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return folder;
}

async function built(what: string, folder: string, build: (folder: string) => Promise<void>): Promise<void> {
  const began = Date.now();
  say(`Building ${what} (once; this takes some minutes)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await build(folder);
  say(`Built in ${Math.round((Date.now() - began) / 1_000)} s`);
}

async function build(source: string, folder: string): Promise<void> {
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  await runGo(await findGo(), ['build', ...flags, '-o', `${folder}/`, 'tool'], source);
}

/** Go in a folder, as the last to be served; gives what it prints. */
export async function runGo(
  go: string,
  args: readonly string[],
  cwd: string,
  environment: Record<string, string> = {},
): Promise<string> {
  const options = {
    cwd,
    timeout: BUILD_MS,
    maxBuffer: 16 * 1_048_576,
    env: { ...process.env, ...environment },
  };
  return (await run('nice', ['-n', '19', go, ...args], options)).stdout;
}

/** Where Go may be: as PATH has it, or where its own archive puts it. */
const GO = ['go', '/usr/local/go/bin/go'];

/** The first Go that is new enough: from 1.21 on it fetches the release that a go.mod asks for. */
export async function findGo(): Promise<string> {
  for (const go of GO) {
    const answer = await run(go, ['env', 'GOVERSION'], {
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    }).catch(() => null);
    const [, minor = '0'] = /^go1\.(\d+)/.exec(answer?.stdout ?? '') ?? [];
    if (Number(minor) >= 21) return go;
  }
  throw new Error("Go 1.21 or newer is needed, and is not here: take Debian 13's or one of go.dev");
}

/** Past Jest, which keeps what is printed until a test file has ended. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function takeLock(lock: string): boolean {
  if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > BUILD_MS) rmSync(lock, { recursive: true });
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
