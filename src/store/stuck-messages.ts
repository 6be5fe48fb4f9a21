import { sql } from 'kysely';
import type { Warning } from '../telemetry/warnings.ts';
import type { Queries } from './database.ts';

const SHOWN = 3;

/** Channels whose messages Slack did not take for five minutes, or refused for good within a day; the worst first. */
export async function stuckMessages(db: Queries): Promise<Warning[]> {
  const { rows } = await sql<{ channel: string; error: string; count: number }>`
    select channel, last_error as error, count(*)::int as count from message
    where delivered_version < version and last_error is not null
      and case when given_up then wanted_at > now() - interval '1 day' else wanted_at < now() - interval '5 minutes' end
    group by channel, last_error order by count desc, channel limit ${SHOWN}`.execute(db);
  return rows.map(({ channel, error, count }) => ({
    name: 'messages-stuck',
    says: `Slack does not take ${count === 1 ? 'a message' : `${count} messages`} in ${channel}: ${error}. Invite Guardia to that channel, or mend what Slack names.`,
  }));
}
