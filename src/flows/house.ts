import type pg from 'pg';
import type { Logger } from 'pino';
import type { People } from '../approval/person.ts';
import type { CurrentCatalogue, Runbook, RunbookAction, Service } from '../catalogue/catalogue.ts';
import { GuardiaError } from '../errors.ts';
import type { ChartSpec, Picture } from '../snapshots/chart-spec.ts';
import type { Steps } from '../steps/step-kind.ts';
import type { Database } from '../store/database.ts';
import type { Durable } from './durable.ts';

/** What every flow works with. Constructed in main.ts and nowhere else. */
export interface House {
  db: Database;
  /** The connections beneath `db`, for the one query that has to be as fast as can be. */
  pool: Pick<pg.Pool, 'query'>;
  steps: Steps;
  catalogue: CurrentCatalogue;
  people: People;
  painter: { draw(spec: ChartSpec): Promise<Picture> };
  /** Slack channel that hears of what went another way than usual; null where there is none. */
  auditChannel: string | null;
  /** Tells delivery that there is something to say. */
  wake(): void;
  /** Has the runs begun that are stored and not begun yet. */
  nudge(): void;
  durable: Durable;
  logger: Logger;
  /** Figures for /metrics; told, never asked. */
  observed: Observed;
  /**
   * How long a diagnosis is silent before it shows what is known, how often a healing and an alert are looked at, and
   * how often plans are looked for whose deadline has passed unseen.
   */
  pace: {
    partialAfterMs: number;
    verifyEveryMs: number;
    followEveryMs: number;
    wakeEveryMs: number;
    askAgainMs: number;
  };
}

export interface Observed {
  alert(status: 'firing' | 'resolved', claimed: boolean): void;
  diagnosis(runbook: string, status: string, tookMs: number): void;
  plan(state: string): void;
}

export function serviceOf(house: Pick<House, 'catalogue'>, name: string): Service {
  const service = house.catalogue().services.get(name);
  if (!service) throw new GuardiaError('not-found', `There is no service ${name} in the catalogue.`);
  return service;
}

/** For what has to be told in any case: a service that has left the catalogue is known by its name alone. */
export function serviceOrGone(house: Pick<House, 'catalogue'>, name: string): Service {
  return (
    house.catalogue().services.get(name) ?? {
      name,
      title: name,
      about: 'No longer in the catalogue.',
      owner: 'nobody',
      channel: '',
      roles: {},
      contacts: {},
      objectives: {},
      escalate: [],
      dashboards: {},
      addresses: {},
      policies: {},
      labels: {},
      environment: { service: name, connections: {}, targets: {} },
      runbooks: new Map(),
    }
  );
}

/** The same for a runbook: it asks nothing and offers nothing any more. */
export function runbookOrGone(house: Pick<House, 'catalogue'>, service: string, name: string): Runbook {
  return (
    serviceOrGone(house, service).runbooks.get(name) ?? {
      name,
      service,
      title: name,
      symptoms: '',
      file: '',
      alerts: [],
      parameters: {},
      checks: [],
      actions: [],
      escalate: [],
      phases: [],
      history: [],
      links: {},
      drills: {},
    }
  );
}

export function runbookOf(house: Pick<House, 'catalogue'>, service: string, name: string): Runbook {
  const runbook = serviceOf(house, service).runbooks.get(name);
  if (!runbook)
    throw new GuardiaError('not-found', `There is no runbook ${service}/${name} in the catalogue.`);
  return runbook;
}

export function actionOf(
  runbook: Pick<Runbook, 'service' | 'name' | 'actions'>,
  name: string,
): RunbookAction {
  const action = runbook.actions.find((one) => one.name === name);
  if (action) return action;
  throw new GuardiaError(
    'not-found',
    `The runbook ${runbook.service}/${runbook.name} has no action ${name} (any more).`,
  );
}
