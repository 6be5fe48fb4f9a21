import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { startMetricsPage } from '../servers/exporter.ts';
import { writeJournal } from '../servers/journal.ts';
import { ownFolder } from '../servers/process.ts';
import { startPrometheus } from '../servers/prometheus.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';
import { startSshd } from '../servers/sshd.ts';
import { startVault, type VaultServer } from '../servers/vault.ts';

const POLICY = 'path "secret/data/elevenlabs" { capabilities = ["read"] }';
const UNIT = 'elevenlabs_integration';

/** All that commands/elevenlabs looks at and changes: Vault, Redis, Prometheus and OpenSSH are real. */
export interface ElevenLabsEstate {
  vault: VaultServer;
  cache: RedisServer;
  /** Only this key is good at ElevenLabs from now on. */
  accept(key: string): void;
  /** Puts a key where Guardia reads it, beside the key of the host. */
  keep(key: string): Promise<unknown>;
  /** Ends the service on the host; a rollback starts what there was before it. */
  breakService(): void;
  snapshots(): boolean;
  settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startElevenLabsEstate(firstKey: string): Promise<ElevenLabsEstate> {
  const stops: (() => unknown)[] = [];
  const kept = <T>(thing: T, stop: (thing: T) => unknown): T => {
    stops.unshift(() => stop(thing));
    return thing;
  };
  const vault = kept(await startVault(), (one) => one.stop());
  const cache = kept(await startRedis(), (one) => one.stop());
  const host = await startHost(cache.url, kept);
  const service = kept(await startElevenLabs(firstKey), (one) => one.stop());
  const page = kept(await startMetricsPage(figures), (one) => one.stop());
  const prometheus = kept(
    await startPrometheus({ scrape: { backend: page.target }, history: hourOfErrors() }),
    (one) => one.stop(),
  );
  const keep = (key: string) =>
    vault.api('POST', 'secret/data/elevenlabs', {
      data: { ELEVENLABS_API_KEY: key, SSH_KEY: host.target.key },
    });
  await keep(firstKey);
  for (let number = 0; number < 300; number += 1) await cache.command('SET', `voice:${number}`, 'audio');
  return {
    ...{ vault, cache, keep },
    accept: service.accept,
    breakService: () => writeFileSync(host.stopped, ''),
    snapshots: () => existsSync(join(host.home, 'snapshot')),
    settings: {
      ...(await approle(vault)),
      ELEVENLABS_PROMETHEUS_URL: prometheus.url,
      ELEVENLABS_API_URL: service.url,
      ELEVENLABS_REDIS_URL: cache.url,
      ELEVENLABS_HOST: host.target.ssh,
      ELEVENLABS_SSH_USER: host.target.user,
      ELEVENLABS_HOST_KEY: host.target['host-key'],
      ELEVENLABS_HOME: host.home,
    },
    async stop() {
      for (const stop of stops) await stop();
    },
  };
}

type Kept = <T>(thing: T, stop: (thing: T) => unknown) => T;

/** A host behind a real sshd. Its journal is real; test equipment stands in for systemd and for the rollback script. */
async function startHost(redisUrl: string, kept: Kept) {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const journal = kept(
    await writeJournal([
      { at: minutesAgo(9), unit: UNIT, message: 'ERROR synthesis failed: 500' },
      { at: minutesAgo(8), unit: UNIT, message: 'ERROR Rate limit exceeded' },
      { at: minutesAgo(1), unit: UNIT, message: 'INFO waiting' },
    ]),
    (one) => one.remove(),
  );
  const home = kept(await ownFolder('elevenlabs'), (folder) => rmSync(folder, { recursive: true }));
  const [bin, stopped] = [join(home, 'bin'), join(home, 'stopped')];
  mkdirSync(join(home, 'scripts'));
  mkdirSync(bin);
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program('systemctl', `if [ -e ${stopped} ]; then echo failed; exit 3; fi; echo active`);
  program('python', `exec python3 "$@"`);
  writeFileSync(join(home, 'scripts/rollback.py'), rollbackScript(redisUrl, stopped));
  const sshd = kept(await startSshd({ path: `${bin}:${journal.path}` }), (one) => one.stop());
  return { home, stopped, target: sshd.target };
}

/** Test equipment in the place of the backend's own script: of a rollback it does what concerns the cache and the service. */
function rollbackScript(redisUrl: string, stopped: string): string {
  return `
import pathlib, subprocess, sys

def redis(command):
    return subprocess.run(["redis-cli", "-u", "${redisUrl}", command], check=True, capture_output=True, text=True).stdout.strip()

if sys.argv[1:] == ["--take-snapshot"]:
    pathlib.Path("snapshot").write_text("configuration")
    print("took a snapshot")
elif sys.argv[1:] == ["--dry-run"]:
    print("would revert the database and clear", redis("DBSIZE"), "keys")
else:
    redis("FLUSHDB")
    pathlib.Path("${stopped}").unlink(missing_ok=True)
    print("rolled back")
`;
}

/** Test equipment in the place of ElevenLabs: it answers whoever shows the one key that is good. */
async function startElevenLabs(firstKey: string) {
  let good = firstKey;
  const server = createServer(({ method, url, headers }, response) => {
    const known = method === 'POST' && url === '/v1/text-to-speech';
    response.writeHead(headers['xi-api-key'] !== good ? 401 : known ? 200 : 404).end('audio');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    accept(key: string) {
      good = key;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Guardia's own login, which may read what its runbooks name and nothing else. */
async function approle(vault: VaultServer) {
  await vault.api('PUT', 'sys/policies/acl/guardia', { policy: POLICY });
  await vault.api('POST', 'sys/auth/approle', { type: 'approle' });
  await vault.api('POST', 'auth/approle/role/guardia', { token_policies: 'guardia', token_ttl: '20s' });
  type Answer = { data: { role_id: string; secret_id: string } };
  const { data: role } = await vault.api<Answer>('GET', 'auth/approle/role/guardia/role-id');
  const { data: secret } = await vault.api<Answer>('POST', 'auth/approle/role/guardia/secret-id');
  return { VAULT_ADDR: vault.url, VAULT_ROLE_ID: role.role_id, VAULT_SECRET_ID: secret.secret_id };
}

/** Nobody calls any more; what was called before stands in the history. */
function figures(): string {
  return 'elevenlabs_pool_connections_active 4\nelevenlabs_audio_quality_score 0.93\n';
}

/** Six of ten calls failed, each took long, and they ended three minutes ago. */
function hourOfErrors(): string {
  const now = Math.floor(Date.now() / 1_000);
  const times = Array.from({ length: 288 }, (_, step) => now - 180 - (287 - step) * 15);
  const series = (name: string, labels: string, perStep: number) =>
    times.map((at, step) => `${name}_total{${labels}} ${step * perStep} ${at}\n`).join('');
  const counter = (name: string, labels: string, perStep: number) =>
    `# TYPE ${name} counter\n${series(name, labels, perStep)}`;
  return [
    counter('elevenlabs_requests', 'job="backend"', 10),
    counter('elevenlabs_errors', 'job="backend",status="500"', 6),
    `# TYPE elevenlabs_request_duration_seconds_bucket gauge\n`,
    ...bucketsOf('elevenlabs_request_duration_seconds_bucket', times, 10),
    `# TYPE elevenlabs_generation_duration_seconds_bucket gauge\n`,
    ...bucketsOf('elevenlabs_generation_duration_seconds_bucket', times, 10),
    '# TYPE elevenlabs_pool_connections_active gauge\n',
    ...times.map((at) => `elevenlabs_pool_connections_active{job="backend"} 4 ${at}\n`),
  ].join('');
}

function bucketsOf(name: string, times: readonly number[], perStep: number): string[] {
  return ['1', '12', '+Inf'].flatMap((le) =>
    times.map((at, step) => `${name}{job="backend",le="${le}"} ${le === '1' ? 0 : step * perStep} ${at}\n`),
  );
}
