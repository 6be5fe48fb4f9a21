import type { Step, StepEnvironment } from '../steps/step-kind.ts';
import type { Action, Check, Drill, Escalation, Parameter, Policy, Role } from './schema.ts';

/** A check with its probe taken out of the loose object. */
export interface RunbookCheck extends Pick<Check, 'title' | 'means' | 'unit' | 'warning' | 'failing'> {
  name: string;
  step: Step;
  deadlineMs: number;
}

export interface RunbookAction extends Omit<Action, 'steps' | 'preview' | 'deadline' | 'verify'> {
  name: string;
  steps: readonly Step[];
  preview?: Step;
  verify?: { checks: readonly string[]; withinMs: number };
  deadlineMs: number;
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
  checks: readonly RunbookCheck[];
  actions: readonly RunbookAction[];
  escalate: readonly Escalation[];
  links: Readonly<Record<string, string>>;
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
  /** Who approves destructive actions; absent when the service has none. */
  policy?: Policy;
  labels: Readonly<Record<string, string>>;
  environment: StepEnvironment;
  runbooks: ReadonlyMap<string, Runbook>;
}

/** Everything that people can run, frozen. `revision` is the SHA-256 of all files, in hex. */
export interface Catalogue {
  revision: string;
  services: ReadonlyMap<string, Service>;
}

/** The catalogue that is in force now; replaced whole on SIGHUP. */
export type CurrentCatalogue = () => Catalogue;
