import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/plan/plan.ts';
import { approvalMessage } from '../../src/report/approval.ts';
import {
  type AskView,
  approvalDialog,
  approvalWaiting,
  askDialog,
  denyDialog,
} from '../../src/report/approval-dialogs.ts';
import { changedOutputs } from '../../src/report/changed-lines.ts';
import { previewView } from '../../src/report/evidence.ts';
import { planRef } from '../../src/report/ids.ts';
import { noticeMessage } from '../../src/report/notice.ts';
import type { Criterion, LateLook, PlanView } from '../../src/report/states.ts';
import { isReadable, wholeOf } from '../../src/report/whole.ts';
import * as night from './examples.ts';
import { buttonsOf, plainMessage, plainView } from './plain.ts';

const REF = planRef(night.PLAN_ID, night.DIGEST);
const { VOTE: vote, ENDED: at } = night;
const lines = (more: Partial<PlanView> = {}) => plainMessage(approvalMessage(night.request(more)));

describe('a request for approval', () => {
  it('says on a lock screen what waits and until when', () => {
    expect(approvalMessage(night.request()).text).toBe(
      '🔶 Waiting for approval · Purge the queue celery · denis · expires 03:34 UTC',
    );
  });

  it('says that its alert has ended while it waits, and what was seen where it was asked for all the same', () => {
    const alertEndedAt = '2026-11-14T03:18:00.000Z';
    const says = '🟢 Its alert has ended at 03:18 UTC: is it still needed?';
    for (const make of [approvalMessage, noticeMessage]) {
      const made = (more: Partial<PlanView>) => plainMessage(make(night.request({ alertEndedAt, ...more })));
      expect(made({})).toContain(says);
      expect(made({ state: 'denied' })).not.toContain(says);
      const checks = [{ title: 'Jobs', status: 'healthy' as const, says: '3 jobs' }];
      expect(made({ late: { endedAt: alertEndedAt, checks, needsReason: true, at: night.NOW } })).toContain(
        '⚠️ Asked for all the same: the alert has ended, and Jobs: 3 jobs (healthy).',
      );
    }
  });

  it('shows all that an approver needs to decide', () => {
    expect(lines()).toEqual([
      '🔶 *Waiting for approval* · *Purge the queue celery* · denis · expires 03:34 UTC (14 Nov 03:34 UTC)',
      'Asked by @UNOOR: “duplicates from the 02:50 replay”',
      '@SSRE: please decide. 1 approval is missing.',
      '*What runs*  celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
      '*How much*  1,243 jobs waiting, 0 reserved, oldest 47 min',
      '*Undo*  none: it cannot be taken back',
      '*Seen before*  ❌ *Failing* · The queue grows, and no worker answers.',
      '*Votes*  0 of 1 · a member of SRE, not the one who asks',
      '*Dry run* · celery inspect reserved',
      '```',
      '-> celery@denis-workers-7d4c9: OK',
      '    - empty -',
      '```',
      '[Approve] [Deny] [Claim] [Cancel request]',
      '~ plan 7f3a9c01… · made at 03:19 UTC · destructive · `queue=celery`',
    ]);
  });

  const criterion = (title: string, met: Criterion['met'], says: string, limit: string | null = null) => ({
    ...{ title, met, says, limit },
    at: '2026-11-14T03:19:00.000Z',
  });
  const CRITERIA = [
    criterion('Error rate', 'met', '34 %', 'failing over 30 %'),
    criterion('p95', 'nearly', '9.2 s', 'warning over 8 s'),
    criterion('Sound', 'by-hand', 'Listen to three answers.'),
    criterion('Budget', 'unknown', 'Prometheus did not answer'),
    criterion('Errors in the log', 'not-met', '0 lines', 'failing over 10 lines'),
    criterion('Requests', 'informs', '12 a second'),
  ];

  it('shows what justifies it, each with its figure and whether it is met', () => {
    const shown = lines({ criteria: CRITERIA });
    const from = shown.findIndex((line) => line.startsWith('*Criteria*'));
    expect(shown.slice(from, from + 7)).toEqual([
      '*Criteria*  1 of 5 met · looked at 03:19 UTC',
      '✅ Met · Error rate: 34 %   _(met over 30 %)_',
      '⚠️ Nearly · p95: 9.2 s   _(nearly over 8 s)_',
      '✋ For a person to see · Sound: Listen to three answers.',
      '❔ Not known · Budget: Prometheus did not answer',
      '➖ Not met · Errors in the log: 0 lines   _(met over 10 lines)_',
      '▫️ To know · Requests: 12 a second',
    ]);
  });

  it('says only how many were met once it is decided', () => {
    const shown = lines({ criteria: CRITERIA, state: 'denied' });
    expect(shown).toContain('*Criteria*  1 of 5 met · looked at 03:19 UTC');
    expect(shown.join()).not.toContain('Error rate');
  });

  it.each([
    [1, '⚠️ *Its criterion is not met* · looked at 03:19 UTC'],
    [5, '⚠️ *None of its 4 criteria is met* · looked at 03:19 UTC'],
  ])('says so when nothing justifies it (of %i)', (count, words) => {
    expect(lines({ criteria: CRITERIA.slice(1, 1 + count) })).toContain(words);
  });

  it('counts votes on this very plan only, and says who looks at it', () => {
    const other = { ...vote, user: 'UOTHER', digest: 'f'.repeat(64) };
    const plan = { ...night.PLAN, policy: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } };
    const shown = lines({ plan, votes: [vote, other], missing: 1, claimedBy: [night.MARA] });
    expect(shown).toContain('*Votes*  1 of 2 (@UMARA) · a member of SRE, not the one who asks');
    expect(shown).toContain('👀 @UMARA is looking at it');
    expect(shown).toContain('[Approve] [Deny] [Cancel request]');
  });

  it('leads to the whole dry run when it does not fit', () => {
    const evidence = [{ label: 'celery inspect reserved', text: 'job\n'.repeat(2_000) }];
    const preview = { ...night.PLAN.preview, evidence };
    expect(buttonsOf(approvalMessage(night.request({ plan: { ...night.PLAN, preview } })))).toContain(
      'Whole dry run',
    );
    expect(buttonsOf(approvalMessage(night.request()))).not.toContain('Whole dry run');
  });

  it('lists the steps in their order when there are several', () => {
    const [step] = night.PLAN.steps;
    const steps = ['scale to 0', 'purge', 'scale to 6'].map((what) => ({
      ...step,
      kind: 'celery',
      input: {},
      what,
      fingerprint: { substance: {} },
    }));
    const shown = lines({ plan: { ...night.PLAN, steps } });
    expect(shown.slice(3, 7)).toEqual(['*What runs*', '1. scale to 0', '2. purge', '3. scale to 6']);
  });

  it('shows every step whole, however much a person is to do', () => {
    const [step] = night.PLAN.steps;
    const steps = Array.from({ length: 4 }, (_, index) => {
      const what = `by hand: ${index} ${'x'.repeat(490)}`;
      return { kind: 'manual', input: {}, fingerprint: { substance: {} }, ...step, what };
    });
    const shown = lines({ plan: { ...night.PLAN, steps } });
    for (const { what } of steps) expect(shown.join('\n')).toContain(what);
  });

  it('carries nothing but the plan and its digest in its buttons', () => {
    const row = approvalMessage(night.request()).blocks.find(({ type }) => type === 'actions') as {
      elements: { value: string }[];
    };
    expect(new Set(row.elements.map(({ value }) => value))).toEqual(new Set([REF]));
  });

  it.each<[string, Partial<PlanView>, string, string]>([
    [
      'approved',
      { state: 'approved', votes: [vote], missing: 0, beginBefore: '2026-11-14T03:25:00.000Z' },
      '🔷 Approved · Purge the queue celery · denis',
      'Approved by @UMARA at 03:20 UTC. It begins by 03:25 UTC or not at all.',
    ],
    [
      'running',
      { state: 'running', votes: [vote] },
      '▶️ Running · Purge the queue celery · denis',
      'Approved by @UMARA at 03:20 UTC. It runs now: see the thread.',
    ],
    [
      'done',
      { state: 'done', votes: [vote], ...at },
      '✅ Done · Purge the queue celery · denis',
      'Approved by @UMARA at 03:20 UTC. Done at 03:21 UTC: the thread shows before and after.',
    ],
    [
      'failed',
      { state: 'failed', votes: [vote], ...at, reason: 'redis.denis:6379 refused' },
      '❌ Failed · Purge the queue celery · denis · redis.denis:6379 refused',
      'Approved by @UMARA at 03:20 UTC. Failed at 03:21 UTC: redis.denis:6379 refused. See the thread before you try again.',
    ],
    [
      'of unknown end',
      { state: 'unknown', votes: [vote] },
      '❔ Unknown · Purge the queue celery · denis · its end was not seen',
      'Approved by @UMARA at 03:20 UTC. It began, and its end was not seen. Say in the thread what happened: Guardia does not repeat it.',
    ],
    [
      'denied',
      { state: 'denied', endedBy: night.MARA, ...at, reason: 'The replay still runs.' },
      '⛔ Denied · Purge the queue celery · denis · “The replay still runs.”',
      'Denied by @UMARA at 03:21 UTC: “The replay still runs.” Nothing ran.',
    ],
    [
      'denied in half a sentence',
      { state: 'denied', endedBy: night.MARA, ...at, reason: 'paid orders' },
      '⛔ Denied · Purge the queue celery · denis · “paid orders”',
      'Denied by @UMARA at 03:21 UTC: “paid orders”. Nothing ran.',
    ],
    [
      'cancelled',
      { state: 'cancelled', endedBy: night.NOOR, ...at },
      '⚪ Cancelled · Purge the queue celery · denis',
      'Cancelled by @UNOOR at 03:21 UTC. Nothing ran.',
    ],
    [
      'expired',
      { state: 'expired', missing: 0, ...at },
      '⌛ Expired · Purge the queue celery · denis',
      'Expired at 03:21 UTC. 1 approval was missing. Nothing ran: ask again if it is still needed.',
    ],
    [
      'expired after its approval',
      { state: 'expired', votes: [vote], missing: 0, ...at },
      '⌛ Expired · Purge the queue celery · denis',
      'Expired at 03:21 UTC. It was approved and did not begin in time. Nothing ran: ask again if it is still needed.',
    ],
    [
      'void',
      { state: 'void', difference: ['jobs waiting: 1,243 → 48,000'], ...at },
      '⚪ Void · Purge the queue celery · denis · jobs waiting: 1,243 → 48,000',
      'Void at 03:21 UTC: it can no longer run as it was asked for. Nothing ran: ask again if it is still needed.',
    ],
  ])('once %s, says so and has no buttons', (_, more, text, line) => {
    const message = approvalMessage(night.request(more));
    expect(message.text).toBe(text);
    expect(plainMessage(message)[2]).toBe(line);
    expect(buttonsOf(message)).toEqual([]);
  });

  it('of what nobody had to approve tells that it came to nothing', () => {
    const { policy: _, ...plan } = night.PLAN;
    expect(lines({ plan, state: 'expired', ...at })[2]).toBe(
      'Expired at 03:21 UTC. It did not begin in time. Nothing ran: ask again if it is still needed.',
    );
  });

  it('calls the approvers only while it waits', () => {
    expect(lines().join()).toContain('@SSRE');
    for (const state of ['approved', 'running', 'done', 'denied', 'expired', 'void'] as const) {
      expect(lines({ state }).join()).not.toContain('@SSRE');
    }
  });

  it('says what would have run when nothing ran', () => {
    expect(lines({ state: 'denied' })[3]).toMatch(/^\*What would have run\*/);
    expect(lines({ state: 'done' })[3]).toMatch(/^\*What ran\*/);
  });
});

describe('the dialog of an approval', () => {
  it('has each step on a line of its own where there are several', () => {
    const steps = ['by hand: Provision a server.', 'restore the backup'];
    expect(plainView(approvalDialog(REF, { ...ok, steps }))).toEqual(
      expect.arrayContaining(['*What runs*', '1. by hand: Provision a server.', '2. restore the backup']),
    );
  });

  const step = (what: string) => ({ kind: 'manual', input: {}, what, fingerprint: { substance: {} } });
  const request = (plan: Partial<Plan>) => night.request({ plan: { ...night.request().plan, ...plan } });
  const everywhere = (view: PlanView) => {
    const whole = wholeOf(view.plan);
    return [approvalDialog(REF, { ...ok, ...whole }), previewView(view.plan)].map((one) =>
      JSON.stringify(one),
    );
  };

  it.each<[string, Partial<Plan>, string]>([
    [
      'the end of a long step',
      {
        preview: { what: `psql -c "delete where id in (${'1234567, '.repeat(90)}0) or true"`, evidence: [] },
      },
      'or true',
    ],
    [
      'the last of many steps',
      {
        steps: [
          ...Array.from({ length: 12 }, (_, at) => step(`by hand: ${at} ${'look at it well. '.repeat(28)}`)),
          step('delete every key in database 0'),
        ],
      },
      '13. delete every key in database 0',
    ],
    [
      'the last of many amounts',
      {
        preview: {
          what: 'x',
          amount: `${'9 pods of a workload; '.repeat(20)}48,000 jobs waiting`,
          evidence: [],
        },
      },
      '48,000 jobs waiting',
    ],
  ])('shows %s, and so does the whole dry run, which the request then leads to', (_what, plan, wanted) => {
    const view = request(plan);
    for (const text of everywhere(view)) expect(text).toContain(wanted);
    expect(lines({ plan: view.plan }).join('\n')).not.toContain(wanted);
    expect(lines({ plan: view.plan }).join('\n')).toContain('[Whole dry run]');
    expect(isReadable(wholeOf(view.plan))).toBe(true);
  });

  it('could not show what is longer than a block or has more steps than it has room for', () => {
    const readable = (plan: Partial<Plan>) => isReadable(wholeOf(request(plan).plan));
    const long = 'x'.repeat(3_000);
    expect(readable({ preview: { what: long, evidence: [] }, steps: [step(long)] })).toBe(false);
    expect(readable({ preview: { what: 'x', amount: long, evidence: [] } })).toBe(false);
    expect(readable({ steps: [step('a'), step(long)] })).toBe(false);
    expect(readable({ steps: Array.from({ length: 40 }, () => step('a')) })).toBe(true);
    expect(readable({ steps: Array.from({ length: 41 }, () => step('a')) })).toBe(false);
  });

  it('shows what the dry run says now, where that is something else', () => {
    const then = [{ label: 'find', text: 'a\n40 files\nb' }];
    const dryRun = changedOutputs(then, [{ label: 'find', text: 'b\na\n48,000 files' }]);
    const lines = plainView(approvalDialog(REF, { ...ok, dryRun }));
    expect(lines).toEqual(
      expect.arrayContaining([
        '*Dry run, what differs from when it was asked for* · find',
        '- 40 files',
        '+ 48,000 files',
        '2 lines are the same.',
      ]),
    );
    expect(lines).not.toContain('+ b');
  });

  it('shows what justifies it at this moment', () => {
    const criteria: Criterion[] = [
      {
        title: 'Error rate',
        met: 'not-met',
        says: '2 %',
        limit: 'failing over 30 %',
        at: '2026-11-14T03:20:00.000Z',
      },
    ];
    expect(plainView(approvalDialog(REF, { ...ok, criteria }))).toEqual(
      expect.arrayContaining([
        '⚠️ *Its criterion is not met* · looked at 03:20 UTC',
        '➖ Not met · Error rate: 2 %   _(met over 30 %)_',
      ]),
    );
  });

  const ok = {
    ok: true as const,
    title: 'Purge the queue celery',
    what: 'celery purge',
    amount: '1,243 jobs',
    steps: [],
    undo: 'none',
    criteria: [],
    now: '2026-11-14T03:20:00.000Z',
    digest: night.DIGEST,
    expiresAt: '2026-11-14T03:34:00.000Z',
  };

  it('repeats what matters, and carries the plan and its digest', () => {
    const view = approvalDialog(REF, ok);
    expect(view).toMatchObject({ callback_id: 'dialog-approve', private_metadata: REF });
    expect(plainView(view)).toEqual([
      '# Approve   [Approve] [Not now]',
      '*Purge the queue celery*',
      '*What runs*  celery purge',
      '*How much*  1,243 jobs',
      '  | *Undo* / none: it cannot be taken back',
      '  | *Expires* / 03:34 UTC (14 Nov 03:34 UTC)',
      'Made anew just now. Your approval counts for exactly this, and it starts once no approval is missing.',
    ]);
  });

  it('has nothing to submit while it is made anew, nor when the vote would not count', () => {
    expect(approvalWaiting(REF).submit).toBeUndefined();
    const refused = approvalDialog(REF, {
      ok: false,
      says: 'You asked for this, so somebody else has to approve it.',
    });
    expect(refused.submit).toBeUndefined();
    expect(plainView(refused)[1]).toBe('You asked for this, so somebody else has to approve it.');
  });
});

describe('a denial', () => {
  it('needs a reason', () => {
    const view = denyDialog(REF, night.PLAN.title);
    expect(view).toMatchObject({ callback_id: 'dialog-deny', private_metadata: REF });
    expect(view.blocks.at(-1)).toMatchObject({
      block_id: 'reason',
      optional: false,
      element: { multiline: true },
    });
  });
});

describe('the question before an action', () => {
  const base = {
    metadata: night.ALERT,
    changed: false,
    service: 'denis',
    runbook: { service: 'denis', name: 'workers-stuck', title: 'Celery workers are stuck', parameters: {} },
    parameters: { queue: 'celery' },
    lacking: [],
  };

  it('asks why before what is destructive, and says that nothing runs yet', () => {
    const view = askDialog({
      ...base,
      action: { title: night.PLAN.title, risk: 'destructive', undo: 'none' },
      approval: { by: ['SRE'], votes: 2 },
    });
    expect(plainView(view)).toEqual([
      '# Purge the queue celery   [Ask for approval] [Not now]',
      '*Purge the queue celery* · denis · Celery workers are stuck',
      '`queue=celery`',
      '*Risk*  destructive: a second person approves it first',
      '*Undo*  none: it cannot be taken back',
      '*Next*  Guardia shows exactly what would run and asks SRE for 2 approvals. Nothing runs before.',
      'Why is it needed?: {plain_text_input}',
    ]);
  });

  it('asks why before what is disruptive, too, where somebody has to approve it', () => {
    const approval = { by: ['SRE'], votes: 1 };
    const view = askDialog({ ...base, parameters: {}, action: { ...night.RESTART }, approval });
    expect(plainView(view)).toEqual([
      '# Restart the StatefulSet   [Ask for approval] [Not now]',
      '*Restart the StatefulSet* · denis · Celery workers are stuck',
      'Redis is away for about 20 s.',
      '*Risk*  disruptive: users may notice, and a second person approves it first',
      '*Next*  Guardia shows exactly what would run and asks SRE for 1 approval. Nothing runs before.',
      'Why is it needed?: {plain_text_input}',
    ]);
  });

  it('asks only whether before what is disruptive', () => {
    const view = askDialog({ ...base, parameters: {}, action: { ...night.RESTART }, approval: null });
    expect(plainView(view)).toEqual([
      '# Restart the StatefulSet   [Start it] [Not now]',
      '*Restart the StatefulSet* · denis · Celery workers are stuck',
      'Redis is away for about 20 s.',
      '*Risk*  disruptive: users may notice',
      '*Next*  It starts at once, and the thread shows how far it is.',
    ]);
  });

  describe('whose button was used late', () => {
    const action = { ...night.RESTART };
    const seen = [{ title: 'Answers PING', status: 'healthy' as const, says: 'PONG' }];
    const late: LateLook = { endedAt: null, checks: seen, needsReason: true, at: night.NOW };
    const shown = (more: Partial<LateLook>, approval: AskView['approval'] = null) =>
      plainView(askDialog({ ...base, parameters: {}, action, approval, late: { ...late, ...more } }));

    it('says what the checks say now, and asks why all the same', () => {
      expect(shown({})).toEqual([
        '# Restart the StatefulSet   [Start it all the same] [Not now]',
        '*Restart the StatefulSet* · denis · Celery workers are stuck',
        'Redis is away for about 20 s.',
        '*Looked again just now*',
        '✅ *Healthy* · Answers PING: PONG',
        '*Restart the StatefulSet all the same?*',
        '*Risk*  disruptive: users may notice',
        '*Next*  It starts at once, and the thread shows how far it is.',
        'Why all the same?: {plain_text_input}',
      ]);
    });

    it('says that the alert has ended, also where no check can be looked at', () => {
      const lines = shown({ endedAt: '2026-11-14T03:14:00.000Z', checks: [] });
      expect(lines).toContain('🟢 The alert has ended at 03:14 UTC.');
      expect(lines).not.toContain('*Looked again just now*');
    });

    it('asks for the approval all the same where somebody has to approve it', () => {
      expect(shown({}, { by: ['SRE'], votes: 1 })[0]).toContain('[Ask all the same]');
    });

    it('asks nothing where what calls for it is still seen', () => {
      const checks = [{ title: 'Answers PING', status: 'failing' as const, says: 'refused' }];
      const lines = shown({ checks, needsReason: false });
      expect(lines[0]).toContain('[Start it]');
      expect(lines).toContain('❌ *Failing* · Answers PING: refused');
      expect(lines.join('\n')).not.toContain('all the same');
    });
  });

  it('carries ids whole or not at all', () => {
    const metadata = 'x'.repeat(3_001);
    expect(() => askDialog({ ...base, metadata, action: night.RESTART, approval: null })).toThrow(
      /too long for a dialog/,
    );
  });
});
