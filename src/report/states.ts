import type { Person } from '../approval/person.ts';
import type { Risk } from '../catalogue/schema.ts';
import type { Diagnosis, Status, Verdict } from '../diagnosis/finding.ts';
import type { Plan, PlanState, Vote } from '../plan/plan.ts';
import type { Parameters } from '../steps/step-kind.ts';
import type { Amounts } from './amounts.ts';
import type { ChangedOutput } from './changed-lines.ts';
import type { Hands } from './hand-states.ts';

/**
 * What the messages are made from. All texts are plain and unescaped, all times ISO 8601 in UTC; `now` is the moment
 * of rendering, since nothing here has a clock.
 */

export interface Named {
  name: string;
  title: string;
}

/** An action offered as a button. */
export interface OfferedAction extends Named {
  /** Of the action as it is offered: catalogue/version.ts. */
  version: string;
  risk: Risk;
  /** Whether its button leads to a request, and nothing runs at once. */
  needsApproval: boolean;
  /** What a confirmation says beside the title. */
  about?: string;
}

/** A picture that delivery uploads: `key` in the table of pictures. */
export interface Picture {
  key: string;
  title: string;
  alt: string;
}

/** A remedy that was tried in this alert's thread. */
export interface Remedy {
  title: string;
  risk: Risk;
  needsApproval: boolean;
  state: PlanState;
  /** When it got into this state. */
  at: string;
  approvedBy: readonly Person[];
  /** Who broke the glass for it. */
  glassBy?: Person;
}

/** An escalation that will come: to whom (the role's title), when, and the check it hangs on. */
export interface Escalates {
  to: string;
  at: string;
  title: string;
}

export interface AlertState {
  /** `alert:<uuid>` */
  ref: string;
  title: string;
  service: Named;
  runbook: Named | null;
  status: 'firing' | 'resolved';
  severity: string;
  startsAt: string;
  resolvedAt: string | null;
  labels: Readonly<Record<string, string>>;
  summary: string | null;
  /** Alerts in the group. */
  count: number;
  /** Alerts that Alertmanager left out of the group (`truncatedAlerts`). */
  cut: number;
  /** How often the group was sent again while it fired. */
  repeats: number;
  acknowledgedBy: Person | null;
  /** null while it is being diagnosed, and where no runbook claims the alert. `at` is when it was looked at. */
  diagnosis: (Pick<Verdict, 'status' | 'sentence' | 'counts'> & { at?: string }) | null;
  /** What the alert was to say of its runbook's parameters and did not, each with the reason. */
  lacking: readonly string[];
  hands: Hands;
  /** Actions that fit. */
  actions: readonly OfferedAction[];
  remedies: readonly Remedy[];
  /** Whether its service has an Alertmanager that could silence it. */
  canSilence: boolean;
  /** The newest silence that was begun here; null when there was none. */
  silence: SilenceState | null;
  /** Whether there is anybody left to call. */
  canEscalate: boolean;
  /** The escalation that will come by itself if nothing changes. */
  escalates: Escalates | null;
  /** Who was called, in the order of the calls. */
  called: readonly { to: string; at: string; priority: string | null }[];
  /** Offered when no runbook claims the alert. */
  runbooks: readonly Named[];
  links: readonly { title: string; url: string }[];
  now: string;
}

export interface DiagnosisView {
  diagnosis: Diagnosis;
  /** What an alert was to say of the parameters and did not, each with the reason. */
  lacking: readonly string[];
  hands: Hands;
  /** The `run:<uuid>` that found this: what its buttons are about. */
  ref: string;
  /** Actions that fit. */
  actions: readonly OfferedAction[];
  pictures: readonly Picture[];
  escalation: Escalates | null;
  /** Who asked; null when nobody did. */
  by: Person | null;
  /** Why it offers nothing any more: its alert has ended, or a newer diagnosis has replaced it. */
  over?: 'ended' | 'replaced';
  now: string;
}

/** The first message of a thread that `/diagnose` starts: what is looked at, and what came of it. */
export interface DiagnosisRootView {
  ref: string;
  service: Named;
  runbook: Named;
  parameters: Readonly<Record<string, unknown>>;
  /** null when the clock began it. */
  by: Person | null;
  at: string;
  /** null while the checks run. */
  verdict: Pick<Verdict, 'status' | 'sentence' | 'counts'> | null;
  hands: Hands;
  tookMs: number | null;
  now: string;
}

/** A check that justifies an action, as it was at a moment. */
export interface Criterion {
  title: string;
  /** A check that fails is met, one that warns nearly; one without a limit informs, and a person's is by hand. */
  met: 'met' | 'nearly' | 'not-met' | 'unknown' | 'informs' | 'by-hand';
  says: string;
  limit: string | null;
  /** When it was looked at. */
  at: string;
}

/** Who ran a plan without a second person's approval, and why. */
export interface Glass {
  by: Person;
  at: string;
  reason: string;
}

/** Where a request stands: in the thread in which it was asked for, or where its approvers are. */
export interface RequestPlace {
  /** Of its message. */
  key: string;
  /** The channel of its thread. */
  askedIn: string;
  /** The approvers' channel, where that is another one. */
  channel: string | null;
  /** Guardia cannot write there: it stands in its thread all the same. */
  closed: boolean;
}

/** What an action's checks say when its button is used late: after the end of its alert, or of an old diagnosis. */
export interface LateLook {
  /** When the alert ended; null while it fires, and where there is none. */
  endedAt: string | null;
  checks: readonly { title: string; status: Status; says: string }[];
  /** Whether a person has to say why: the alert has ended, or every check is healthy. */
  needsReason: boolean;
  at: string;
}

export interface PlanView {
  id: string;
  plan: Plan;
  digest: string;
  state: PlanState;
  madeAt: string;
  expiresAt: string;
  beginBefore: string | null;
  /** How much it touches: when it was asked for, and at each moment since. */
  amounts: Amounts;
  votes: readonly Vote[];
  claimedBy: readonly Person[];
  approverGroups: readonly { title: string; group: string }[];
  /** Votes that are missing still. */
  missing: number;
  glass?: Glass;
  place: RequestPlace;
  diagnosis: Pick<Verdict, 'status' | 'sentence'> | null;
  /** When the alert ended in whose thread it was asked for; null while it fires, and where there is none. */
  alertEndedAt: string | null;
  /** What was seen when it was asked for although nothing called for it. */
  late?: LateLook;
  criteria: readonly Criterion[];
  endedBy: Person | null;
  endedAt: string | null;
  /** Of a denial, a void, a failure; what is known of an unknown end. */
  reason: string | null;
  /** What is different from the plan that was approved, in words. */
  difference: readonly string[];
  now: string;
}

/** What the dialog of an approval shows: made anew at that moment. */
export type ApprovalView =
  | {
      ok: true;
      title: string;
      what: string;
      /** Each step in its own words, where there are several. */
      steps: readonly string[];
      /** As it is now. */
      amount: string;
      /** The lines of the dry run that are not what the request shows; left out where none is. */
      dryRun?: readonly ChangedOutput[];
      undo: string;
      criteria: readonly Criterion[];
      /** What the action's checks say, where its alert has ended or its diagnosis is old. */
      late?: LateLook;
      digest: string;
      expiresAt: string;
      now: string;
    }
  | { ok: false; says: string };

export interface StepProgress {
  title: string;
  state: 'waiting' | 'running' | 'by-hand' | 'done' | 'failed' | 'unknown';
  says?: string;
  tookMs?: number;
  /** Of a step that waits for a person: whose work it is, and until when it waits. */
  hand?: { role: string | null; until: string };
  /** The person who did it, or said that it cannot be done. */
  by?: { person: Person; at: string };
}

export interface ProgressView {
  id: string;
  digest: string;
  plan: Plan;
  by: Person;
  approvedBy: readonly Person[];
  glass?: Glass;
  /** `void`: it may not run any more, and nothing of it had begun. */
  state: 'running' | 'verifying' | 'done' | 'failed' | 'unknown' | 'void';
  steps: readonly StepProgress[];
  beganAt: string;
  /** When the last step ended. */
  endedAt: string | null;
  amounts: Amounts;
  /** The checks that will say whether it helped; null when the action names none. */
  verify: { checks: readonly string[]; withinMs: number } | null;
  /** What justified it, where nobody had to approve it. */
  criteria: readonly Criterion[];
  /** What was seen when it was asked for although nothing called for it. */
  late?: LateLook;
  /** Where the buttons' work goes. */
  ref: string;
  /** The action that takes it back; null also where the proof offers it. */
  undo: OfferedAction | null;
  /** Why it failed, or what is known of its end. */
  reason: string | null;
  now: string;
}

/** One check before and after an action. */
export interface Compared {
  title: string;
  before: { status: Status; says: string } | null;
  after: { status: Status; says: string } | null;
}

export interface ProofView {
  plan: Plan;
  /** Where the buttons' work goes. */
  ref: string;
  /** Whether every step ended well. */
  done: boolean;
  /** Whether every check is healthy now. What was healthy before was not healed. */
  healed: boolean;
  amounts: Amounts;
  beforeAt: string;
  afterAt: string;
  checks: readonly Compared[];
  /** What fits now, when it did not help. */
  actions: readonly OfferedAction[];
  /** Its alert has ended: what fitted is told, and not offered. */
  over?: true;
  /** The action that takes it back. */
  undo: OfferedAction | null;
  picture: Picture | null;
  tookMs: number;
  now: string;
}

export interface UnknownView {
  id: string;
  digest: string;
  plan: Plan;
  /** The step whose end was not seen. */
  step: string;
  beganAt: string;
  /** How it ended, where its end was seen after all. */
  seen: { ok: boolean; says: string; at: string } | null;
  /** What is seen now: `Jobs waiting in celery: 0 jobs`. */
  known: readonly { title: string; status: Status; says: string }[];
  /** Set once people have said what happened. */
  settled: { happened: boolean; by: Person; at: string } | null;
  now: string;
}

export interface EscalationView {
  ref: string;
  /** Who is called: a role with its Slack group, or a contact outside Slack. */
  group: string | null;
  to: string;
  /** Where else they can be reached. */
  reach: string | null;
  priority: string | null;
  title: string;
  service: Named;
  /** Why now: the check and what it says; null when a person escalated by hand. */
  because: { title: string; status: Status; says: string; forMs: number } | null;
  /** Called because the alert has not ended for so long. */
  unresolved: boolean;
  /** What the runbook says to tell them. */
  say: string | null;
  startsAt: string;
  diagnosis: Pick<Verdict, 'status' | 'sentence'> | null;
  tried: readonly Remedy[];
  /** Whether somebody has taken the alert already. */
  acknowledged: boolean;
  /** When the alert ended; null while it fires. */
  resolvedAt: string | null;
  /** The person who calls, what they chose as what they see, and what they wrote. */
  by: Person | null;
  sees: string | null;
  note: string | null;
  now: string;
}

/** What a call for help says, less what changes while it stands. */
export type EscalationStory = Omit<EscalationView, 'acknowledged' | 'resolvedAt' | 'now'>;

/** Something to choose from when a person calls for help. */
export interface EscalationChoice {
  /** The rule's key, or `to:<role>`. */
  ref: string;
  /** What a person sees and no check does: "Data is lost"; null where only somebody is called. */
  says: string | null;
  priority: string | null;
  /** Name and title of the role or contact. */
  to: string;
  title: string;
  /** What they do in an incident. */
  does: string | null;
}

/** What a picture is asked of. Names of services and connections are those of the catalogue. */
export type SnapshotSubject =
  /** PromQL as a person typed it; `window` is a duration such as `6h`. */
  | {
      of: 'query';
      service: string;
      connection: string;
      query: string;
      window: string;
      /** What may have been meant instead, said when nothing comes back. */
      hint?: string;
    }
  /** A panel of Grafana, by the link that people share. */
  | { of: 'panel'; service: string; connection: string; link: string }
  /** Every check of a runbook that draws a chart. */
  | { of: 'runbook'; service: string; runbook: string; parameters: Parameters };

/** A silence that was begun from an alert's message. */
export interface SilenceState {
  until: string;
  by: Person;
  reason: string;
  /** null while it lasts. `by` is null where its time was over, or where it was ended in Alertmanager itself. */
  ended: { at: string; by: Person | null } | null;
}

export interface SilenceView extends SilenceState {
  title: string;
  service: Named;
  labels: Readonly<Record<string, string>>;
  /** What Alertmanager said, and where it shows the silence. */
  says: string;
  link: string | null;
  now: string;
}

/** What a person who silences an alert may choose from. */
export interface SilenceOffer {
  title: string;
  service: Named;
  /** Of the alert: each is silenced with the value that it has. */
  labels: Readonly<Record<string, string>>;
  times: readonly { id: string; title: string }[];
}
