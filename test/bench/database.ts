import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, type OpenDatabase, openDatabase } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded.ts';

/** A database of its own, durable as in production. */
export async function benchDatabase(): Promise<OpenDatabase & { url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-bench-'));
  await chmod(folder, 0o755);
  const server = await startEmbedded(folder);
  const open = openDatabase(server.url);
  await migrate(open.db);
  return {
    ...open,
    url: server.url,
    async close() {
      await open.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
