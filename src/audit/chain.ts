import { canonicalJson, sha256 } from '../plan/digest.ts';

/** One line of the record. `at` is ISO 8601 in UTC with milliseconds. */
export interface AuditEntry {
  seq: number;
  at: string;
  event: AuditEvent;
  team: string | null;
  user: string | null;
  plan: string | null;
  digest: string | null;
  details: Readonly<Record<string, unknown>>;
  /** Hash of the entry before, 64 zeros for the first. */
  previous: string;
  hash: string;
}

export type AuditEvent =
  | 'asked'
  | 'viewed'
  | 'claimed'
  | 'voted'
  | 'approved'
  | 'denied'
  | 'cancelled'
  | 'expired'
  | 'voided'
  | 'spent'
  | 'step-begun'
  | 'step-ended'
  | 'verified'
  | 'unknown'
  | 'settled'
  | 'break-glass'
  | 'reviewed'
  | 'policy-changed'
  | 'silence-asked'
  | 'silenced'
  | 'silence-refused'
  | 'silence-ended';

export const BEFORE_THE_FIRST = '0'.repeat(64);

/** SHA-256 over the canonical JSON of everything but the hash itself. */
export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, event, team, user, plan, digest, details, previous } = entry;
  return sha256(canonicalJson({ seq, at, event, team, user, plan, digest, details, previous }));
}

export interface ChainHead {
  seq: number;
  hash: string;
}

/** The first thing that is wrong with a chain, in words; null when every entry stands where it was written. */
export function firstBreak(
  entries: readonly AuditEntry[],
  from: ChainHead = { seq: 0, hash: BEFORE_THE_FIRST },
): string | null {
  let before = from;
  for (const entry of entries) {
    if (entry.seq !== before.seq + 1)
      return `entry ${before.seq + 1} is missing: after ${before.seq} comes ${entry.seq}`;
    if (entry.previous !== before.hash) return `entry ${entry.seq} does not follow entry ${before.seq}`;
    if (entry.hash !== hashOf(entry)) return `entry ${entry.seq} was changed after it was written`;
    before = { seq: entry.seq, hash: entry.hash };
  }
  return null;
}

/** Whether a chain still contains the head that was exported once: a cut tail shows here and nowhere else. */
export function missesHead(entries: readonly AuditEntry[], exported: ChainHead): string | null {
  const entry = entries.find((candidate) => candidate.seq === exported.seq);
  if (!entry) return `the chain ends before entry ${exported.seq}, which was exported: its tail was cut`;
  return entry.hash === exported.hash ? null : `entry ${exported.seq} is not the one that was exported`;
}
