import { sql } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { EscalationStory } from '../report/states.ts';
import type { Queries } from './database.ts';
import { json } from './json.ts';

/** Somebody who was called for an alert. */
export interface Call {
  alert: string;
  /** What happens once an alert: `to:<role>`, or the key of a rule about what a person saw. */
  once: string;
  /** The rule that called, by its key; null when a person chose whom to call. */
  rule: string | null;
  /** Name of the role or contact. */
  to: string;
  priority: string | null;
  /** ISO 8601, UTC. */
  at: string;
}

/** False when it has been done for this alert before, or it has ended: nobody is called twice, or for nothing. */
export async function noteCall(
  db: Queries,
  call: Omit<Call, 'at'> & { by: Person | null },
): Promise<boolean> {
  const { rows } = await sql`
    insert into escalation (alert, once, rule, called, priority, by_team, by_user)
    select id, ${call.once}, ${call.rule}, ${call.to}, ${call.priority}, ${call.by?.team ?? null}, ${call.by?.user ?? null}
    from alert where id = ${call.alert} and status = 'firing' for update
    on conflict (alert, once) do nothing returning alert`.execute(db);
  return rows.length > 0;
}

/** Keeps what a call says, so that it can be rendered again. */
export async function keepStory(
  db: Queries,
  { alert, once }: Pick<Call, 'alert' | 'once'>,
  story: EscalationStory,
): Promise<void> {
  await db
    .updateTable('escalation')
    .set({ story: json(story) })
    .where('alert', '=', alert)
    .where('once', '=', once)
    .execute();
}

/** What was said of an alert's calls; those of an earlier version say what they said. */
export async function storiesOf(
  db: Queries,
  alert: string,
): Promise<{ once: string; story: EscalationStory }[]> {
  const rows = await db
    .selectFrom('escalation')
    .select(['once', 'story'])
    .where('alert', '=', alert)
    .orderBy('at')
    .execute();
  return rows.flatMap(({ once, story }) => (story ? [{ once, story: story as EscalationStory }] : []));
}

/** Who was called for an alert, in the order of the calls. */
export async function callsFor(db: Queries, alert: string): Promise<Call[]> {
  const rows = await db
    .selectFrom('escalation')
    .selectAll()
    .where('alert', '=', alert)
    .orderBy('at')
    .orderBy('called')
    .execute();
  return rows.map(({ once, rule, called, priority, at }) => ({
    alert,
    once,
    rule,
    to: called,
    priority,
    at: at.toISOString(),
  }));
}
