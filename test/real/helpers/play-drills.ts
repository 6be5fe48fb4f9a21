import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import { startGuardia } from '../../../src/guardia.ts';
import { startPractice } from '../../../src/practice/index.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createPlayer } from './drill-player.ts';

/**
 * `node play-drills.ts <service>`: plays every drill of a service on a practice of its own, and prints what each came
 * to. A process for each service, since Slack's limits are one workspace's.
 */
const COMMANDS = join(import.meta.dirname, '../../../commands');
const [, , name = ''] = process.argv;

const folder = await mkdtemp(join(tmpdir(), 'guardia-drills-'));
// PostgreSQL runs as a user of its own where this runs as root, and has to get in.
await chmod(folder, 0o755);
const { PATH, HOME } = process.env;
const practice = await startPractice({
  PATH,
  HOME,
  PORT: '0',
  GUARDIA_DATA: folder,
  GUARDIA_COMMANDS: COMMANDS,
});
const config = readConfig(practice.environment);
const bot = await startGuardia(config, {
  logger: createLogger(config),
  steps: practice.steps,
  host: '127.0.0.1',
});
practice.connect(bot);

const play = createPlayer(practice.workspace.driver, practice.drills);
const service = bot.catalogue.current().services.get(name);
let failed = 0;
for (const runbook of service?.runbooks.values() ?? []) {
  for (const drill of Object.keys(runbook.drills)) {
    const said = await play({ service: service as NonNullable<typeof service>, runbook, drill }).catch(
      (error: unknown) => {
        failed += 1;
        return `FAILED ${error}`;
      },
    );
    console.log(JSON.stringify({ drill: `${name}/${runbook.name}/${drill}`, said }));
  }
}
await bot.stop();
await practice.stop();
await rm(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
