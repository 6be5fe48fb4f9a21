import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILD_MS, builtOnce } from './built-once.ts';

const run = promisify(execFile);
const TOOLS = join(import.meta.dirname, 'tools');

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
