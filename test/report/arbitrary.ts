import fc from 'fast-check';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import type { Diagnosis, Finding } from '../../src/diagnosis/finding.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Approvals } from '../../src/report/approvals.ts';
import type { GlassView } from '../../src/report/glass.ts';
import type { ChecklistView, HandView } from '../../src/report/hand-states.ts';
import type { HomeState } from '../../src/report/home.ts';
import type {
  AlertState,
  Criterion,
  DiagnosisRootView,
  DiagnosisView,
  EscalationView,
  LateLook,
  PlanView,
  ProgressView,
  ProofView,
  SilenceOffer,
  SilenceState,
  SilenceView,
  UnknownView,
} from '../../src/report/states.ts';

/** Inputs as hostile as the outside can make them. Whatever calls somebody in them is spelled EVIL. */

export const EVIL = [
  '<!channel>',
  '<!here|x>',
  '<@UEVIL1>',
  '<!subteam^SEVIL1>',
  '<https://evil.example|Approve>',
  '<#CEVIL1>',
];

const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...EVIL,
      '',
      ' ',
      '\n',
      '```',
      '`',
      '*a*',
      '&amp;',
      '\u202eabc',
      'a\u200bb',
      '\ud83d',
      '__proto__',
      'x\u{e0041}',
      '… (cut)',
      '|',
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...EVIL, '&', '\n', '```\n', 'a ', '😀', '\u200f')
      .map((part) => part.repeat(Math.ceil(10_000 / part.length))),
  },
);
const some = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 6) => fc.array(arbitrary, { maxLength });
const id = fc.uuid();
const ref = id.map((uuid) => `alert:${uuid}`);
const iso = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  { weight: 1, arbitrary: fc.constantFrom('0001-01-01T00:00:00Z', 'never', '', '9999-12-31T23:59:59Z') },
);
const now = fc.constant('2026-11-14T03:12:00.000Z');
const person = fc.record({ team: fc.constant('T1'), user: fc.oneof(fc.constant('U0GOOD'), text) });
/** Names reach ids; as JSON they cannot be half a character. */
const anyName = text.map((one) => one.toWellFormed());
const count = fc.oneof(fc.nat(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
const status = fc.constantFrom('failing', 'warning', 'unknown', 'healthy');
const risk = fc.constantFrom('safe', 'disruptive', 'destructive');
const named = fc.record({ name: anyName, title: text });
const version = fc.constant('a'.repeat(32));
const action = fc.record({
  ...{ name: anyName, title: text, risk, version },
  ...{ needsApproval: fc.boolean(), about: text },
});
const planState = fc.constantFrom(
  'waiting',
  'approved',
  'running',
  'done',
  'failed',
  'unknown',
  'denied',
  'cancelled',
  'expired',
  'void',
);
const remedy = fc.record({
  ...{ title: text, risk, state: planState, at: iso },
  needsApproval: fc.boolean(),
  approvedBy: some(person, 12),
});
const verdict = fc.record({
  status,
  sentence: text,
  counts: fc.record({ failing: fc.nat(9), warning: fc.nat(9), unknown: fc.nat(9), healthy: fc.nat(9) }),
  suggests: some(text),
});
const hands = fc.record({ all: fc.nat(20), left: fc.nat(20), only: fc.boolean() });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const escalates = nullable(fc.record({ to: text, at: iso, title: text }));
const picture = fc.record({ key: id, title: text, alt: text });
const scalar = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null));
const parameters = fc.dictionary(fc.oneof(fc.constant('queue'), text), scalar, { maxKeys: 12 });
const evidence = some(fc.record({ label: text, text }), 40);

const anyFinding: fc.Arbitrary<Finding> = fc.record({
  check: anyName,
  title: text,
  status,
  says: text,
  limit: text,
  value: fc.constant(null),
  evidence: some(fc.record({ label: text, text }), 3),
  thresholds: fc.constant({}),
  tookMs: count,
});
export const anyDiagnosis: fc.Arbitrary<Diagnosis> = fc.record({
  service: text,
  runbook: text,
  title: text,
  parameters,
  at: iso,
  findings: fc.oneof(some(anyFinding), fc.array(anyFinding, { minLength: 200, maxLength: 200, size: 'max' })),
  pending: some(text, 40),
  verdict,
  tookMs: count,
});

const silenceState = {
  until: iso,
  by: person,
  reason: text,
  ended: nullable(fc.record({ at: iso, by: nullable(person) })),
};
const anySilenceState: fc.Arbitrary<SilenceState> = fc.record(silenceState);
export const anySilence: fc.Arbitrary<SilenceView> = fc.record({
  ...silenceState,
  title: text,
  service: named,
  labels: fc.dictionary(text, text, { maxKeys: 30 }),
  says: text,
  link: nullable(text),
  now,
});
/** Labels as Alertmanager gives them: names are checked there. */
export const anySilenceOffer: fc.Arbitrary<SilenceOffer> = fc.record({
  title: text,
  service: named,
  labels: fc.dictionary(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,150}$/), text, { maxKeys: 130 }),
  times: fc.constant([
    { id: '30m', title: '30 minutes' },
    { id: '1h', title: '1 hour' },
  ]),
});

export const anyAlert: fc.Arbitrary<AlertState> = fc.record({
  ref,
  title: text,
  service: named,
  runbook: nullable(named),
  status: fc.constantFrom('firing', 'resolved'),
  severity: text,
  startsAt: iso,
  resolvedAt: nullable(iso),
  labels: fc.dictionary(text, text, { maxKeys: 30 }),
  summary: nullable(text),
  count: fc.nat(),
  cut: fc.nat(),
  repeats: fc.nat(),
  acknowledgedBy: nullable(person),
  diagnosis: nullable(verdict),
  lacking: some(text, 30),
  hands,
  actions: some(action, 30),
  remedies: some(remedy, 30),
  canSilence: fc.boolean(),
  silence: nullable(anySilenceState),
  canEscalate: fc.boolean(),
  escalates,
  called: fc.array(fc.record({ to: text, at: iso, priority: nullable(text) }), { maxLength: 12 }),
  runbooks: some(named, 30),
  links: some(
    fc.record({
      title: text,
      url: fc.oneof(
        text,
        fc.webUrl(),
        fc.constantFrom('javascript:alert(1)', 'https://a@b.c/', 'http://x/?<!channel>|y'),
      ),
    }),
  ),
  now,
});

export const anyDiagnosisView: fc.Arbitrary<DiagnosisView> = fc.record({
  diagnosis: anyDiagnosis,
  lacking: some(text, 30),
  hands,
  ref,
  actions: some(action, 30),
  pictures: some(picture, 30),
  escalation: escalates,
  by: nullable(person),
  now,
});
export const anyRoot: fc.Arbitrary<DiagnosisRootView> = fc.record({
  ref,
  service: named,
  runbook: named,
  parameters,
  by: person,
  at: iso,
  verdict: nullable(verdict),
  hands,
  tookMs: nullable(count),
  now,
});

export const anyChecklist: fc.Arbitrary<ChecklistView> = fc.record({
  ref,
  runbook: named,
  service: named,
  items: fc.array(
    fc.record({
      check: anyName,
      title: text,
      does: text,
      role: nullable(text),
      phase: nullable(text),
      tick: nullable(fc.record({ by: person, at: iso })),
    }),
    { minLength: 1, maxLength: 80, size: 'max' },
  ),
  now,
});

export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  catalogue: text,
  service: text,
  runbook: text,
  action: text,
  title: text,
  risk,
  parameters,
  steps: some(
    fc.record({
      kind: text,
      input: fc.constant({}),
      what: text,
      fingerprint: fc.constant({ substance: {} }),
    }),
    30,
  ),
  preview: fc.record({ what: text, amount: text, evidence }),
  undo: text,
  policy: fc.constant({ by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' }),
  requester: person,
  reason: text,
});
const digest = fc.constant('a'.repeat(64));
const vote = fc
  .tuple(person, fc.constantFrom('approve', 'deny'), digest, iso)
  .map(([who, cast, carried, at]) => ({ ...who, vote: cast as 'approve' | 'deny', digest: carried, at }));

export const anyCriterion: fc.Arbitrary<Criterion> = fc.record({
  title: text,
  met: fc.constantFrom('met', 'nearly', 'not-met', 'unknown', 'informs', 'by-hand'),
  says: text,
  limit: nullable(text),
  at: iso,
});

const signed = fc.record({ by: person, at: iso, note: text });

export const anyGlass: fc.Arbitrary<GlassView> = fc.record({
  ...{ id, digest, title: text, what: text, amount: nullable(text) },
  service: fc.record({ name: text, title: text }),
  requester: person,
  review: fc.record({ by: person, at: iso, reason: text, signed: nullable(signed) }),
  approverGroups: some(fc.record({ title: text, group: text }), 12),
  calls: fc.boolean(),
  now,
});

export const anyLateLook: fc.Arbitrary<LateLook> = fc.record({
  endedAt: nullable(iso),
  checks: some(fc.record({ title: text, status, says: text }), 30),
  needsReason: fc.boolean(),
  at: iso,
});

const amounts = fc.record({
  asked: nullable(text),
  approved: nullable(text),
  begun: nullable(text),
  done: nullable(text),
});

export const anyRequest: fc.Arbitrary<PlanView> = fc.record({
  id,
  plan: anyPlan,
  digest,
  state: planState,
  madeAt: iso,
  expiresAt: iso,
  amounts,
  alertEndedAt: nullable(iso),
  late: anyLateLook,
  beginBefore: nullable(iso),
  votes: some(vote, 12),
  claimedBy: some(person, 12),
  approverGroups: some(fc.record({ title: text, group: text }), 12),
  missing: fc.nat(5),
  place: fc.record({
    key: id.map((uuid) => `request:${uuid}`),
    askedIn: text,
    channel: nullable(text),
    closed: fc.boolean(),
  }),
  diagnosis: nullable(verdict),
  criteria: some(anyCriterion, 12),
  endedBy: nullable(person),
  endedAt: nullable(iso),
  reason: nullable(text),
  difference: some(text, 30),
  now,
});

export const anyProgress: fc.Arbitrary<ProgressView> = fc.record({
  id,
  digest,
  plan: anyPlan,
  amounts,
  by: person,
  approvedBy: some(person, 12),
  state: fc.constantFrom('running', 'verifying', 'done', 'failed', 'unknown'),
  steps: some(
    fc.record({
      title: text,
      state: fc.constantFrom('waiting', 'running', 'by-hand', 'done', 'failed', 'unknown'),
      says: text,
      tookMs: count,
      hand: fc.record({ role: nullable(text), until: iso }),
      by: fc.record({ person, at: iso }),
    }),
    40,
  ),
  beganAt: iso,
  endedAt: nullable(iso),
  verify: nullable(fc.record({ checks: some(text, 30), withinMs: count })),
  criteria: some(anyCriterion, 12),
  ref,
  undo: nullable(action),
  reason: nullable(text),
  now,
});

export const anyHand: fc.Arbitrary<HandView> = fc.record({
  id,
  digest,
  plan: anyPlan,
  step: fc.nat(40),
  of: fc.nat(40),
  does: text,
  role: nullable(fc.record({ title: text, group: nullable(text), reach: nullable(text) })),
  until: iso,
  ended: nullable(fc.record({ ok: fc.boolean(), by: nullable(person), at: iso, says: text })),
  now,
});

const side = nullable(fc.record({ status, says: text }));
export const anyProof: fc.Arbitrary<ProofView> = fc.record({
  plan: anyPlan,
  amounts,
  ref,
  done: fc.boolean(),
  healed: fc.boolean(),
  beforeAt: iso,
  afterAt: iso,
  checks: some(fc.record({ title: text, before: side, after: side }), 30),
  actions: some(action, 30),
  undo: nullable(action),
  picture: nullable(picture),
  tookMs: count,
  now,
});
export const anyUnknown: fc.Arbitrary<UnknownView> = fc.record({
  id,
  digest,
  plan: anyPlan,
  step: text,
  beganAt: iso,
  seen: nullable(fc.record({ ok: fc.boolean(), says: text, at: iso })),
  known: some(fc.record({ title: text, status, says: text }), 30),
  settled: nullable(fc.record({ happened: fc.boolean(), by: person, at: iso })),
  now,
});
export const anyEscalation: fc.Arbitrary<EscalationView> = fc.record({
  ref,
  group: nullable(text),
  reach: nullable(text),
  priority: nullable(text),
  unresolved: fc.boolean(),
  sees: nullable(text),
  note: nullable(text),
  to: text,
  title: text,
  service: named,
  because: nullable(fc.record({ title: text, status, says: text, forMs: count })),
  say: nullable(text),
  startsAt: iso,
  resolvedAt: nullable(iso),
  diagnosis: nullable(verdict),
  tried: some(remedy, 30),
  acknowledged: fc.boolean(),
  by: nullable(person),
  now,
});

const listed = fc.record({
  id,
  digest,
  title: text,
  service: text,
  state: planState,
  requester: person,
  madeAt: iso,
  expiresAt: iso,
  endedAt: nullable(iso),
  link: nullable(text),
});
const approvals = {
  waitingForMe: some(listed, 40),
  reviews: some(
    listed.map((plan) => ({ ...plan, by: plan.requester, at: plan.madeAt })),
    40,
  ),
  mine: some(listed, 40),
  decided: some(listed, 40),
  now,
};
export const anyApprovals: fc.Arbitrary<Approvals> = fc.record(approvals);
export const anyHome: fc.Arbitrary<HomeState> = fc.record({
  ...approvals,
  person,
  alerts: some(
    fc.record({
      title: text,
      service: text,
      status: fc.constantFrom('firing', 'resolved'),
      severity: text,
      startsAt: iso,
      resolvedAt: nullable(iso),
      link: nullable(text),
    }),
    40,
  ),
  services: some(fc.record({ name: text, title: text, about: text, runbooks: some(named, 40) }), 40),
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/);
const parameter = fc.oneof(
  fc.record({ type: fc.constant('string' as const), about: text, default: anyName, pattern: text }),
  fc.record({
    type: fc.constant('string' as const),
    values: fc.array(anyName, { minLength: 1, maxLength: 120 }),
  }),
  fc.record({
    type: fc.constant('number' as const),
    default: fc.double(),
    min: fc.double(),
    max: fc.double(),
  }),
  fc.record({ type: fc.constant('boolean' as const), default: fc.boolean() }),
);
/** As the catalogue gives it: names are checked, texts are anything. */
export const anyRunbook: fc.Arbitrary<Runbook> = fc
  .record({
    name,
    service: name,
    title: text,
    symptoms: text,
    parameters: fc.dictionary(name, parameter, { maxKeys: 30 }),
    actions: fc.uniqueArray(
      fc.record({ name, title: text, risk, steps: fc.constant([]), deadlineMs: fc.constant(1) }),
      { maxLength: 14, selector: (one) => one.name },
    ),
  })
  .map((runbook) => ({
    file: 'x.yml',
    alerts: [],
    checks: [],
    escalate: [],
    phases: [],
    history: [],
    links: {},
    drills: {},
    ...runbook,
  }));

export { text as anyText };
