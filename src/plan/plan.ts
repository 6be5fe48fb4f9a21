import type { Person } from '../approval/person.ts';
import type { Risk } from '../catalogue/schema.ts';
import type { Policy } from '../catalogue/schema-service.ts';
import type { Fingerprint, Parameters, Preview, Step } from '../steps/step-kind.ts';

/**
 * An action made concrete: everything that decides what will happen, frozen. Its digest is SHA-256 over its
 * canonical JSON (RFC 8785), so it holds plain JSON data only. Votes carry the digest.
 */
export interface Plan {
  /** SHA-256 of the catalogue that the plan was made from. */
  catalogue: string;
  service: string;
  runbook: string;
  action: string;
  title: string;
  risk: Risk;
  parameters: Parameters;
  steps: readonly PlannedStep[];
  /** What was shown before it was asked for: redacted, and part of what is approved. */
  preview: Preview;
  /** What the dry run counted, where it counts. */
  dryRun?: number;
  undo: string;
  /** Who may approve, how many, until when; absent when the risk asks for nobody. */
  policy?: Policy;
  requester: Person;
  reason: string;
}

/** One step with the state of its target at the moment the plan was made. */
export interface PlannedStep extends Step {
  /** What it does and where, in the step kind's words. */
  what: string;
  /** How much it would touch, and the same as a number, where that can be counted. */
  amount?: string;
  count?: number;
  fingerprint: Fingerprint;
}

/** A vote as it was cast. Only votes on the plan's own digest count. */
export interface Vote extends Person {
  vote: 'approve' | 'deny';
  digest: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** From the request to its end. */
export type PlanState =
  | 'waiting'
  | 'approved'
  | 'running'
  | 'done'
  | 'failed'
  | 'unknown'
  | 'denied'
  | 'cancelled'
  | 'expired'
  | 'void';
