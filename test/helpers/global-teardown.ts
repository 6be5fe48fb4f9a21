import { rm } from 'node:fs/promises';

export default async function globalTeardown(): Promise<void> {
  const own = globalThis.guardiaTestServer;
  await own?.server.stop();
  if (own) await rm(own.folder, { recursive: true, force: true });
}
