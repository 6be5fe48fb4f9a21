import { type Kysely, type RawBuilder, sql } from 'kysely';

/**
 * What waits stands in lines, so that the next of each is found by an index: messages by channel and importance, alert
 * groups by severity. docs/adr/0011 has the figures.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await messages(db);
  await importance(db);
  await inbox(db);
}

async function messages(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Put off for a reason of its own: those behind it need not wait for it.
    alter table message add column passable boolean not null default false;
    -- How often it could not be posted although Slack answered other calls.
    alter table message add column strikes int not null default 0;
    drop index message_due;
    drop index message_unposted;
    create index message_line on message (channel, importance, seq) where ts is null and not given_up;
    create index message_reply on message (thread_key, seq) where ts is null and not given_up;
    create index message_reply_ts on message ((channel || ' ' || thread_ts), seq) where ts is null and not given_up;
    create index message_passed on message (next_attempt_at) where ts is null and not given_up and passable;
    create index message_edit on message (importance, wanted_at)
      where ts is not null and not given_up and (delivered_version < version or bare);
    create index message_edit_due on message (greatest(next_attempt_at, taken_until))
      where ts is not null and not given_up and (delivered_version < version or bare);
    -- Counts what a line was given, so that every fourth turn can be that of who waits longest.
    alter table pace add column turn int not null default 0;`.execute(db);
}

/** What was said before severities counted. */
async function importance(db: Kysely<unknown>): Promise<void> {
  await sql`
    update message m set importance = ${classOf(sql`a.severity`)} * 2
    from alert a where m.key = 'alert:' || a.id`.execute(db);
  await sql`
    update message m set importance = ${classOf(sql`a.severity`)} * 2 + 1
    from run r join alert a on a.id = r.alert
    where m.key = 'diagnosis:' || r.id and r.asked_user is null`.execute(db);
  await sql`update message set importance = 7 where importance = 2 and key like 'audit-head:%'`.execute(db);
  await sql`alter table message add check (importance between 0 and 7)`.execute(db);
}

async function inbox(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- With defaults, for a replica of the version before that still runs.
    alter table alert_inbox add column group_key text not null default '', add column severity smallint not null default 1;
    drop index alert_inbox_open;`.execute(db);
  await sql`
    update alert_inbox set group_key = coalesce(body ->> 'groupKey', ''),
           severity = ${classOf(sql`body #>> '{labels,severity}'`)}`.execute(db);
  await sql`
    -- By received_at: an order by id alone would lead the planner along the primary key, past all that were handled.
    create index alert_inbox_line on alert_inbox (severity, received_at, id) where handled_at is null;
    create index alert_inbox_group on alert_inbox (group_key, received_at, id) where handled_at is null;
    create sequence alert_inbox_turn;

    -- Of the diagnosis: the most important begins first.
    alter table run add column importance smallint not null default 1;
    create index alert_firing_since on alert (starts_at desc) where status = 'firing';
    drop index run_open;
    create index run_open on run (importance, began_at) where ended_at is null;`.execute(db);
}

/** As src/store/importance.ts had it when this was written. */
const CRITICAL =
  'critical crit emergency emerg fatal disaster blocker page urgent alert p0 p1 sev0 sev1 sev-0 sev-1 s1'.split(
    ' ',
  );
const WARNING = 'warning warn medium moderate minor average p3 sev3 sev-3 s3'.split(' ');
const INFO = 'info information informational notice low debug ok p4 p5 sev4 sev5 sev-4 sev-5 s4'.split(' ');

function classOf(severity: RawBuilder<unknown>) {
  const name = sql`lower(trim(coalesce(${severity}, '')))`;
  return sql`(case when ${name} = any(${CRITICAL}) then 0 when ${name} = any(${WARNING}) then 2
    when ${name} = any(${INFO}) then 3 else 1 end)`;
}
