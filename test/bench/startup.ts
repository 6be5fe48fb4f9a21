import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { companyFor } from '../../src/practice/company.ts';
import { startWorkspace } from '../../src/practice/workspace/server.ts';
import { type Bench, type Measured, median, round } from './bench.ts';
import { benchDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '../..');
const REST_MS = 20_000;
const ROUNDS = 3;

/** How long practice takes from its command to its page, and what the bot itself holds at rest. */
export const startup: Bench = {
  name: 'startup',
  async run(): Promise<Measured[]> {
    const first: number[] = [];
    for (let turn = 0; turn < ROUNDS; turn += 1) first.push(await practice());
    const memory = await atRest();
    return [
      {
        name: 'practice is up after its command',
        compared: 'from nothing, its database included',
        value: round(median(first) / 1_000),
        limit: 5,
        side: 'at most',
        unit: 's',
        details: { fastestMs: Math.round(Math.min(...first)), slowestMs: Math.round(Math.max(...first)) },
      },
      {
        name: 'memory at rest',
        compared: 'of the bot, without PostgreSQL',
        value: round(memory, 0),
        limit: 200,
        side: 'at most',
        unit: 'MB',
        details: { afterRestMs: REST_MS },
      },
    ];
  },
};

async function practice(): Promise<number> {
  const folder = await dataFolder();
  const began = performance.now();
  const child = run(['src/main.ts', '--practice'], { PORT: '0', GUARDIA_DATA: folder });
  await said(child, /is up: (\S+)/);
  const took = performance.now() - began;
  await end(child);
  await rm(folder, { recursive: true, force: true });
  return took;
}

/** The bot as it runs in production: Slack, the stand-in here, is another process. */
async function atRest(): Promise<number> {
  const database = await benchDatabase();
  const workspace = await startWorkspace({
    port: 0,
    bot: { signingSecret: 's', token: 'xoxb-bench', appId: 'A0GUARDIA' },
    manifest: join(ROOT, 'manifest.yml'),
  });
  const child = runBot(await botEnvironment(workspace.apiUrl, database.url));
  await said(child, /Guardia is up/);
  await wait(REST_MS);
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  await end(child);
  await workspace.stop();
  await database.close();
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

/** The settings of a bot whose Slack is the practice workspace. */
export async function botEnvironment(
  slackApiUrl: string,
  databaseUrl: string,
): Promise<Record<string, string>> {
  const { settings } = await companyFor(join(ROOT, 'commands'));
  return {
    ...settings,
    PORT: '0',
    LOG_LEVEL: 'info',
    SLACK_API_URL: slackApiUrl,
    SLACK_BOT_TOKEN: 'xoxb-bench',
    SLACK_SIGNING_SECRET: 's',
    DATABASE_URL: databaseUrl,
  };
}

/** As `npm start` does. */
export function runBot(environment: Record<string, string>): ChildProcess {
  const [, ...argv] = packageJson.scripts.start.split(' ');
  return run(argv, environment);
}

export function run(argv: readonly string[], environment: Record<string, string>): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  return spawn(process.execPath, ['--no-warnings', ...argv], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Resolves with the match once the process has said it. */
export async function said(child: ChildProcess, text: RegExp): Promise<RegExpExecArray> {
  let all = '';
  return new Promise((done, failed) => {
    child.stdout?.on('data', (chunk) => {
      all += chunk;
      const found = text.exec(all);
      if (found) done(found);
    });
    child.once('exit', () => failed(new Error(`it ended before it said ${text}: ${all}`)));
  });
}

export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-bench-'));
  await chmod(folder, 0o755);
  return folder;
}
