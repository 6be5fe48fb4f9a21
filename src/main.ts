import type { Logger } from 'pino';
import { readStart } from './catalogue/read-start.ts';
import { type Config, readConfig, readDotEnv } from './config.ts';
import { GuardiaError, messageOf } from './errors.ts';
import { type Guardia, startGuardia } from './guardia.ts';
import { leavePidFile, pidFileOf, takePidFile, writeReport } from './pid-file.ts';
import { stepKinds } from './steps/index.ts';
import { createLogger } from './telemetry/logger.ts';

interface Running extends Guardia {
  config: Config;
  logger: Logger;
}

/** `npm start` and, with `--practice`, `npm run practice`. */
async function main(): Promise<void> {
  const starting = process.argv.includes('--practice') ? practise() : serve();
  // Who is told to stop while it starts, stops once it has.
  const stop = once(() => starting.then(end).then(() => process.exit(0), die));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const running = await starting;
  const pidFile = pidFileOf(running.config);
  process.on('SIGHUP', () => void reload(running, pidFile));
  await beFound(running, pidFile);
}

async function end(running: Running): Promise<void> {
  await running.stop();
  await leavePidFile(pidFileOf(running.config));
}

/** For `npm run reload`. Whoever has no pid file works all the same. */
async function beFound({ logger }: Running, file: string): Promise<void> {
  try {
    const other = await takePidFile(file);
    if (other)
      logger.warn({ file, pid: other.pid }, 'another process has this pid file: set GUARDIA_PID_FILE');
  } catch (err) {
    logger.warn(
      { err, file },
      'the pid file could not be written, so npm run reload does not find this process',
    );
  }
}

async function reload({ catalogue, logger }: Running, pidFile: string): Promise<void> {
  try {
    const beganAt = Date.now();
    const refusal = await catalogue.reload();
    const { revision } = catalogue.current();
    const problems = refusal?.problems ?? [];
    await writeReport(pidFile, { beganAt, revision, problems });
  } catch (err) {
    logger.error({ err }, 'what came of a reload could not be told');
  }
}

function once(work: () => Promise<void>): () => void {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    void work();
  };
}

async function serve(): Promise<Running> {
  readDotEnv();
  const config = await readStart(process.env, stepKinds);
  const logger = createLogger(config);
  return { ...(await startGuardia(config, { logger })), config, logger };
}

/** Practice is a part of development: it is loaded only here, and left out of the image. */
async function practise(): Promise<Running> {
  const { startPractice } = await import('./practice/index.ts');
  const practice = await startPractice(process.env, (what, error) =>
    console.error(error === undefined ? what : `${what}: ${messageOf(error)}`),
  );
  const config = readConfig(practice.environment);
  const logger = createLogger(config);
  const bot = await startGuardia(config, {
    logger,
    steps: practice.steps,
    host: '127.0.0.1',
  });
  practice.connect(bot);
  console.log(
    `\n  The practice workspace is up: ${practice.workspace.url}\n  Simulated Slack, simulated systems, the real bot. Ctrl-C ends it.\n`,
  );
  return {
    ...bot,
    config,
    logger,
    async stop() {
      await bot.stop();
      await practice.stop();
    },
  };
}

/** What is wrong with settings or catalogue is said in words; a fault of ours with its stack. */
function die(error: unknown): never {
  console.error(error instanceof GuardiaError ? error.message : error);
  process.exit(1);
}

main().catch(die);
