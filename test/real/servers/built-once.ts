import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { until } from './process.ts';

export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'guardia');
/** As long as a first build may take on two busy cores; give it to `beforeAll`. */
export const BUILD_MS = 25 * 60_000;
/** Names one run of `npm run test:real`. */
const RUN = process.env.GUARDIA_TEST_RUN;

/**
 * The folder of the cache that `build` has filled, once for each key, by whichever process is first. Says so when it
 * builds: that takes minutes. What could not be built is not tried again in the same run.
 */
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
    refuseAgain(`${folder}.failed`, what);
    await built(what, `${folder}.new`, build);
    renameSync(`${folder}.new`, folder);
  } catch (error) {
    if (RUN) writeFileSync(`${folder}.failed`, `${RUN}\n${error}`);
    throw error;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return folder;
}

function refuseAgain(failed: string, what: string): void {
  if (!RUN || !existsSync(failed)) return;
  const [run, ...why] = readFileSync(failed, 'utf8').split('\n');
  if (run === RUN) throw new Error(`${what} could not be had in this run: ${why.join('\n')}`);
}

async function built(what: string, folder: string, build: (folder: string) => Promise<void>): Promise<void> {
  const began = Date.now();
  say(`Building or fetching ${what} (once; this may take some minutes)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await build(folder);
  say(`It took ${Math.round((Date.now() - began) / 1_000)} s`);
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
