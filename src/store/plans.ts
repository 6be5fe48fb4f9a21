import { type Selectable, sql, type Transaction } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { Status } from '../diagnosis/finding.ts';
import type { Place } from '../flows/requests.ts';
import type { Plan } from '../plan/plan.ts';
import type { Criterion, LateLook } from '../report/states.ts';
import type { Queries } from './database.ts';
import { json } from './json.ts';
import type { PlanState, Tables } from './schema.ts';

/** A plan and how far it has come. Times are ISO 8601, UTC. */
export interface StoredPlan {
  id: string;
  /** The request it was made for; its flow is named by it. */
  request: string;
  digest: string;
  plan: Plan;
  state: PlanState;
  /** `alert:<uuid>` or `run:<uuid>` in whose thread it was asked for; its own `plan:<uuid>` where it starts a thread. */
  origin: string;
  alert: string | null;
  place: Place;
  madeAt: string;
  expiresAt: string;
  beginBefore: string | null;
  beganAt: string | null;
  endedAt: string | null;
  endedBy: Person | null;
  reason: string | null;
  claimedBy: Person[];
  outcome: Outcome;
  fence: number;
}

/** Somebody, and the conversation between them and Guardia. */
export interface Called {
  user: string;
  channel: string;
}

/** What is known of a run, filled in as it goes. */
export interface Outcome {
  /** How the plan had changed when it became void. */
  difference?: string[];
  before?: VerifiedCheck[];
  after?: VerifiedCheck[];
  /** Whether every check is healthy after it. */
  healed?: boolean;
  /** Key of the chart of before and after. */
  picture?: { key: string; alt: string; title: string };
  /** The action's criteria when it was asked for. */
  criteria?: Criterion[];
  /** The diagnosis it came from. */
  diagnosis?: { status: Status; sentence: string };
  /** What people said of an end that nobody saw. */
  settled?: { happened: boolean; by: Person; at: string };
  /** Those who may approve and were written to directly, and those of them who were reminded. */
  called?: Called[];
  reminded?: Called[];
  /** The approvers' channel could not be written in. */
  closed?: true;
  /** The Slack groups that were called, by role. */
  groups?: Record<string, string>;
  /** Who ran it without a second person's approval, and why. */
  glass?: { by: Person; at: string; reason: string };
  /** How much it would touch when the last vote was cast or the glass was broken, and right before it began. */
  amountApproved?: string;
  amountBegun?: string;
  /** It was asked for although nothing called for it any more: what was seen then. */
  late?: LateLook;
}

export interface VerifiedCheck {
  check: string;
  title: string;
  status: Status;
  says: string;
  at: string;
}

export interface NewPlan {
  id: string;
  request: string;
  digest: string;
  plan: Plan;
  state: 'waiting' | 'approved';
  origin: string;
  alert: string | null;
  place: Place;
  expiresInMs: number;
  beginWithinMs: number;
  outcome: Outcome;
}

export async function insertPlan(tx: Transaction<Tables>, made: NewPlan): Promise<void> {
  await tx
    .insertInto('plan')
    .values({
      id: made.id,
      request: made.request,
      digest: made.digest,
      frozen: json(made.plan),
      service: made.plan.service,
      runbook: made.plan.runbook,
      action: made.plan.action,
      state: made.state,
      asked_team: made.plan.requester.team,
      asked_user: made.plan.requester.user,
      alert: made.alert,
      place: json({ ...made.place, origin: made.origin }),
      expires_at: inMs(made.expiresInMs),
      begin_before: made.state === 'approved' ? inMs(made.beginWithinMs) : null,
      outcome: json(made.outcome),
    })
    .execute();
}

export async function findPlan(db: Queries, id: string): Promise<StoredPlan | null> {
  const row = await db.selectFrom('plan').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? stored(row) : null;
}

export async function planOfRequest(db: Queries, request: string): Promise<StoredPlan | null> {
  const row = await db.selectFrom('plan').selectAll().where('request', '=', request).executeTakeFirst();
  return row ? stored(row) : null;
}

/** The plan, locked until the transaction ends: whoever decides about it is alone. */
export async function lockPlan(tx: Transaction<Tables>, id: string): Promise<StoredPlan | null> {
  const row = await tx.selectFrom('plan').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row ? stored(row) : null;
}

/**
 * The plan for the same thing that is still open, or that was made after this one was asked for. Whoever asks stays alone with that question until
 * the transaction ends, so two requests at once cannot both find nothing.
 */
export async function findTwin(
  tx: Transaction<Tables>,
  plan: Plan,
  askedAt: string,
): Promise<StoredPlan | null> {
  const same = `${plan.service}/${plan.runbook}/${plan.action}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${same}, 0))`.execute(tx);
  const row = await tx
    .selectFrom('plan')
    .selectAll()
    .where('service', '=', plan.service)
    .where('runbook', '=', plan.runbook)
    .where('action', '=', plan.action)
    .where((either) =>
      either.or([
        either('state', 'in', ['waiting', 'approved', 'running']),
        either('made_at', '>', new Date(askedAt)),
      ]),
    )
    .where(sql<boolean>`frozen -> 'parameters' = ${json(plan.parameters)}::jsonb`)
    .limit(1)
    .executeTakeFirst();
  return row ? stored(row) : null;
}

/**
 * One atomic step from one state to another; false when the plan was not in that state (any more). This is the
 * only way a plan's state changes.
 */
export async function move(
  db: Queries,
  id: string,
  from: readonly PlanState[],
  to: PlanState,
  also: { by?: Person; reason?: string; beginWithinMs?: number } = {},
): Promise<boolean> {
  const ended = ENDS.has(to);
  const moved = await db
    .updateTable('plan')
    .set({
      state: to,
      ...(ended ? { ended_at: sql`guardia_now()` } : {}),
      ...(to === 'running' ? { began_at: sql`guardia_now()` } : {}),
      ...(also.by ? { ended_by: `${also.by.team}:${also.by.user}` } : {}),
      ...(also.reason === undefined ? {} : { reason: also.reason }),
      ...(also.beginWithinMs === undefined ? {} : { begin_before: inMs(also.beginWithinMs) }),
    })
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}

/**
 * Spends an approval: takes an approved plan to running, once, while its digest is the one that was approved and
 * its second clock has not run out.
 */
export async function spendApproval(tx: Transaction<Tables>, id: string, digest: string): Promise<boolean> {
  // Alone with it first: an update that waits for the lock would keep the time from before it waited.
  await lockPlan(tx, id);
  const spent = await tx
    .updateTable('plan')
    .set({ state: 'running', began_at: sql`guardia_now()` })
    .where('id', '=', id)
    .where('state', '=', 'approved')
    .where('digest', '=', digest)
    .where('begin_before', '>', sql<Date>`guardia_now()`)
    .executeTakeFirst();
  return spent.numUpdatedRows > 0n;
}

export async function claimPlan(tx: Transaction<Tables>, stored: StoredPlan, by: Person): Promise<void> {
  const claimed = [...stored.claimedBy, by].map((person) => `${person.team}:${person.user}`);
  await tx
    .updateTable('plan')
    .set({ claimed_by: claimed.join(',') })
    .where('id', '=', stored.id)
    .execute();
}

export async function noteOutcome(db: Queries, id: string, more: Outcome): Promise<void> {
  await db
    .updateTable('plan')
    .set({ outcome: sql`coalesce(outcome, '{}'::jsonb) || ${json(more)}::jsonb` })
    .where('id', '=', id)
    .execute();
}

/** Plans in these states, newest first: for the home tab, an alert's story and a runbook's history. */
export async function plansIn(
  db: Queries,
  filter: {
    states?: readonly PlanState[];
    alert?: string;
    /** The thread that they were asked for in. */
    origin?: string;
    runbook?: { service: string; name: string };
    askedBy?: Person;
    /** Those that waited for an approval and do not any more. */
    decided?: true;
    limit: number;
  },
): Promise<StoredPlan[]> {
  let query = db.selectFrom('plan').selectAll();
  if (filter.states) query = query.where('state', 'in', filter.states);
  if (filter.alert) query = query.where('alert', '=', filter.alert);
  if (filter.origin) query = query.where(sql<boolean>`place ->> 'origin' = ${filter.origin}`);
  if (filter.runbook) {
    query = query.where('service', '=', filter.runbook.service).where('runbook', '=', filter.runbook.name);
  }
  const { askedBy } = filter;
  if (askedBy) query = query.where('asked_team', '=', askedBy.team).where('asked_user', '=', askedBy.user);
  if (filter.decided) query = query.where(sql<boolean>`state <> 'waiting' and frozen ? 'policy'`);
  const rows = await query.orderBy('made_at', 'desc').limit(filter.limit).execute();
  return rows.map(stored);
}

/** Plans of these services that wait, but not this person's own; those that expire first come first. */
export async function waitingPlans(
  db: Queries,
  filter: { services: readonly string[]; except: Person; limit: number },
): Promise<StoredPlan[]> {
  const { services, except, limit } = filter;
  if (services.length === 0) return [];
  const rows = await db
    .selectFrom('plan')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('service', 'in', services)
    .where((either) =>
      either.or([either('asked_team', '<>', except.team), either('asked_user', '<>', except.user)]),
    )
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(stored);
}

const ENDS: ReadonlySet<PlanState> = new Set([
  'done',
  'failed',
  'unknown',
  'denied',
  'cancelled',
  'expired',
  'void',
]);

function stored(row: Selectable<Tables['plan']>): StoredPlan {
  const { origin, ...place } = row.place as unknown as Place & { origin: string };
  return {
    id: row.id,
    request: row.request,
    digest: row.digest,
    plan: row.frozen as Plan,
    state: row.state,
    origin,
    alert: row.alert,
    place,
    madeAt: row.made_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    beginBefore: row.begin_before?.toISOString() ?? null,
    beganAt: row.began_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    endedBy: person(row.ended_by),
    reason: row.reason,
    claimedBy: (row.claimed_by ?? '').split(',').flatMap((text) => person(text) ?? []),
    outcome: (row.outcome ?? {}) as Outcome,
    fence: row.fence,
  };
}

function person(text: string | null): Person | null {
  const [team, user] = text?.split(':') ?? [];
  return team && user ? { team, user } : null;
}

function inMs(ms: number) {
  return sql<Date>`guardia_now() + make_interval(secs => ${ms / 1000})`;
}
