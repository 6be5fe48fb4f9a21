import type { Diagnosis, Finding } from '../../src/diagnosis/finding.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Amounts } from '../../src/report/amounts.ts';
import type { Hands } from '../../src/report/hand-states.ts';
import type { AlertState, OfferedAction, PlanView } from '../../src/report/states.ts';

/** One night at Denis: Redis is down at 03:12 UTC. */

export const NOW = '2026-11-14T03:16:00.000Z';
export const NOOR = { team: 'T1', user: 'UNOOR' };
export const MARA = { team: 'T1', user: 'UMARA' };
export const ALERT = 'alert:5f0c7e4e-1f4a-4a55-9d06-0f2c4b1f7a11';

export const RESTART: OfferedAction = {
  name: 'restart',
  title: 'Restart the StatefulSet',
  risk: 'disruptive',
  about: 'Redis is away for about 20 s.',
  needsApproval: false,
  version: '1'.repeat(32),
};
export const PURGE: OfferedAction = {
  name: 'purge',
  title: 'Purge the queue celery',
  risk: 'destructive',
  needsApproval: true,
  version: '1'.repeat(32),
};
export const FLUSH: OfferedAction = {
  name: 'reconnect',
  title: 'Reconnect the workers',
  risk: 'safe',
  needsApproval: false,
  version: '1'.repeat(32),
};

export function finding(
  check: string,
  title: string,
  status: Finding['status'],
  says: string,
  more: Partial<Finding> = {},
): Finding {
  return {
    check,
    title,
    status,
    says,
    value: null,
    evidence: [{ label: 'asked', text: check }],
    thresholds: {},
    tookMs: 12,
    ...more,
  };
}

export const FINDINGS: readonly Finding[] = [
  finding('fallback', 'Rate limiting falls back to memory', 'healthy', 'yes'),
  finding('memory', 'Memory', 'warning', '91 % of 2 GiB', { limit: 'warning over 80 %' }),
  finding('ping', 'Answers PING', 'failing', 'refused by redis.denis:6379, three tries', {
    evidence: [{ label: 'PING', text: 'ECONNREFUSED 10.0.0.7:6379' }],
  }),
  finding('hits', 'Key hit ratio', 'unknown', 'Prometheus answered nothing for it in the last 5 min'),
  finding('broker', 'Celery reaches its broker', 'healthy', 'yes'),
  finding('pods', 'Pods', 'failing', 'redis-0 CrashLoopBackOff, 6 restarts in 10 min, last ended OOMKilled'),
];

/** Nothing here is a person's to look at. */
export const NO_HANDS: Hands = { all: 0, left: 0, only: false };

export function diagnosis(more: Partial<Diagnosis> = {}): Diagnosis {
  return {
    service: 'denis',
    runbook: 'redis-down',
    title: 'Redis is down',
    parameters: {},
    at: '2026-11-14T03:12:20.000Z',
    findings: FINDINGS,
    pending: [],
    verdict: {
      status: 'failing',
      sentence: 'Redis does not answer, and its pod restarts.',
      counts: { failing: 2, warning: 1, unknown: 1, healthy: 2 },
      suggests: ['restart'],
    },
    tookMs: 1_400,
    ...more,
  };
}

export function alert(more: Partial<AlertState> = {}): AlertState {
  return {
    ref: ALERT,
    title: 'Redis is down',
    service: { name: 'denis', title: 'Denis' },
    runbook: { name: 'redis-down', title: 'Redis is down' },
    status: 'firing',
    severity: 'critical',
    startsAt: '2026-11-14T03:12:00.000Z',
    resolvedAt: null,
    labels: { severity: 'critical', namespace: 'denis', alertname: 'RedisDown' },
    summary: null,
    count: 1,
    cut: 0,
    repeats: 0,
    acknowledgedBy: null,
    diagnosis: diagnosis().verdict,
    lacking: [],
    hands: NO_HANDS,
    actions: [PURGE, RESTART],
    remedies: [],
    canSilence: false,
    silence: null,
    canEscalate: true,
    escalates: { to: 'SRE', at: '2026-11-14T03:17:00.000Z', title: 'Answers PING' },
    called: [],
    runbooks: [],
    links: [],
    now: NOW,
    ...more,
  };
}

export const PLAN: Plan = {
  catalogue: 'c'.repeat(64),
  service: 'denis',
  runbook: 'workers-stuck',
  action: 'purge',
  title: 'Purge the queue celery',
  risk: 'destructive',
  parameters: { queue: 'celery' },
  steps: [
    {
      kind: 'celery',
      input: { purge: true },
      what: 'celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
      fingerprint: { substance: {} },
    },
  ],
  preview: {
    what: 'celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
    amount: '1,243 jobs waiting, 0 reserved, oldest 47 min',
    evidence: [
      { label: 'celery inspect reserved', text: '-> celery@denis-workers-7d4c9: OK\n    - empty -' },
    ],
  },
  undo: 'none',
  policy: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
  requester: NOOR,
  reason: 'duplicates from the 02:50 replay',
};

export const PLAN_ID = '0b9b0a0e-6c1f-4f3f-8c2d-2d0f6b8f4a90';
export const DIGEST = `7f3a9c01${'0'.repeat(56)}`;

/** Counted when it was asked for, and not since. */
export function amountsOf({ preview }: Pick<Plan, 'preview'>): Amounts {
  return { asked: preview.amount ?? null, approved: null, begun: null, done: null };
}

export function request(more: Partial<PlanView> = {}): PlanView {
  return {
    id: PLAN_ID,
    plan: PLAN,
    digest: DIGEST,
    state: 'waiting',
    madeAt: '2026-11-14T03:19:00.000Z',
    expiresAt: '2026-11-14T03:34:00.000Z',
    beginBefore: null,
    amounts: amountsOf(more.plan ?? PLAN),
    votes: [],
    claimedBy: [],
    approverGroups: [{ title: 'SRE', group: 'SSRE' }],
    missing: 1,
    place: { key: `plan:${PLAN_ID}`, askedIn: 'C0DENIS', channel: null, closed: false },
    diagnosis: { status: 'failing', sentence: 'The queue grows, and no worker answers.' },
    alertEndedAt: null,
    criteria: [],
    endedBy: null,
    endedAt: null,
    reason: null,
    difference: [],
    now: '2026-11-14T03:19:00.000Z',
    ...more,
  };
}

/** The same request where its approvers are, and where they cannot be written to. */
export const APART = { key: `request:${PLAN_ID}`, askedIn: 'C0DENIS', channel: 'C0SRE', closed: false };
export const CLOSED = { ...APART, closed: true };

/** Mara's approval of the request, and the end that it came to a minute later. */
export const VOTE = { ...MARA, vote: 'approve', digest: DIGEST, at: '2026-11-14T03:20:00.000Z' } as const;
export const ENDED = { endedAt: '2026-11-14T03:21:00.000Z' };
