import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, ownFolder, type Server, startServer } from './process.ts';

/** Where OpenSSH wants an empty folder of its own when it is started as root. */
const EMPTY_FOLDER = '/run/sshd';

export interface SshServer extends Server {
  port: number;
  /** A target for a service's file. */
  target: { ssh: string; user: string; 'host-key': string; key: string };
  /** Processes that serve one connection each. */
  sessions(): number[];
}

interface Keys {
  folder: string;
  hostKey: string;
  key: string;
}

/** A real sshd on the loopback address, for the user that runs the tests; give port and keys to start one again. */
export async function startSshd(
  again: { port?: number; keys?: Keys; path?: string } = {},
): Promise<SshServer & { keys: Keys }> {
  const port = again.port ?? (await freePort());
  const folder = await ownFolder('sshd');
  const keys = again.keys ?? newKeys(await ownFolder('ssh-keys'));
  if (process.getuid?.() === 0 && !existsSync(EMPTY_FOLDER)) mkdirSync(EMPTY_FOLDER, { mode: 0o755 });
  writeFileSync(join(folder, 'sshd_config'), configuration(port, keys, again.path));
  const server = await startServer({
    name: 'sshd',
    command: '/usr/sbin/sshd',
    args: ['-D', '-e', '-f', join(folder, 'sshd_config')],
    folder,
    ready: () => greets(port),
  });
  const target = {
    ssh: `127.0.0.1:${port}`,
    user: userInfo().username,
    'host-key': keys.hostKey,
    key: keys.key,
  };
  return { ...server, port, keys, target, sessions: () => childrenOf(server.pid) };
}

function configuration(port: number, { folder }: Keys, path: string | undefined): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    ...(path === undefined ? [] : [`SetEnv PATH=${path}`]),
    'KbdInteractiveAuthentication no',
    '',
  ].join('\n');
}

function newKeys(folder: string): Keys {
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
  const [, hostKey = ''] = execFileSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], {
    encoding: 'utf8',
  }).split(' ');
  return { folder, hostKey, key: readFileSync(join(folder, 'user'), 'utf8') };
}

function greets(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('data', (data) => resolve(data.toString().startsWith('SSH-2.0-')));
  socket.once('error', () => resolve(false)).once('close', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    return undefined;
  }
}
