import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const COMMANDS = join(import.meta.dirname, '../../../commands');

/** Actions that a test heals something real with, by the file of the test. Its own record of the bot holds it to that. */
export const PLAYED: Readonly<Record<string, readonly string[]>> = {
  'remedies-denis': [
    'denis/chat-timeout#restart-api',
    'denis/graph-slow#kill-queries',
    'denis/graph-slow#restart-driver',
    'denis/graph-slow#restart-neo4j',
    'denis/queue-growing#add-workers',
    'denis/queue-growing#drain',
    'denis/queue-growing#restart-workers',
    'denis/queue-growing#take-queue',
    'denis/redis-down#restart',
    'denis/telemetry-inconsistent#restart-api',
    'denis/websocket-drops#restart-api',
    'denis/workers-stuck#kill-worker',
    'denis/workers-stuck#restart-workers',
    'inventory-outbound/inventory-degraded#restart',
    'inventory-outbound/outbound-degraded#restart',
  ],
  'remedies-elevenlabs': ['elevenlabs/rollback#roll-back', 'elevenlabs/rollback#take-snapshot'],
  'whole-path': ['denis/workers-stuck#purge'],
};

/** Actions that are not played, by the kind of their steps and the service that has them, each with the reason. */
export const NOT_PLAYED: readonly { kind: string; of: string; why: string }[] = [
  { kind: 'manual', of: 'every service', why: 'a person does it, and no system is changed' },
  {
    kind: 'docker',
    of: 'hotel',
    why: 'Docker is none of these systems; its restarts are in `steps/docker.test.ts`',
  },
  { kind: 'postgres', of: 'hotel', why: 'PostgreSQL is none of these systems' },
  { kind: 'command', of: 'hotel', why: 'certbot, Docker Compose, make or S3 of its host' },
  {
    kind: 'http',
    of: 'inventory-outbound',
    why: 'it switches the API of a deployment, which is not here; the login comes from Vault, as for its checks',
  },
];

interface Written {
  checks?: Record<string, object>;
  actions?: Record<string, { steps: object[] }>;
}

/** Every runbook of commands/, by `service/runbook`. */
export function runbooksAsWritten(): ReadonlyMap<string, Written> {
  const files = readdirSync(COMMANDS, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.yml') && !name.endsWith('service.yml'),
  );
  return new Map(
    files.map((name) => [
      name.replace(/\.yml$/, ''),
      parse(readFileSync(join(COMMANDS, name), 'utf8')) as Written,
    ]),
  );
}

/** `denis/redis-down#restart`, with the kinds of its steps. */
export function actionsAsWritten(): [id: string, kinds: string[]][] {
  return [...runbooksAsWritten()].flatMap(([runbook, { actions = {} }]) =>
    Object.entries(actions).map(([name, { steps }]): [string, string[]] => [
      `${runbook}#${name}`,
      steps.flatMap((step) => Object.keys(step)),
    ]),
  );
}

/** `denis/redis-down/ping`, of these services; what people look at is none. */
export function checksAsWritten(services: readonly string[]): string[] {
  return [...runbooksAsWritten()].flatMap(([runbook, { checks = {} }]) =>
    services.includes(runbook.split('/')[0] ?? '')
      ? Object.entries(checks).flatMap(([name, check]) => ('manual' in check ? [] : [`${runbook}/${name}`]))
      : [],
  );
}
