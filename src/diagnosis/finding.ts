import type { Drawing, Evidence, ObservedValue, Series } from '../steps/step-kind.ts';
import type { Thresholds } from './condition.ts';

export type Status = 'healthy' | 'warning' | 'failing' | 'unknown';

/** What one check says, judged. */
export interface Finding {
  check: string;
  title: string;
  status: Status;
  /** The figure in words with its unit, or why there is none: `1,840 jobs`, `refused by redis.denis:6379`. */
  says: string;
  /** The limit it is compared with, in words: `failing over 1,000`. */
  limit?: string;
  /** What it means when it fails, for the verdict. */
  means?: string;
  value: ObservedValue;
  unit?: string;
  evidence: readonly Evidence[];
  series?: readonly Series[];
  drawing?: Drawing;
  /** A PNG in base64, drawn by the other side. */
  image?: string;
  /** Limits that are plain numbers, to be drawn into the chart. */
  thresholds: Thresholds;
  tookMs: number;
}

export interface Verdict {
  status: Status;
  /** One sentence: "Redis does not answer, and its pod restarts." */
  sentence: string;
  counts: Readonly<Record<Status, number>>;
  /** Names of actions that fit, in the runbook's order. */
  suggests: readonly string[];
}

/** All findings of one runbook at one moment. */
export interface Diagnosis {
  service: string;
  runbook: string;
  title: string;
  parameters: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC. */
  at: string;
  findings: readonly Finding[];
  /** Titles of the checks that have not answered yet; empty in a finished diagnosis. */
  pending: readonly string[];
  verdict: Verdict;
  tookMs: number;
}
