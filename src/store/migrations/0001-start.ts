import { type Kysely, sql } from 'kysely';

/** All tables of the first version. Times are timestamptz; ids that people's clicks carry are UUIDs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Alert groups as they came, stored before the webhook is answered.
    create table alert_inbox (
      id          bigint generated always as identity primary key,
      received_at timestamptz not null default now(),
      body        jsonb not null,
      handled_at  timestamptz
    );
    create index alert_inbox_open on alert_inbox (id) where handled_at is null;

    -- One row an alert group and episode: from its first firing to its end.
    create table alert (
      id                uuid primary key,
      group_key         text not null,
      service           text not null,
      runbook           text,
      parameters        jsonb not null default '{}',
      status            text not null check (status in ('firing', 'resolved')),
      severity          text not null,
      details           jsonb not null,
      channel           text not null,
      starts_at         timestamptz not null,
      resolved_at       timestamptz,
      repeats           int not null default 0,
      acknowledged_team text,
      acknowledged_user text,
      acknowledged_at   timestamptz,
      diagnosis         jsonb,
      escalated_at      timestamptz,
      escalated_to      text
    );
    create unique index alert_firing on alert (group_key) where status = 'firing';
    create index alert_recent on alert (group_key, starts_at desc);

    -- One row an execution of a diagnosis.
    create table run (
      id         uuid primary key,
      request    text not null unique,
      service    text not null,
      runbook    text not null,
      alert      uuid references alert,
      asked_team text,
      asked_user text,
      asked      jsonb not null,
      began_at   timestamptz not null default now(),
      ended_at   timestamptz,
      result     jsonb
    );
    create index run_of_alert on run (alert, ended_at desc);
    create index run_open on run (began_at) where ended_at is null;

    -- An action made concrete and frozen, and how far it has come.
    create table plan (
      id           uuid primary key,
      request      text not null unique,
      digest       text not null,
      frozen       jsonb not null,
      service      text not null,
      runbook      text not null,
      action       text not null,
      state        text not null check (state in ('waiting', 'approved', 'running', 'done', 'failed', 'unknown',
                                                  'denied', 'cancelled', 'expired', 'void')),
      asked_team   text not null,
      asked_user   text not null,
      alert        uuid references alert,
      place        jsonb not null,
      made_at      timestamptz not null default now(),
      expires_at   timestamptz not null,
      begin_before timestamptz,
      began_at     timestamptz,
      ended_at     timestamptz,
      ended_by     text,
      reason       text,
      claimed_by   text,
      outcome      jsonb
    );
    create index plan_open on plan (state, expires_at) where state in ('waiting', 'approved', 'running');

    create table vote (
      plan    uuid not null references plan,
      team    text not null,
      "user"  text not null,
      vote    text not null check (vote in ('approve', 'deny')),
      digest  text not null,
      cast_at timestamptz not null default now(),
      primary key (plan, team, "user")
    );

    -- Written before a step is performed and completed after it: a row without an end is a step nobody saw end.
    create table plan_step (
      plan     uuid not null references plan,
      index    int not null,
      began_at timestamptz not null default now(),
      ended_at timestamptz,
      ok       boolean,
      outcome  jsonb,
      primary key (plan, index)
    );

    -- What should stand in Slack, and which version of it does.
    create table message (
      key               text primary key,
      seq               bigint generated always as identity,
      channel           text not null,
      thread_key        text references message,
      thread_ts         text,
      payload           jsonb not null,
      version           int not null default 1,
      delivered_version int not null default 0,
      ts                text,
      importance        smallint not null default 1,
      -- Its words stand there, its pictures not yet.
      bare              boolean not null default false,
      -- Somebody began to post it, and nobody saw that end.
      uncertain         boolean not null default false,
      taken_by          text,
      taken_until       timestamptz,
      attempts          int not null default 0,
      next_attempt_at   timestamptz not null default now(),
      given_up          boolean not null default false,
      last_error        text,
      created_at        timestamptz not null default now()
    );
    create index message_due on message (next_attempt_at) where (delivered_version < version or bare) and not given_up;
    create index message_unposted on message (channel) where ts is null and not given_up;
    create index message_standing on message (channel, ts) where ts is not null;

    create function tell_delivery() returns trigger language plpgsql as $$
      begin
        perform pg_notify('guardia_message', '');
        return null;
      end
    $$;
    create trigger message_said after insert or update of version on message
      for each statement execute function tell_delivery();

    create table picture (
      key         text primary key,
      png         bytea not null,
      title       text not null,
      alt         text not null,
      slack_file  text,
      uploaded_at timestamptz,
      created_at  timestamptz not null default now()
    );

    -- Slack's rate limits, kept across replicas: the theoretical arrival time of the next call (GCRA).
    create table pace (
      key text primary key,
      tat timestamptz not null
    );

    -- What Slack sent and Guardia has handled (done_at) or is handling (at), so that a retry changes nothing.
    create table received (
      id      text primary key,
      at      timestamptz not null default now(),
      done_at timestamptz
    );
    create index received_at on received (at);

    -- The record: a chain of hashes, never updated.
    create table audit (
      seq      bigint primary key,
      at       timestamptz not null,
      event    text not null,
      team     text,
      "user"   text,
      plan     uuid,
      digest   text,
      details  jsonb not null,
      previous text not null,
      hash     text not null
    );

    create table replica (
      name    text primary key,
      seen_at timestamptz not null default now()
    );
  `.execute(db);
}
