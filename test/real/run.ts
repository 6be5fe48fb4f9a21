import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { pythonWithCelery } from './servers/celery.ts';
import { goTools } from './servers/go-tools.ts';
import { grafanaHome } from './servers/grafana.ts';
import { neo4jJars } from './servers/neo4j.ts';
import { openSearchZip } from './servers/opensearch.ts';

/**
 * `npm run test:real`: installs what is missing on Debian, says so, and runs the tests against real servers. Further
 * arguments go to Jest; with `-- --prepare` it only installs, fetches and builds. Under CI a server that cannot be had is
 * a failure; elsewhere it is said which and why.
 */
const WANTED: readonly { wanted: string; debian: string }[] = [
  { wanted: 'redis-server', debian: 'redis-server' },
  { wanted: 'prometheus', debian: 'prometheus' },
  { wanted: 'prometheus-alertmanager', debian: 'prometheus-alertmanager' },
  { wanted: 'sshd', debian: 'openssh-server' },
  { wanted: 'podman', debian: 'podman' },
  { wanted: 'runc', debian: 'runc' },
  { wanted: '/usr/bin/busybox', debian: 'busybox-static' },
  { wanted: 'javac', debian: 'default-jdk-headless' },
  { wanted: 'mvn', debian: 'maven' },
  { wanted: '/usr/lib/systemd/systemd-journal-remote', debian: 'systemd-journal-remote' },
  { wanted: 'etcd', debian: 'etcd-server' },
  { wanted: 'gcc', debian: 'gcc' },
  { wanted: '/usr/include/stdlib.h', debian: 'libc6-dev' },
  { wanted: 'chromium', debian: 'chromium' },
  { wanted: 'python3', debian: 'python3' },
  { wanted: '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf', debian: 'fonts-noto-color-emoji' },
];

const INSTALL_MS = 10 * 60_000;
const GO_TOOLS = ['vault', 'kwok', 'kubernetes'];

/** A program on the path, or a file. */
function isThere(wanted: string): boolean {
  if (isAbsolute(wanted)) return existsSync(wanted);
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.some((folder) => existsSync(join(folder, wanted)));
}

function install(packages: readonly string[]): void {
  console.log(`Installing from Debian: ${packages.join(' ')} (once; this takes a minute or two)`);
  // Debian starts what it installs; nothing of ours may be a service of the machine.
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'],
    env: environment,
    timeout: INSTALL_MS,
  };
  // Waits for whoever else installs, and for a mirror that is slow, but not for ever.
  const patient = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  execFileSync('apt-get', [...patient, 'update'], options);
  execFileSync('apt-get', [...patient, 'install', '-y', '--no-install-recommends', ...packages], options);
}

const missing = WANTED.filter(({ wanted }) => !isThere(wanted));
if (missing.length > 0) {
  const names = missing.map(({ debian }) => debian);
  try {
    install(names);
  } catch {
    console.error(
      `These could not be installed: ${names.join(', ')}. As root on Debian: apt-get install ${names.join(' ')}`,
    );
    process.exit(1);
  }
}

/** Everything is had before the first test, so that no test waits for it and what cannot be had is tried once. */
async function prepare(): Promise<boolean> {
  let complete = true;
  const wanted = [
    pythonWithCelery,
    openSearchZip,
    neo4jJars,
    ...GO_TOOLS.map((name) => () => goTools(name)),
    grafanaHome,
  ];
  for (const have of wanted) {
    await have().catch((error: unknown) => {
      complete = false;
      console.error(String(error));
    });
  }
  return complete;
}

process.env.GUARDIA_TEST_RUN = `${process.pid} ${Date.now()}`;
if (process.argv.includes('--prepare')) process.exit((await prepare()) ? 0 : 1);
if (process.env.CI) await prepare();
console.log('Running the tests against real servers, one file after the other.');
const jest = join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
const config = join(import.meta.dirname, 'jest.config.js');
const args = [
  '--experimental-vm-modules',
  '--no-warnings',
  jest,
  '--config',
  config,
  // A server that a failed test left behind would keep the run from ending; each ends with its parent.
  '--forceExit',
  ...process.argv.slice(2),
];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exit(status ?? 1);
