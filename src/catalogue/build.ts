import type { Step } from '../steps/step-kind.ts';
import type {
  Catalogue,
  EscalationRule,
  EscalationWhen,
  Runbook,
  RunbookAction,
  RunbookCheck,
  RunbookPhase,
  Service,
} from './catalogue.ts';
import { objectivesOf } from './objectives.ts';
import { type Action, CHECK_KEYS, type Check, type Phase, type RunbookFile } from './schema.ts';
import { durationMs, type EscalationFile } from './schema-parts.ts';
import type { FilledService } from './settings.ts';

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
  service: FilledService;
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
  const { title, about, owner, channel, roles, approval } = service;
  const { labels = {}, contacts = {}, connections = {}, targets = {}, 'run-by': runBy } = service;
  return {
    name,
    title,
    about,
    owner,
    channel,
    roles,
    ...defined({ runBy }),
    contacts,
    objectives: objectivesOf(service),
    escalate: (service.escalate ?? []).map((rule, index) => buildEscalation('', rule, index)),
    dashboards: dashboardsOf(service),
    policies: approval ?? {},
    labels,
    addresses: service.addresses,
    environment: { service: name, connections, targets },
    runbooks: new Map(runbooks.map((runbook) => [runbook.name, runbook])),
  };
}

/** Those whose address is known: a setting that is missing stays as it was written. */
function dashboardsOf({ dashboards = {} }: FilledService): Service['dashboards'] {
  return Object.fromEntries(Object.entries(dashboards).filter(([, site]) => site && !site.includes('${')));
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
    escalate: (runbook.escalate ?? []).map((rule, index) => buildEscalation(name, rule, index)),
    ...defined({ schedule: runbook.schedule }),
    phases: Object.entries(runbook.phases ?? {}).map(([phase, written]) => buildPhase(phase, written)),
    links: runbook.links ?? {},
    history: runbook.history ?? [],
    drills: runbook.drills,
  };
}

function buildCheck(name: string, written: Check): RunbookCheck {
  const { title, means, unit, warning, failing, deadline, objective: _, ...probe } = written;
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
  const { steps, preview, deadline, verify, undo, 'run-by': runBy, ...others } = written;
  const { 'never-during-incident': never, ...rest } = others;
  return {
    name,
    ...rest,
    steps: steps.map(stepOf),
    ...(preview ? { preview: stepOf(preview) } : {}),
    ...(verify ? { verify: { checks: verify.checks, withinMs: durationMs(verify.within) } } : {}),
    ...(typeof undo === 'object' ? { undoneBy: undo.action } : defined({ undo })),
    ...defined({ neverDuringIncident: never, runBy }),
    deadlineMs: deadline === undefined ? ACTION_MS : durationMs(deadline),
  };
}

function buildEscalation(runbook: string, written: EscalationFile, index: number): EscalationRule {
  const { when, to, priority, say } = written;
  return {
    key: `${runbook}#${index}`,
    when: buildWhen(runbook, when),
    to,
    ...defined({ priority, say }),
  };
}

function buildWhen(runbook: string, when: EscalationFile['when']): EscalationWhen {
  if (when.person !== undefined) return { by: 'person', says: when.person };
  if (when.unresolved !== undefined) return { by: 'time', forMs: durationMs(when.unresolved) };
  const named = when.of ?? (when.check === undefined ? [] : [when.check]);
  return {
    by: 'checks',
    checks: named.map((name) => checkNamed(runbook, name)),
    atLeast: when.several ?? 1,
    is: when.is,
    forMs: durationMs(when.for),
  };
}

/** `ping` of this runbook, or `redis-down/ping`. */
export function checkNamed(runbook: string, name: string) {
  const [first = '', second] = name.split('/');
  return second === undefined ? { runbook, check: first } : { runbook: first, check: second };
}

function buildPhase(name: string, { title, about, checks = [], actions = [] }: Phase): RunbookPhase {
  const words = name.replaceAll('-', ' ');
  return {
    name,
    title: title ?? words.charAt(0).toUpperCase() + words.slice(1),
    ...defined({ about }),
    checks,
    actions,
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
