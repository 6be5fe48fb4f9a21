import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { PlanState } from '../plan/plan.ts';
import type { SeverityClass } from './importance.ts';

/** Tables as src/store/migrations make them; queries in this folder are typed by it. */

type Time = ColumnType<Date, Date | string, Date | string>;
type MaybeTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type MadeTime = ColumnType<Date, Date | string | undefined, Date | string>;
/** Written as JSON text, read as data. */
type Json = JSONColumnType<object, string, string>;
type MaybeJson = JSONColumnType<object | null, string | null | undefined, string | null>;

export interface Tables {
  alert_inbox: {
    id: Generated<string>;
    received_at: MadeTime;
    body: Json;
    handled_at: MaybeTime;
    group_key: Generated<string>;
    severity: Generated<SeverityClass>;
  };
  alert: AlertTable;
  escalation: EscalationTable;
  silence: SilenceTable;
  run: RunTable;
  checklist: { origin: string; runbook: string; service: string; parameters: Json; run: string };
  tick: { origin: string; runbook: string; check: string; team: string; user: string; at: MadeTime };
  plan: PlanTable;
  vote: {
    plan: string;
    team: string;
    user: string;
    vote: 'approve' | 'deny';
    digest: string;
    cast_at: MadeTime;
    person: ColumnType<string | null, string | null | undefined, string | null>;
  };
  review: ReviewTable;
  policy: { service: string; rules: Json };
  plan_step: {
    plan: string;
    index: number;
    began_at: MadeTime;
    ended_at: MaybeTime;
    ok: boolean | null;
    outcome: MaybeJson;
  };
  message: MessageTable;
  picture: PictureTable;
  pace: { key: string; tat: Time; turn: Generated<number> };
  received: { id: string; at: MadeTime; done_at: MaybeTime };
  audit: AuditTable;
  replica: { name: string; seen_at: Time };
  last_good_catalogue: {
    only_row: Generated<boolean>;
    revision: string;
    in_force_since: MadeTime;
    files: Buffer;
  };
  refused_catalogue: { revision: string; started: boolean; at: MadeTime };
  installation: { began_at: Time };
}

interface AlertTable {
  id: string;
  group_key: string;
  service: string;
  runbook: string | null;
  parameters: Json;
  status: 'firing' | 'resolved';
  severity: string;
  details: Json;
  channel: string;
  starts_at: Time;
  resolved_at: MaybeTime;
  repeats: Generated<number>;
  acknowledged_team: string | null;
  acknowledged_user: string | null;
  acknowledged_at: MaybeTime;
  diagnosis: MaybeJson;
}

interface EscalationTable {
  alert: string;
  once: string;
  called: string;
  rule: string | null;
  priority: string | null;
  by_team: string | null;
  by_user: string | null;
  at: MadeTime;
  story: MaybeJson;
}

interface SilenceTable {
  id: string;
  request: string;
  alert: string;
  labels: Json;
  reason: string;
  by_team: string;
  by_user: string;
  until: Time;
  state: 'beginning' | 'active' | 'refused' | 'ended';
  says: string | null;
  link: string | null;
  ended_at: MaybeTime;
  ended_team: string | null;
  ended_user: string | null;
  asked_at: MadeTime;
}

interface RunTable {
  id: string;
  request: string;
  service: string;
  runbook: string;
  alert: string | null;
  asked_team: string | null;
  asked_user: string | null;
  asked: Json;
  began_at: MadeTime;
  ended_at: MaybeTime;
  result: MaybeJson;
  importance: Generated<number>;
}

export type { PlanState };

interface PlanTable {
  id: string;
  request: string;
  digest: string;
  frozen: Json;
  service: string;
  runbook: string;
  action: string;
  state: PlanState;
  asked_team: string;
  asked_user: string;
  alert: string | null;
  place: Json;
  made_at: MadeTime;
  expires_at: Time;
  begin_before: MaybeTime;
  began_at: MaybeTime;
  ended_at: MaybeTime;
  ended_by: string | null;
  reason: string | null;
  claimed_by: string | null;
  outcome: MaybeJson;
  /** Raised by whoever takes the plan's steps over. */
  fence: Generated<number>;
}

interface ReviewTable {
  plan: string;
  broken_team: string;
  broken_user: string;
  broken_at: MadeTime;
  reason: string;
  signed_team: string | null;
  signed_user: string | null;
  signed_at: MaybeTime;
  note: string | null;
}

interface MessageTable {
  key: string;
  seq: Generated<string>;
  channel: string;
  thread_key: string | null;
  thread_ts: string | null;
  payload: Json;
  version: Generated<number>;
  delivered_version: Generated<number>;
  ts: string | null;
  importance: Generated<number>;
  bare: Generated<boolean>;
  uncertain: Generated<boolean>;
  taken_by: string | null;
  taken_until: MaybeTime;
  attempts: Generated<number>;
  next_attempt_at: MadeTime;
  given_up: Generated<boolean>;
  passable: Generated<boolean>;
  strikes: Generated<number>;
  last_error: string | null;
  created_at: MadeTime;
  wanted_at: MadeTime;
}

interface PictureTable {
  key: string;
  png: Buffer;
  title: string;
  alt: string;
  slack_file: string | null;
  uploaded_at: MaybeTime;
  created_at: MadeTime;
}

interface AuditTable {
  seq: string;
  at: Time;
  event: string;
  team: string | null;
  user: string | null;
  plan: string | null;
  digest: string | null;
  details: Json;
  previous: string;
  hash: string;
}
