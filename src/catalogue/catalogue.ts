import type { Step, StepEnvironment } from '../steps/step-kind.ts';
import type { Objective } from './objectives.ts';
import type { Action, Check, Drill, Link, Parameter, Schedule, Tested } from './schema.ts';
import type { Contact, Policies, Role } from './schema-service.ts';

/** A check with its probe taken out of the loose object. */
export interface RunbookCheck extends Pick<Check, 'title' | 'means' | 'unit' | 'warning' | 'failing'> {
  name: string;
  step: Step;
  deadlineMs: number;
}

/** The step kind that a person performs and ticks off. */
export const MANUAL = 'manual';

export interface RunbookAction
  extends Omit<
    Action,
    'steps' | 'preview' | 'deadline' | 'verify' | 'undo' | 'never-during-incident' | 'run-by'
  > {
  name: string;
  /** Roles whose members may start it, or `anybody`; what the service says for its risk when absent. */
  runBy?: readonly string[];
  steps: readonly Step[];
  preview?: Step;
  verify?: { checks: readonly string[]; withinMs: number };
  /** How, in words: `none` when there is no way back. */
  undo?: string;
  /** The action that takes it back. */
  undoneBy?: string;
  /** Why it is refused as long as an incident is open. */
  neverDuringIncident?: string;
  deadlineMs: number;
}

/** A check of a runbook of the same service. */
export interface CheckName {
  runbook: string;
  check: string;
}

/** When more people are called: checks stand so for a time, an alert does not end, or a person says so. */
export type EscalationWhen =
  | {
      by: 'checks';
      checks: readonly CheckName[];
      /** So many of them at once. */
      atLeast: number;
      is: 'failing' | 'warning' | 'unknown';
      forMs: number;
    }
  | { by: 'time'; forMs: number }
  | { by: 'person'; says: string };

export interface EscalationRule {
  /** The same as long as the rule stands where it stands: `redis-down#0`, `#2` for the service's own. */
  key: string;
  when: EscalationWhen;
  /** A role or a contact of the service. */
  to: string;
  priority?: 'P1' | 'P2' | 'P3' | 'P4';
  say?: string;
}

/** A part of the work: which checks and actions belong to it. */
export interface RunbookPhase {
  name: string;
  title: string;
  about?: string;
  checks: readonly string[];
  actions: readonly string[];
}

export interface Runbook {
  name: string;
  service: string;
  title: string;
  symptoms: string;
  source?: string;
  /** Path of its file below the catalogue's folder, for messages. */
  file: string;
  alerts: readonly Readonly<Record<string, string>>[];
  parameters: Readonly<Record<string, Parameter>>;
  /** In the order of the file; those of the kind `manual` are a person's, and are ticked off. */
  checks: readonly RunbookCheck[];
  actions: readonly RunbookAction[];
  escalate: readonly EscalationRule[];
  schedule?: Schedule;
  /** In their order; empty where the work has no parts. */
  phases: readonly RunbookPhase[];
  links: Readonly<Record<string, Link>>;
  /** Tests of the procedure from before Guardia kept the record. */
  history: readonly Tested[];
  drills: Readonly<Record<string, Drill>>;
}

export interface Service {
  name: string;
  title: string;
  about: string;
  owner: string;
  /** Slack channel id, settings filled in. */
  channel: string;
  roles: Readonly<Record<string, Role>>;
  /** Roles whose members may start what is disruptive or destructive, or `anybody`; every role when absent. */
  runBy?: readonly string[];
  /** People outside Slack. */
  contacts: Readonly<Record<string, Contact>>;
  objectives: Readonly<Record<string, Objective>>;
  /** For every alert of the service. */
  escalate: readonly EscalationRule[];
  /** Where links to dashboards and searches lead; absent when it is not set. */
  dashboards: { readonly grafana?: string; readonly kibana?: string };
  policies: Readonly<Policies>;
  labels: Readonly<Record<string, string>>;
  /** Where connections are, by their names: http addresses without credentials; none while a setting is missing. */
  addresses: Readonly<Record<string, readonly string[]>>;
  environment: StepEnvironment;
  runbooks: ReadonlyMap<string, Runbook>;
}

/** Everything that people can run, frozen. `revision` is the SHA-256 of all files, in hex. */
export interface Catalogue {
  revision: string;
  services: ReadonlyMap<string, Service>;
}

/** The catalogue that is in force now; replaced whole by a reload. */
export type CurrentCatalogue = () => Catalogue;
