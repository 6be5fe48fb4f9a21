import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { ownFolder, type Server, startServer } from './process.ts';

/** What the image's programs are, all of them Debian's static busybox. */
const PROGRAMS = [
  'cat',
  'echo',
  'env',
  'false',
  'head',
  'id',
  'kill',
  'ls',
  'printf',
  'pwd',
  'sh',
  'sleep',
  'yes',
];
const IMAGE = 'localhost/box:1';

export interface PodmanServer extends Server {
  /** A connection for a service's file. */
  connection: { kind: 'docker'; url: string };
  /** One command of podman itself, for what a test prepares. */
  podman(...argv: string[]): string;
  /** Starts a container of the image; options as of `podman run` stand before its name. */
  run(name: string, argv: readonly string[], options?: readonly string[]): void;
}

/**
 * Podman, which speaks Docker's API on a socket of its own: images and containers in one folder, no network, no image
 * from anywhere. It runs where there is neither systemd nor a cgroup of one's own.
 */
export async function startPodman(): Promise<PodmanServer> {
  const folder = await ownFolder('podman');
  const socket = join(folder, 'docker.sock');
  const environment = { CONTAINERS_CONF: configured(folder), DISABLE_HC_SYSTEMD: 'true' };
  const at = (name: string) => join(folder, name);
  const global = [
    ...['--root', at('storage'), '--runroot', at('run'), '--tmpdir', at('tmp')],
    ...['--storage-driver', 'vfs'],
  ];
  const podman = (...argv: string[]) =>
    execFileSync('podman', [...global, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  podman('import', '--quiet', image(folder), IMAGE);
  const server = await startServer({
    name: 'podman',
    command: 'podman',
    args: [...global, 'system', 'service', '--time', '0', `unix://${socket}`],
    environment,
    folder,
    ready: () => answersAt(socket),
  });
  return {
    ...server,
    connection: { kind: 'docker', url: `unix://${socket}` },
    podman,
    run: (name, argv, options = []) =>
      void podman('run', '--detach', '--network', 'none', '--name', name, ...options, IMAGE, ...argv),
    async stop(signal) {
      podman('rm', '--all', '--force', '--time', '0');
      endMonitors(folder);
      await server.stop(signal);
    },
  };
}

function configured(folder: string): string {
  const file = join(folder, 'containers.conf');
  const lines = [
    '[containers]',
    'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
    'log_driver = "k8s-file"',
    '[engine]',
    'runtime = "runc"',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function image(folder: string): string {
  const root = join(folder, 'root');
  for (const name of ['bin', 'tmp', 'etc']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
  for (const program of PROGRAMS) symlinkSync('busybox', join(root, 'bin', program));
  const tar = join(folder, 'root.tar');
  execFileSync('tar', ['-C', root, '-cf', tar, '.']);
  return tar;
}

/** Whoever watches a command in a container stays for minutes after its end, to be asked how it went. */
function endMonitors(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const file = `/proc/${pid}/cmdline`;
    const argv = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (argv.includes('conmon') && argv.includes(folder)) process.kill(Number(pid), 'SIGKILL');
  }
}

function answersAt(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  get({ socketPath, path: '/_ping' }, (answer) => {
    answer.resume();
    resolve(answer.statusCode === 200);
  }).on('error', () => resolve(false));
  return promise;
}
