import type { FailureKind } from './failures.ts';

/** Figures that delivery tells; it never asks for them. */
export interface DeliveryMetrics {
  delivered(kind: 'post' | 'edit', sinceSaidMs: number): void;
  failed(kind: FailureKind, code: string): void;
}

/** Figures that the Bolt app tells. */
export interface SlackMetrics {
  /** A request was answered `ms` after its last byte came. */
  acknowledged(ms: number): void;
  /** A handler ended, well or not: `/diagnose`, `approve`, `app_mention`. */
  handled(what: string, ok: boolean, ms: number): void;
}
