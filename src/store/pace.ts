import { sql } from 'kysely';
import type { Queries } from './database.ts';

/** One of Slack's rate limits: `key` may be used every `everyMs`, with up to `burst` at once after a rest. */
export interface Pace {
  key: string;
  everyMs: number;
  burst: number;
}

/** Slack takes about one message a second and channel, and forgives short bursts. */
export const POST = { prefix: 'post:', everyMs: 1_000, burst: 3 } as const;
/** 50 a minute for the whole app: ten at once and 40 more within any minute. */
export const UPDATE: Pace = { key: 'chat.update', everyMs: 1_500, burst: 10 };

export function postingTo(channel: string): Pace {
  return { key: POST.prefix + channel, everyMs: POST.everyMs, burst: POST.burst };
}

/** How far ahead of now a pace may be and still be taken. */
export function allowanceMs(pace: Pick<Pace, 'everyMs' | 'burst'>): number {
  return pace.everyMs * (pace.burst - 1);
}

/**
 * Takes one turn, counted across replicas (GCRA: `tat` is the theoretical arrival time of the next call). Resolves
 * with 0 when it was taken, else with the milliseconds to wait before asking again; nothing is taken then.
 */
export async function take(db: Queries, pace: Pace): Promise<number> {
  const step = seconds(pace.everyMs);
  const taken = await sql`
    insert into pace (key, tat) values (${pace.key}, now() + ${step})
    on conflict (key) do update set tat = greatest(pace.tat, now()) + ${step}, turn = pace.turn + 1
      where pace.tat <= now() + ${seconds(allowanceMs(pace))}`.execute(db);
  if ((taken.numAffectedRows ?? 0n) > 0n) return 0;
  const { rows } = await sql<{ ms: number }>`
    select (extract(epoch from tat - now()) * 1000)::float8 as ms from pace where key = ${pace.key}`.execute(
    db,
  );
  return Math.max(1, Math.ceil((rows[0]?.ms ?? pace.everyMs) - allowanceMs(pace)));
}

/** Slack said when to come again: nobody takes a turn for `ms`. */
export async function holdOff(db: Queries, pace: Pace, ms: number): Promise<void> {
  await sql`
    insert into pace (key, tat) values (${pace.key}, now() + ${seconds(ms + allowanceMs(pace))})
    on conflict (key) do update set tat = greatest(pace.tat, excluded.tat)`.execute(db);
}

function seconds(ms: number) {
  return sql`make_interval(secs => ${ms / 1_000})`;
}
