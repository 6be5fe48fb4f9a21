export default async function globalTeardown(): Promise<void> {
  const own = globalThis.guardiaTestRun;
  await own?.server.stop();
  for (const folder of own?.folders ?? []) await folder.remove();
}
