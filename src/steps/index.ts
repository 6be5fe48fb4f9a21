import { alertmanager } from './alertmanager.ts';
import { celery } from './celery.ts';
import { command } from './command.ts';
import { docker } from './docker.ts';
import { grafana } from './grafana.ts';
import { http } from './http.ts';
import { kubernetes } from './kubernetes.ts';
import { logs } from './logs.ts';
import { manual } from './manual.ts';
import { neo4j } from './neo4j.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { redis } from './redis.ts';
import { createDoor, type StepMetrics } from './shared/door.ts';
import type { StepKind, Steps } from './step-kind.ts';

/** Every integration, one line each. */
export const stepKinds: readonly StepKind[] = [
  alertmanager,
  celery,
  command,
  docker,
  grafana,
  http,
  kubernetes,
  logs,
  manual,
  neo4j,
  postgres,
  prometheus,
  redis,
];

export interface StepsOptions {
  /** What `${NAME}` in connections and targets is filled with. */
  settings: Readonly<Record<string, string>>;
  kinds?: readonly StepKind[];
  metrics?: StepMetrics;
}

/** The real door to the outside. `close()` ends every client that was opened. */
export function createSteps({ settings, kinds = stepKinds, metrics }: StepsOptions): Steps {
  return createDoor({ settings, kinds, ...(metrics ? { metrics } : {}) });
}
