import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepEnvironment } from '../../src/steps/step-kind.ts';
import type { Behaviour, Contract, Scenario } from './contract.ts';
import { pgMessage, startPostgresWire } from './fakes/postgres-wire.ts';
import { writePrograms } from './fakes/programs.ts';
import { closedPort, httpAnswer, startRedisWire, startWire, type Wire } from './fakes/wire.ts';

const SECRET = 'sesame-street-4711';
const PAGE = `<!doctype html><html>Log in, ${SECRET}</html>`;
const HUGE = 10 * 1_048_576;

/**
 * What stands at the other end for each step kind; a kind without an entry fails the test of the registry. Only what a
 * person does (`byPerson`) has none: there is nobody at the other end, and the registry's test sees to it that such a
 * kind has no function that could reach anything.
 */
export const contracts: Readonly<Record<string, Contract>> = {
  alertmanager: {
    input: { alerts: { service: 'denis' } },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('alertmanager', { url: setting('CONTRACT_URL') }),
        settings: { CONTRACT_URL: `http://guardia:${SECRET}@${at}` },
      })),
  },
  logs: {
    input: { index: 'denis*', query: 'redis error' },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('elasticsearch', {
          url: `http://${at}`,
          headers: { authorization: `ApiKey ${setting('CONTRACT_TOKEN')}` },
        }),
        settings: { CONTRACT_TOKEN: SECRET },
      })),
  },
  prometheus: {
    input: { query: 'up' },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('prometheus', { url: setting('CONTRACT_URL') }),
        settings: { CONTRACT_URL: `http://guardia:${SECRET}@${at}` },
      })),
  },
  grafana: {
    input: { dashboard: 'denis', panel: 4 },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('grafana', { url: `http://${at}`, token: setting('CONTRACT_TOKEN') }),
        settings: { CONTRACT_TOKEN: SECRET },
      })),
  },
  http: {
    input: { get: '/health', json: 'status' },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('http', {
          url: `http://${at}`,
          headers: { authorization: `Bearer ${setting('CONTRACT_TOKEN')}` },
        }),
        settings: { CONTRACT_TOKEN: SECRET },
      })),
  },
  kubernetes: {
    input: { pods: 'app=redis' },
    secret: SECRET,
    scenario: async (behaviour) => {
      const folder = await mkdtemp(join(tmpdir(), 'guardia-kube-'));
      const scenario = await overHttp(behaviour, (at) => ({
        env: withConnection('kubernetes', { namespace: 'denis', kubeconfig: setting('CONTRACT_KUBECONFIG') }),
        settings: { CONTRACT_KUBECONFIG: join(folder, 'config'), at },
      }));
      const { at = '', ...settings } = scenario.settings;
      await writeFile(join(folder, 'config'), kubeconfig(`http://${at}`, SECRET));
      return {
        ...scenario,
        settings,
        stop: () => Promise.all([scenario.stop(), rm(folder, { recursive: true })]).then(),
      };
    },
  },
  redis: {
    input: { info: 'memory' },
    secret: SECRET,
    ends: { huge: 'finding' },
    scenario: overRedis,
  },
  docker: {
    input: { containers: ['web'] },
    secret: SECRET,
    scenario: (behaviour) =>
      overHttp(behaviour, (at) => ({
        env: withConnection('docker', { url: setting('CONTRACT_URL') }),
        settings: { CONTRACT_URL: `tcp://guardia:${SECRET}@${at}` },
      })),
  },
  neo4j: {
    input: { cypher: 'RETURN 1' },
    secret: SECRET,
    scenario: overBolt,
  },
  postgres: {
    input: { query: 'select 1' },
    secret: SECRET,
    scenario: overPostgres,
  },
  celery: {
    input: { inspect: 'ping' },
    secret: SECRET,
    ends: { refuses: 'refused' },
    scenario: (behaviour) =>
      withProgram('celery', behaviour, (target) => ({
        service: 'denis',
        connections: { celery: { kind: 'celery', app: 'tasks', target: 'here' } },
        targets: { here: target },
      })),
  },
  command: {
    input: { run: ['probe', '--all'], on: 'here' },
    secret: SECRET,
    ends: { refuses: 'refused', html: 'finding', huge: 'finding' },
    scenario: (behaviour) =>
      withProgram('probe', behaviour, (target) => ({
        service: 'denis',
        connections: {},
        targets: { here: target },
      })),
  },
};

/** As a service's file names a setting. */
function setting(name: string): string {
  return `\${${name}}`;
}

function withConnection(kind: string, rest: Record<string, unknown>): StepEnvironment {
  return { service: 'denis', connections: { [kind]: { kind, ...rest } }, targets: {} };
}

/** A kubeconfig; for a server without TLS the client library wants that to be said twice. */
export function kubeconfig(server: string, token: string, ca?: string): string {
  const trust = ca ? { 'certificate-authority-data': btoa(ca) } : { 'insecure-skip-tls-verify': true };
  return JSON.stringify({
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, ...trust } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: { token } }],
  });
}

type Given = Pick<Scenario, 'env' | 'settings'>;

export async function overHttp(behaviour: Behaviour, given: (at: string) => Given): Promise<Scenario> {
  const answers: Record<Behaviour, string | undefined> = {
    hangs: undefined,
    refuses: undefined,
    closes: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"status":',
    html: httpAnswer(PAGE, { type: 'text/html' }),
    huge: httpAnswer(JSON.stringify({ status: 'x'.repeat(HUGE) })),
  };
  const wire = await startWire((socket) => {
    const answer = answers[behaviour];
    if (answer === undefined) return;
    if (behaviour === 'closes') socket.end(answer);
    else socket.write(answer);
  });
  return scenarioOf(wire, await given(await addressOf(wire, behaviour)));
}

async function addressOf(wire: Wire, behaviour: Behaviour): Promise<string> {
  return `127.0.0.1:${behaviour === 'refuses' ? await closedPort() : wire.port}`;
}

function scenarioOf(wire: Wire, given: Given): Scenario {
  return { ...given, gone: wire.quiet, stop: wire.stop, touched: () => wire.received() !== '' };
}

async function overRedis(behaviour: Behaviour): Promise<Scenario> {
  const wire = await startRedisWire(([command = ''], socket) => {
    if (behaviour === 'html') return httpAnswer(PAGE, { type: 'text/html' });
    if (command !== 'INFO') return '+OK\r\n';
    if (behaviour === 'huge') return `$${HUGE}\r\n${`used_memory:${SECRET}\r\n`.padEnd(HUGE, 'x')}\r\n`;
    if (behaviour === 'closes') socket.end('$1000\r\nused_mem');
    return undefined;
  });
  const at = await addressOf(wire, behaviour);
  return scenarioOf(wire, {
    env: withConnection('redis', { url: setting('CONTRACT_URL') }),
    settings: { CONTRACT_URL: `redis://:${SECRET}@${at}` },
  });
}

/** In the middle is behind the handshake, where the login has begun. */
async function overBolt(behaviour: Behaviour): Promise<Scenario> {
  const greeted = new WeakSet<Socket>();
  const wire = await startWire((socket) => {
    if (behaviour === 'html') socket.write(httpAnswer(PAGE, { type: 'text/html' }));
    if (behaviour === 'huge') socket.write(Buffer.alloc(HUGE, SECRET));
    if (behaviour === 'closes' && greeted.has(socket)) socket.end(Buffer.from([0, 99, 0xb1]));
    else if (behaviour === 'closes') socket.write(Buffer.from([0, 0, 4, 4]));
    greeted.add(socket);
  });
  const at = await addressOf(wire, behaviour);
  return scenarioOf(wire, {
    env: withConnection('neo4j', {
      url: `bolt://${at}`,
      user: 'neo4j',
      password: setting('CONTRACT_PASSWORD'),
    }),
    settings: { CONTRACT_PASSWORD: SECRET },
  });
}

async function overPostgres(behaviour: Behaviour): Promise<Scenario> {
  const answers = {
    closes: pgMessage('D', SECRET, 1_000),
    huge: pgMessage('D', Buffer.alloc(HUGE, SECRET)),
  };
  const wire =
    behaviour === 'hangs' || behaviour === 'html'
      ? await startWire((socket) => {
          if (behaviour === 'html') socket.write(httpAnswer(PAGE, { type: 'text/html' }));
        })
      : await startPostgresWire((socket) => {
          if (behaviour === 'closes') socket.end(answers.closes);
          if (behaviour === 'huge') socket.write(answers.huge);
        });
  const at = await addressOf(wire, behaviour);
  return scenarioOf(wire, {
    env: withConnection('postgres', { url: setting('CONTRACT_URL') }),
    settings: { CONTRACT_URL: `postgres://guardia:${SECRET}@${at}/shop` },
  });
}

/** A program that behaves so, and that tells the secret from its environment where it can. */
async function withProgram(
  name: string,
  behaviour: Behaviour,
  env: (target: Record<string, unknown>) => StepEnvironment,
): Promise<Scenario> {
  const scripts: Record<Behaviour, string> = {
    hangs: 'sleep 600 & echo $! > "$HERE/pid"; wait',
    refuses: 'exit 3',
    closes: 'printf \'{"worker": \'; kill -9 $$',
    html: 'echo "<!doctype html><html>$BROKER_TOKEN</html>"',
    huge: `echo "$BROKER_TOKEN"; head -c ${HUGE} /dev/zero | tr '\\0' x`,
  };
  const programs = await writePrograms({ [name]: scripts[behaviour] });
  const allowed = behaviour === 'refuses' ? 'another-program' : name;
  const target = {
    local: [allowed],
    environment: { PATH: programs.path, BROKER_TOKEN: setting('CONTRACT_TOKEN') },
  };
  return {
    env: env(target),
    settings: { CONTRACT_TOKEN: SECRET },
    gone: programs.gone,
    touched: programs.ran,
    stop: programs.remove,
  };
}
