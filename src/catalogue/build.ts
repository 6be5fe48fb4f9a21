import type { Step } from '../steps/step-kind.ts';
import type { Catalogue, Runbook, RunbookAction, RunbookCheck, Service } from './catalogue.ts';
import {
  type Action,
  CHECK_KEYS,
  type Check,
  durationMs,
  type RunbookFile,
  type ServiceFile,
} from './schema.ts';

const CHECK_MS = 10_000;
const ACTION_MS = 120_000;

export interface RunbookSource {
  service: string;
  name: string;
  path: string;
  runbook: RunbookFile;
}

export interface ServiceSource {
  name: string;
  service: ServiceFile;
}

/** Puts together what has been found to be valid, and freezes it. */
export function buildCatalogue(
  revision: string,
  services: readonly ServiceSource[],
  runbooks: readonly RunbookSource[],
): Catalogue {
  const byService = Map.groupBy(runbooks, (source) => source.service);
  const built = services.map((source) =>
    buildService(source, (byService.get(source.name) ?? []).map(buildRunbook)),
  );
  return deepFreeze({ revision, services: new Map(built.map((service) => [service.name, service])) });
}

function buildService({ name, service }: ServiceSource, runbooks: readonly Runbook[]): Service {
  const {
    title,
    about,
    owner,
    channel,
    roles,
    approval,
    labels = {},
    connections = {},
    targets = {},
  } = service;
  return {
    name,
    title,
    about,
    owner,
    channel,
    roles,
    ...(approval ? { policy: approval.destructive } : {}),
    labels,
    environment: { service: name, connections, targets },
    runbooks: new Map(runbooks.map((runbook) => [runbook.name, runbook])),
  };
}

function buildRunbook({ service, name, path, runbook }: RunbookSource): Runbook {
  return {
    name,
    service,
    title: runbook.title,
    symptoms: runbook.symptoms,
    ...(runbook.source === undefined ? {} : { source: runbook.source }),
    file: path,
    alerts: runbook.alerts ?? [],
    parameters: runbook.parameters ?? {},
    checks: Object.entries(runbook.checks).map(([check, written]) => buildCheck(check, written)),
    actions: Object.entries(runbook.actions ?? {}).map(([action, written]) => buildAction(action, written)),
    escalate: runbook.escalate ?? [],
    links: runbook.links ?? {},
    drills: runbook.drills,
  };
}

function buildCheck(name: string, written: Check): RunbookCheck {
  const { title, means, unit, warning, failing, deadline, ...probe } = written;
  const kind = Object.keys(probe).find((key) => !CHECK_KEYS.includes(key)) ?? '';
  return {
    name,
    title,
    ...defined({ means, unit, warning, failing }),
    step: { kind, input: probe[kind] },
    deadlineMs: deadline === undefined ? CHECK_MS : durationMs(deadline),
  };
}

function buildAction(name: string, written: Action): RunbookAction {
  const { steps, preview, deadline, verify, ...rest } = written;
  return {
    name,
    ...rest,
    steps: steps.map(stepOf),
    ...(preview ? { preview: stepOf(preview) } : {}),
    ...(verify ? { verify: { checks: verify.checks, withinMs: durationMs(verify.within) } } : {}),
    deadlineMs: deadline === undefined ? ACTION_MS : durationMs(deadline),
  };
}

function stepOf(written: Readonly<Record<string, unknown>>): Step {
  const [kind, input] = Object.entries(written)[0] ?? ['', undefined];
  return { kind, input };
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  if (value instanceof Map) freezeMap(value);
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** Object.freeze does not reach what a Map holds. */
function freezeMap(map: Map<unknown, unknown>): void {
  const refuse = (): never => {
    throw new TypeError('the catalogue is frozen');
  };
  for (const method of ['set', 'delete', 'clear']) Object.defineProperty(map, method, { value: refuse });
}
