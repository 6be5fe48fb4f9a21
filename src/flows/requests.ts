import type { Person } from '../approval/person.ts';
import type { Refused } from '../catalogue/needs.ts';
import type { Diagnosis } from '../diagnosis/finding.ts';
import type { Plan } from '../plan/plan.ts';
import type { Approvals } from '../report/approvals.ts';
import type { HomeState } from '../report/home.ts';
import type { HistoryRow } from '../report/runbook.ts';
import type {
  ApprovalView,
  EscalationChoice,
  LateLook,
  SilenceOffer,
  SnapshotSubject,
} from '../report/states.ts';
import type { Parameters } from '../steps/step-kind.ts';

/** Where an answer goes: a channel, and the thread in it when the request came from one. Slack's ids. */
export interface Place {
  channel: string;
  thread?: string;
}

export interface DiagnoseRequest {
  service: string;
  runbook: string;
  parameters: Parameters;
  /** Why those of its parameters have no value that an alert was to give. */
  refused?: Refused;
  /** null when an alert or the clock asks. */
  by: Person | null;
  /** `alert:<uuid>` or `run:<uuid>` whose thread gets the answer; without it a new message in `place` starts a thread. */
  origin?: string;
  place: Place;
}

export interface RemediateRequest extends DiagnoseRequest {
  by: Person;
  action: string;
  /** Why; asked for when somebody has to approve it. */
  reason?: string;
  /** The action as whoever asks was shown it (catalogue/version.ts); another one by now is not run. */
  seen?: string;
  /** The person saw that nothing calls for it any more, and says in `reason` why it shall run all the same. */
  allTheSame?: true;
  /** The clock asks, in Guardia's own name: for what is safe, and nothing else. Never set from outside. */
  byClock?: true;
}

/** Who wants to start which action. */
export type StartRequest = Pick<RemediateRequest, 'service' | 'runbook' | 'action' | 'by'>;

/** An action whose button was used in a thread. */
export type LateRequest = Pick<
  RemediateRequest,
  'service' | 'runbook' | 'action' | 'parameters' | 'origin' | 'byClock'
>;

/** A person's click on a plan. `digest` is what the person saw; a click on another plan than was shown does not count. */
export interface PlanRequest {
  plan: string;
  digest: string;
  by: Person;
}

/** A person's word on a step that is done by hand: it is done, or why it cannot be done. */
export interface HandRequest extends PlanRequest {
  /** Index of the step in the plan. */
  step: number;
  done: boolean;
  reason?: string;
}

/** A person wants Alertmanager to be silent about an alert. */
export interface SilenceRequest {
  /** The same for every retry. */
  id: string;
  alert: string;
  by: Person;
  /** One of the times that were offered. */
  time: string;
  /** Names of the alert's labels that are silenced with the value that they have; its name always is. */
  labels: readonly string[];
  reason: string;
}

/** A person's word on something that is looked at by hand, in the thread of `origin`. */
export interface TickRequest {
  origin: string;
  runbook: string;
  check: string;
  /** False takes it back. */
  done: boolean;
  by: Person;
}

export interface SnapshotRequest {
  subject: SnapshotSubject;
  by: Person;
  place: Place;
}

/**
 * What a person gets back at once. `ok` false is an ephemeral answer that says why and what to do next
 * (already worded for people, plain text).
 */
export type Answer =
  | { ok: true; says?: string }
  /**
   * `code` are lines that keep their columns, such as a query with a mark below it. `late`: ask the person whether it
   * shall run all the same.
   */
  | { ok: false; says: string; code?: string; late?: LateLook };

export type { ApprovalView };

/**
 * What transports may ask of the flows. Every method has its effects stored before it resolves, and is safe to
 * call twice with the same `requestId` (Slack's trigger id, a retried payload): the second call changes nothing.
 */
export interface Flows {
  diagnose(request: DiagnoseRequest, requestId: string): Promise<Answer>;
  remediate(request: RemediateRequest, requestId: string): Promise<Answer>;
  /** Why a person may not start an action, in words; null when they may. Asked of Slack at this moment. */
  whyNotStart(request: StartRequest): Promise<string | null>;
  /** Whether an action has to be looked at again before it starts. Asks the database alone. */
  isLate(request: LateRequest): Promise<boolean>;
  /** What the action's checks say now; null when it is not late, or nothing has to be asked. */
  lookAgain(request: LateRequest): Promise<LateLook | null>;
  /** Makes the plan anew and says what an approver is about to decide; records that it was viewed. */
  viewPlan(request: PlanRequest): Promise<ApprovalView>;
  approve(request: PlanRequest): Promise<Answer>;
  deny(request: PlanRequest & { reason: string }): Promise<Answer>;
  cancel(request: PlanRequest): Promise<Answer>;
  /** Runs a plan that waits without a second person's approval, where the policy allows that. */
  breakGlass(request: PlanRequest & { reason: string }): Promise<Answer>;
  /** A second person's word that they looked at what ran so. */
  review(request: PlanRequest & { note: string }): Promise<Answer>;
  claim(request: PlanRequest): Promise<Answer>;
  /** People's word on a run whose end was not seen. */
  settle(request: PlanRequest & { happened: boolean }): Promise<Answer>;
  /** People's word on a step that is done by hand. */
  byHand(request: HandRequest): Promise<Answer>;
  /** Ticks off what a person has looked at, or takes that back. */
  tick(request: TickRequest): Promise<Answer>;
  acknowledge(alert: string, by: Person): Promise<Answer>;
  /** What a person who calls for help may choose from; empty when nobody is left to call. */
  escalations(alert: string): Promise<EscalationChoice[]>;
  escalate(alert: string, by: Person, chosen: { ref: string; note: string | null }): Promise<Answer>;
  /** What a person who silences an alert may choose, or why it cannot be. */
  silenceOffer(
    alert: string,
    by: Person,
  ): Promise<{ ok: true; offer: SilenceOffer } | { ok: false; says: string }>;
  /** How many alerts with these of its labels would go unheard now, in words. */
  silenceReach(alert: string, labels: readonly string[]): Promise<string>;
  /** Resolves once Alertmanager has it, or has not. */
  silence(request: SilenceRequest): Promise<Answer>;
  endSilence(alert: string, by: Person): Promise<Answer>;
  /** Charts of the runbook's Prometheus checks into the origin's thread. */
  snapshot(origin: string, by: Person, requestId: string): Promise<Answer>;
  /** Draws what somebody asked for into the place where they did. Resolves once it is known, or why it is not. */
  draw(request: SnapshotRequest, requestId: string): Promise<Answer>;
  /** What a button's value refers to; null when it is not known (any more). */
  origin(ref: string): Promise<OriginView | null>;
  /** What `run:<uuid>` found so far, or the last diagnosis of `alert:<uuid>`; null when there is none. */
  diagnosis(ref: string): Promise<Diagnosis | null>;
  /** The plan that a digest was made for, to be read; null when it is another one. */
  plan(request: Pick<PlanRequest, 'plan' | 'digest'>): Promise<Plan | null>;
  /** How a runbook's actions went before, newest first, and the tests from before Guardia kept the record. */
  history(service: string, runbook: string): Promise<HistoryRow[]>;
  /** What waits for this person, what they asked for, what was decided lately. */
  approvals(by: Person): Promise<Approvals>;
  /** What the home tab shows this person. */
  home(by: Person): Promise<HomeState>;
}

/**
 * Where a button stands: in the thread of an alert or of a diagnosis that somebody asked for. Buttons carry
 * `alert:<uuid>` or `run:<uuid>`, never data.
 */
export interface OriginView {
  ref: string;
  alert: string | null;
  service: string;
  runbook: string | null;
  parameters: Parameters;
  /** Why those of its parameters have no value that an alert was to give. */
  refused?: Refused;
  place: Place;
}

/** Alerts that belong together, as Alertmanager or Grafana sent them; parsed and bounded in alerts/. */
export interface AlertGroup {
  groupKey: string;
  status: 'firing' | 'resolved';
  receiver: string;
  /** Common and group labels. */
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  alerts: readonly GroupedAlert[];
  /** Alerts that were left out, by the sender or by our own bounds. */
  truncated: number;
  /** Labels of the group that were left out. */
  labelsLeft?: number;
  externalURL: string | null;
}

export interface GroupedAlert {
  status: 'firing' | 'resolved';
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  startsAt: string;
  /** null while it fires: Alertmanager then writes the year 1. */
  endsAt: string | null;
  fingerprint: string;
  /** Only http and https. */
  generatorURL: string | null;
}
