import { type Selectable, sql, type Transaction } from 'kysely';
import type pg from 'pg';
import type { Person } from '../approval/person.ts';
import type { Refused } from '../catalogue/needs.ts';
import type { AlertLabels } from '../catalogue/parameters.ts';
import type { Diagnosis } from '../diagnosis/finding.ts';
import type { Parameters } from '../steps/step-kind.ts';
import { isAway } from './away.ts';
import type { Database, Queries } from './database.ts';
import { severityClass } from './importance.ts';
import { json } from './json.ts';
import { SHARED_TURN, walkIndexes } from './lines.ts';
import type { Tables } from './schema.ts';

/** What an alert message shows beside its state; bounded by the parser. */
export interface AlertDetails {
  title: string;
  summary: string | null;
  labels: Readonly<Record<string, string>>;
  /** Alerts in the group, and how many Alertmanager or Guardia left out. */
  count: number;
  cut: number;
  links: readonly { title: string; url: string }[];
  /** What its alerts' own labels say beyond those that all of them share. */
  own?: AlertLabels;
  /** Why parameters of its runbook have no value. */
  refused?: Refused;
  /** The drill that it belongs to; absent when it is in earnest. */
  drill?: string;
}

export interface StoredAlert {
  id: string;
  groupKey: string;
  service: string;
  runbook: string | null;
  parameters: Parameters;
  status: 'firing' | 'resolved';
  severity: string;
  details: AlertDetails;
  channel: string;
  startsAt: string;
  resolvedAt: string | null;
  repeats: number;
  acknowledgedBy: Person | null;
  diagnosis: AlertDiagnosis | null;
}

/** The newest diagnosis, as far as the alert message tells it. */
export interface AlertDiagnosis {
  status: 'healthy' | 'warning' | 'failing' | 'unknown';
  sentence: string;
  counts: Record<'healthy' | 'warning' | 'failing' | 'unknown', number>;
  suggests: string[];
  at: string;
  /** What escalations wait for: which check is in which state. */
  findings: { check: string; title: string; status: AlertDiagnosis['status'] }[];
}

/** What decides when a stored alert group is handled. */
interface Received {
  groupKey: string;
  labels: Readonly<Record<string, string>>;
}

/** Stores an alert group before the webhook is answered: one insert. */
export async function keepInbox(pool: Pick<pg.Pool, 'query'>, group: Received): Promise<void> {
  // Prepared once a connection: this is the one query whose speed senders feel.
  await pool.query({
    name: 'keep-inbox',
    text: 'insert into alert_inbox (body, group_key, severity) values ($1, $2, $3)',
    values: [json(group), group.groupKey, severityClass(group.labels.severity)],
  });
}

/**
 * Hands a stored group that nobody has handled to `handle`, in one transaction with marking it handled. Groups are
 * handled one at a time across replicas: the most severe first, each key in the order it came. One that cannot be
 * handled keeps nobody waiting: what was done for it is undone, and `failed` tells of it instead. False when there was
 * none.
 */
export async function handleNext(
  db: Database,
  handle: (tx: Transaction<Tables>, body: object) => Promise<void>,
  failed: (tx: Transaction<Tables>, body: object, error: unknown) => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${INTAKE_LOCK})`.execute(tx);
    const next = await nextInbox(tx);
    if (!next) return false;
    await sql`savepoint handling`.execute(tx);
    try {
      await handle(tx, next.body);
    } catch (error) {
      if (isAway(error)) throw error;
      await sql`rollback to savepoint handling`.execute(tx);
      await failed(tx, next.body, error);
    }
    await tx
      .updateTable('alert_inbox')
      .set({ handled_at: sql`guardia_now()` })
      .where('id', '=', next.id)
      .execute();
    return true;
  });
}

/**
 * The most severe one, or every fourth time the one that waits longest, counted by severity; then the first that came
 * under its key. What waits rises a severity each minute, up to those that are critical. Only the oldest of each
 * severity is looked at.
 */
async function nextInbox(tx: Queries): Promise<{ id: string; body: object } | undefined> {
  await sql`savepoint looking`.execute(tx);
  await walkIndexes(tx);
  const { rows } = await sql<{ id: string; body: object }>`
    select first.id, first.body from (
      select i.*, turn.nth from (select nextval('alert_inbox_turn') as nth) turn, generate_series(0, 3) line (severity)
      cross join lateral (
        select severity, group_key, received_at, id from alert_inbox
        where severity = line.severity and handled_at is null order by received_at, id limit 1) i
      order by case when turn.nth % ${sql.lit(SHARED_TURN)} = 0 then 0 else least(i.severity, 1) end,
        i.received_at + i.severity * interval '1 minute', i.id
      limit 1
    ) next cross join lateral (
      select id, body from alert_inbox where group_key = next.group_key and handled_at is null
      order by received_at, id limit 1
    ) first`.execute(tx);
  // How the planner is to look holds for this look alone.
  await sql`rollback to savepoint looking`.execute(tx);
  return rows[0];
}

const INTAKE_LOCK = 0x69_6e_62_78;

/** The newest episode of a group: firing, or resolved. */
export async function newestEpisode(db: Queries, groupKey: string): Promise<StoredAlert | null> {
  const row = await db
    .selectFrom('alert')
    .selectAll()
    .where('group_key', '=', groupKey)
    .orderBy('status')
    .orderBy('starts_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? stored(row) : null;
}

export async function insertAlert(
  tx: Transaction<Tables>,
  alert: Pick<
    StoredAlert,
    'id' | 'groupKey' | 'service' | 'runbook' | 'parameters' | 'severity' | 'details' | 'channel' | 'startsAt'
  >,
): Promise<void> {
  await tx
    .insertInto('alert')
    .values({
      id: alert.id,
      group_key: alert.groupKey,
      service: alert.service,
      runbook: alert.runbook,
      parameters: json(alert.parameters),
      status: 'firing',
      severity: alert.severity,
      details: json(alert.details),
      channel: alert.channel,
      starts_at: alert.startsAt,
    })
    .execute();
}

/** It fires again or still: newest details, one more repeat, no end. */
export async function repeatAlert(
  tx: Transaction<Tables>,
  id: string,
  { severity, details, parameters }: Pick<StoredAlert, 'severity' | 'details' | 'parameters'>,
): Promise<void> {
  await tx
    .updateTable('alert')
    .set({
      status: 'firing',
      resolved_at: null,
      severity,
      details: json(details),
      parameters: json(parameters),
      repeats: sql`repeats + 1`,
    })
    .where('id', '=', id)
    .execute();
}

export async function resolveAlert(tx: Transaction<Tables>, id: string, at: string): Promise<void> {
  await tx.updateTable('alert').set({ status: 'resolved', resolved_at: at }).where('id', '=', id).execute();
}

export async function findAlert(db: Queries, id: string): Promise<StoredAlert | null> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? stored(row) : null;
}

/** The alert, locked until the transaction ends: who tells of it tells what is true when it is told. */
export async function lockAlert(tx: Queries, id: string): Promise<StoredAlert | null> {
  const row = await tx
    .selectFrom('alert')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ? stored(row) : null;
}

/** What fires now, newest first. */
export async function firingAlerts(db: Queries, limit: number): Promise<StoredAlert[]> {
  const rows = await db
    .selectFrom('alert')
    .selectAll()
    .where('status', '=', 'firing')
    .orderBy('starts_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(stored);
}

/** These alerts by their ids. */
export async function alertsNamed(db: Queries, ids: readonly string[]): Promise<Map<string, StoredAlert>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('alert').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, stored(row)]));
}

/** With the moment at which it was first noted, by the database's clock. One of something else in its thread is not its own. */
export async function noteDiagnosis(
  db: Queries,
  id: string,
  { runbook, parameters }: Pick<Diagnosis, 'runbook' | 'parameters'>,
  diagnosis: AlertDiagnosis,
): Promise<void> {
  await db
    .updateTable('alert')
    .set({
      diagnosis: sql`${json(diagnosis)}::jsonb || jsonb_build_object('notedAt',
        case when diagnosis ->> 'at' = ${diagnosis.at} then diagnosis -> 'notedAt' else to_jsonb(guardia_now()) end)`,
    })
    .where('id', '=', id)
    .where('runbook', '=', runbook)
    .where(sql<boolean>`parameters = ${json(parameters)}::jsonb`)
    .execute();
}

/** False when somebody had acknowledged it before. */
export async function acknowledgeAlert(db: Queries, id: string, by: Person): Promise<boolean> {
  const done = await db
    .updateTable('alert')
    .set({ acknowledged_team: by.team, acknowledged_user: by.user, acknowledged_at: sql`guardia_now()` })
    .where('id', '=', id)
    .where('acknowledged_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

function stored(row: Selectable<Tables['alert']>): StoredAlert {
  return {
    id: row.id,
    groupKey: row.group_key,
    service: row.service,
    runbook: row.runbook,
    parameters: row.parameters as Parameters,
    status: row.status,
    severity: row.severity,
    details: row.details as AlertDetails,
    channel: row.channel,
    startsAt: row.starts_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
    repeats: row.repeats,
    acknowledgedBy:
      row.acknowledged_team && row.acknowledged_user
        ? { team: row.acknowledged_team, user: row.acknowledged_user }
        : null,
    diagnosis: row.diagnosis as AlertDiagnosis | null,
  };
}
