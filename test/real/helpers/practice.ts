import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, ownFolder, type Server, startServer } from '../servers/process.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface RunningPractice extends Server {
  url: string;
}

/** Changes a file of the catalogue, named from its folder, before practice begins. */
export type Edited = Readonly<Record<string, (text: string) => string>>;

/** `npm run practice` as a process of its own, with its own data and catalogue, up when it says so. */
export async function startPractice(edited: Edited = {}): Promise<RunningPractice> {
  const port = await freePort();
  const folder = await ownFolder('practice');
  const commands = join(folder, 'commands');
  await cp(join(ROOT, 'commands'), commands, { recursive: true });
  for (const [file, edit] of Object.entries(edited)) {
    const path = join(commands, file);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
  }
  // PostgreSQL runs as a user of its own where the tests run as root, and has to get in.
  await chmod(folder, 0o755);
  const log = join(folder, 'server.log');
  const server = await startServer({
    name: 'the practice workspace',
    command: process.execPath,
    args: ['--no-warnings', join(ROOT, 'src/main.ts'), '--practice'],
    environment: {
      PORT: String(port),
      GUARDIA_DATA: join(folder, 'data'),
      GUARDIA_COMMANDS: commands,
    },
    folder,
    ready: async () => readFileSync(log, 'utf8').includes('The practice workspace is up'),
    readyWithinMs: 60_000,
  });
  return { ...server, url: `http://127.0.0.1:${port}` };
}
