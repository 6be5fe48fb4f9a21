import type { Person } from '../approval/person.ts';
import type { Parameters } from '../steps/step-kind.ts';
import type { Queries } from './database.ts';
import { json } from './json.ts';

/** Which list it is: the thread that it stands in, and the runbook whose checks it has. */
export interface ChecklistKey {
  /** `alert:<uuid>`, `run:<uuid>` or `plan:<uuid>` */
  origin: string;
  runbook: string;
}

/** What people look at by hand in a thread. */
export interface Checklist extends ChecklistKey {
  service: string;
  parameters: Parameters;
  /** The newest diagnosis. */
  run: string;
}

export interface Tick extends Person {
  check: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** Writes down that a list stands; from here to the end of the transaction nobody ticks anything off. */
export async function keepChecklist(tx: Queries, { parameters, ...list }: Checklist): Promise<void> {
  const newest = { run: list.run, parameters: json(parameters) };
  await tx
    .insertInto('checklist')
    .values({ ...list, ...newest })
    .onConflict((conflict) => conflict.columns(['origin', 'runbook']).doUpdateSet(newest))
    .execute();
}

/** The list, locked until the transaction ends: whoever ticks off is alone with it. */
export async function lockChecklist(tx: Queries, key: ChecklistKey): Promise<Checklist | null> {
  const row = await tx
    .selectFrom('checklist')
    .selectAll()
    .where('origin', '=', key.origin)
    .where('runbook', '=', key.runbook)
    .forUpdate()
    .executeTakeFirst();
  return row ? { ...row, parameters: row.parameters as Parameters } : null;
}

export async function ticksOf(db: Queries, { origin, runbook }: ChecklistKey): Promise<Tick[]> {
  const rows = await db
    .selectFrom('tick')
    .selectAll()
    .where('origin', '=', origin)
    .where('runbook', '=', runbook)
    .execute();
  return rows.map(({ check, team, user, at }) => ({ check, team, user, at: at.toISOString() }));
}

/** The first tick stays. */
export async function addTick(tx: Queries, key: ChecklistKey, check: string, by: Person): Promise<void> {
  const { origin, runbook } = key;
  const { team, user } = by;
  await tx
    .insertInto('tick')
    .values({ origin, runbook, check, team, user })
    .onConflict((conflict) => conflict.columns(['origin', 'runbook', 'check']).doNothing())
    .execute();
}

export async function removeTick(tx: Queries, key: ChecklistKey, check: string): Promise<void> {
  await tx
    .deleteFrom('tick')
    .where('origin', '=', key.origin)
    .where('runbook', '=', key.runbook)
    .where('check', '=', check)
    .execute();
}
