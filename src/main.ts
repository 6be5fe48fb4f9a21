import { readConfig, readDotEnv } from './config.ts';
import { GuardiaError, messageOf } from './errors.ts';
import { type Guardia, startGuardia } from './guardia.ts';
import { createLogger } from './telemetry/logger.ts';

/** `npm start` and, with `--practice`, `npm run practice`. */
async function main(): Promise<void> {
  const starting = process.argv.includes('--practice') ? practise() : serve();
  // Who is told to stop while it starts, stops once it has.
  const stop = once(() => starting.then((running) => running.stop()).then(() => process.exit(0), die));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const running = await starting;
  process.on('SIGHUP', () => void running.catalogue.reload());
}

function once(work: () => Promise<void>): () => void {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    void work();
  };
}

async function serve(): Promise<Guardia> {
  readDotEnv();
  const config = readConfig(process.env);
  return startGuardia(config, { logger: createLogger(config) });
}

/** Practice is a part of development: it is loaded only here, and left out of the image. */
async function practise(): Promise<Guardia> {
  const { startPractice } = await import('./practice/index.ts');
  const practice = await startPractice(process.env, (what, error) =>
    console.error(error === undefined ? what : `${what}: ${messageOf(error)}`),
  );
  const config = readConfig(practice.environment);
  const bot = await startGuardia(config, {
    logger: createLogger(config),
    steps: practice.steps,
    host: '127.0.0.1',
  });
  practice.connect(bot);
  console.log(
    `\n  The practice workspace is up: ${practice.workspace.url}\n  Simulated Slack, simulated systems, the real bot. Ctrl-C ends it.\n`,
  );
  return {
    ...bot,
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
