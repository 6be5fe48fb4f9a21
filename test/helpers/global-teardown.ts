export default async function globalTeardown(): Promise<void> {
  const own = globalThis.guardiaTestRun;
  await own?.server.stop();
  await own?.folder.remove();
}
