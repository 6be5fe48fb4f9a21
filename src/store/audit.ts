import { sql, type Transaction } from 'kysely';
import type { Person } from '../approval/person.ts';
import {
  type AuditEntry,
  type AuditEvent,
  BEFORE_THE_FIRST,
  type ChainHead,
  hashOf,
} from '../audit/chain.ts';
import { databaseTime } from './clock.ts';
import type { Queries } from './database.ts';
import { storable } from './json.ts';
import type { Tables } from './schema.ts';

export interface Happening {
  event: AuditEvent;
  by: Person | null;
  plan?: string;
  digest?: string;
  details?: Readonly<Record<string, unknown>>;
}

/** Only one transaction at a time may add to the chain. */
const CHAIN_LOCK = 0x67_75_61_72;

/**
 * Adds to the record, in the transaction of the change that it records: neither stands without the other.
 */
export async function record(tx: Transaction<Tables>, happening: Happening): Promise<void> {
  await sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`.execute(tx);
  const head = await auditHead(tx);
  const entry = {
    seq: head.seq + 1,
    at: (await databaseTime(tx)).toISOString(),
    event: happening.event,
    team: happening.by?.team ?? null,
    user: happening.by?.user ?? null,
    plan: happening.plan ?? null,
    digest: happening.digest ?? null,
    details: storable(happening.details ?? {}),
    previous: head.hash,
  };
  await tx
    .insertInto('audit')
    .values({ ...entry, seq: String(entry.seq), details: JSON.stringify(entry.details), hash: hashOf(entry) })
    .execute();
}

export async function auditHead(db: Queries): Promise<ChainHead> {
  const last = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ? { seq: Number(last.seq), hash: last.hash } : { seq: 0, hash: BEFORE_THE_FIRST };
}

/** Entries after `after`, in order, at most `limit`. */
export async function auditEntries(db: Queries, after: number, limit: number): Promise<AuditEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('seq', '>', String(after))
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    event: row.event as AuditEvent,
    details: row.details as Record<string, unknown>,
  }));
}
