import { describe, expect, it } from '@jest/globals';
import { escalateDialog, escalationMessage } from '../../src/report/escalation.ts';
import { progressMessage, proofMessage, unknownMessage } from '../../src/report/run.ts';
import type {
  Compared,
  EscalationView,
  ProgressView,
  ProofView,
  UnknownView,
} from '../../src/report/states.ts';
import * as night from './examples.ts';
import { plainMessage } from './plain.ts';

const BEGAN = '2026-11-14T03:20:11.000Z';
const ENDED = '2026-11-14T03:20:13.100Z';

function progress(more: Partial<ProgressView> = {}): ProgressView {
  return {
    id: night.PLAN_ID,
    digest: night.DIGEST,
    plan: night.PLAN,
    by: night.NOOR,
    approvedBy: [night.MARA],
    state: 'running',
    amounts: night.amountsOf(night.PLAN),
    steps: [
      { title: 'scale deployment/denis-workers to 0', state: 'done', says: 'from 6 to 0', tookMs: 2_100 },
      { title: 'purge celery', state: 'running' },
      { title: 'scale to 6', state: 'waiting' },
    ],
    beganAt: BEGAN,
    endedAt: null,
    verify: { checks: ['Jobs waiting', 'Workers alive'], withinMs: 180_000 },
    criteria: [],
    ref: night.ALERT,
    undo: null,
    reason: null,
    now: ENDED,
    ...more,
  };
}

describe('progress', () => {
  it('shows each step and calls nobody while it runs', () => {
    expect(progressMessage(progress()).text).toBe('▶️ Running · Purge the queue celery · denis · step 2 of 3');
    expect(plainMessage(progressMessage(progress()))).toEqual([
      '▶️ *Running* · *Purge the queue celery* · denis · step 2 of 3',
      '✅ Done · scale deployment/denis-workers to 0: from 6 to 0 (2.1 s)',
      '▶️ Running · purge celery',
      '▫️ Next · scale to 6',
      '~ began at 03:20 UTC',
    ]);
  });

  it('shows what it waits for when a person is to do it, whose it is and how long, and who did it', () => {
    const until = '2026-11-14T04:20:00.000Z';
    const steps: ProgressView['steps'] = [
      {
        title: 'by hand: Provision a server.',
        state: 'done',
        by: { person: night.MARA, at: '2026-11-14T03:20:00.000Z' },
        tookMs: 1_800_000,
      },
      {
        title: 'by hand: Point the DNS record to it.',
        state: 'by-hand',
        hand: { role: 'DevOps team', until },
      },
      { title: 'restore the backup', state: 'waiting' },
    ];
    const message = progressMessage(progress({ steps }));
    expect(message.text).toBe(
      '✋ Waiting for a person · Purge the queue celery · denis · step 2 of 3 · until 04:20 UTC',
    );
    expect(plainMessage(message)).toEqual([
      '✋ *Waiting for a person* · *Purge the queue celery* · denis · step 2 of 3 · until 04:20 UTC (14 Nov 04:20 UTC)',
      '✅ Done · by hand: Provision a server. · @UMARA at 03:20 UTC (30 min)',
      '✋ Now · by hand: Point the DNS record to it. · DevOps team',
      '▫️ Next · restore the backup',
      '[It is done] [It cannot be done]',
      '~ began at 03:20 UTC',
    ]);
    const row = message.blocks.find(({ type }) => type === 'actions') as { elements: object[] };
    expect(row.elements).toMatchObject([{ action_id: 'hand-done:1' }, { action_id: 'hand-cannot:1' }]);
  });

  it('shows what justifies it where nobody had to approve it', () => {
    const criteria = [
      {
        title: 'Error rate',
        met: 'met' as const,
        says: '34 %',
        limit: null,
        at: '2026-11-14T03:20:00.000Z',
      },
    ];
    expect(plainMessage(progressMessage(progress({ criteria })))).toEqual(
      expect.arrayContaining(['*Criteria*  1 of 1 met · looked at 03:20 UTC', '✅ Met · Error rate: 34 %']),
    );
  });

  it('says what it waits for once the steps are done', () => {
    const steps = [{ title: 'purge celery', state: 'done' as const, tookMs: 2_100 }];
    const message = progressMessage(progress({ state: 'verifying', steps, endedAt: ENDED }));
    expect(message.text).toBe('⏳ Ran, checking · Purge the queue celery · denis · in 2.1 s');
    expect(plainMessage(message)[1]).toBe(
      'Checking whether it helped: Jobs waiting, Workers alive (for up to 3 min).',
    );
    expect(plainMessage(message).at(-1)).toBe('~ began at 03:20 UTC · asked by @UNOOR · approved by @UMARA');
  });

  it('says why it failed, and that nothing after it ran', () => {
    const steps = [{ title: 'purge celery', state: 'failed' as const, says: 'refused' }];
    const message = progressMessage(
      progress({ state: 'failed', steps, endedAt: ENDED, reason: 'redis.denis:6379 refused' }),
    );
    expect(message.text).toBe(
      '❌ Failed · Purge the queue celery · denis · after 0 of 1 step · redis.denis:6379 refused',
    );
    expect(plainMessage(message).slice(1, 4)).toEqual([
      'redis.denis:6379 refused',
      'Nothing after the failed step ran. Diagnose again before you try anything else.',
      '❌ Failed · purge celery: refused',
    ]);
  });

  it('does not claim that it helped where no check says so', () => {
    const steps = [{ title: 'restart', state: 'done' as const }];
    const restart = { ...night.PLAN, title: 'Restart', risk: 'disruptive' as const };
    const lines = plainMessage(
      progressMessage(
        progress({ plan: restart, approvedBy: [], state: 'done', steps, endedAt: ENDED, verify: null }),
      ),
    );
    expect(lines[1]).toBe('The runbook names no check for it: diagnose to see whether it helped.');
    expect(lines.at(-1)).toBe('~ began at 03:20 UTC · asked by @UNOOR · disruptive, no approval needed');
  });
});

describe('what an action touched', () => {
  const amounts = { asked: '40 keys', approved: '41 keys', begun: '41 keys', done: '0 keys' };
  const said =
    '*How much*  40 keys when it was asked for → 41 keys when it was approved and right before it ran → 0 keys done';

  it('stands side by side at each moment, in the proof', () => {
    expect(plainMessage(proofMessage(proof({ amounts })))).toContain(said);
  });

  it('stands side by side in the progress of what no check proves, once it has ended', () => {
    const ended = { state: 'done', amounts, endedAt: ENDED } as const;
    expect(plainMessage(progressMessage(progress({ ...ended, verify: null })))).toContain(said);
    expect(
      plainMessage(progressMessage(progress({ ...ended, verify: null, state: 'running' }))),
    ).not.toContain(said);
  });

  it('is told once where it was the same at each', () => {
    const same = { asked: '41 keys', approved: '41 keys', begun: null, done: '41 keys' };
    expect(plainMessage(proofMessage(proof({ amounts: same })))).toContain('*How much*  41 keys');
  });

  it('is not told where nothing was counted', () => {
    expect(plainMessage(proofMessage(proof())).join('\n')).not.toContain('How much');
  });
});

describe('a proof whose alert has ended', () => {
  it('says what fitted, and offers only what takes the action back', () => {
    const view = proof({
      healed: false,
      over: true,
      actions: [night.RESTART],
      undo: night.FLUSH,
      picture: null,
    });
    const lines = plainMessage(proofMessage(view));
    expect(lines).toContain('*What fitted then:* Restart the StatefulSet (disruptive)');
    expect(lines.at(-1)).toContain('Undo: Reconnect the workers');
    expect(lines.at(-1)).not.toContain('[Restart');
  });
});

describe('what was never ill', () => {
  const well = { status: 'healthy', says: '0 jobs' } as const;
  const ill = { status: 'failing', says: '9 jobs' } as const;
  const checks = (before: Compared['before'], after: Compared['after']) => [{ title: 'Jobs', before, after }];

  it('is not said to be healed', () => {
    const message = proofMessage(proof({ checks: checks(well, well) }));
    const lines = plainMessage(message);
    expect(message.text).toBe(
      '✅ Done · Purge the queue celery · denis · The checks were healthy before, and still are.',
    );
    expect(lines.join('\n')).not.toContain('Healed');
  });

  it('is not said to be healed where nobody had looked before', () => {
    expect(proofMessage(proof({ checks: checks(null, well) })).text).toMatch(
      /^✅ Done · .*The checks are healthy now. How they were before was not seen./,
    );
  });

  it('is said to be healthy no more where it was until then', () => {
    expect(proofMessage(proof({ healed: false, checks: checks(well, ill) })).text).toBe(
      '⚠️ Done, and not healthy since · Purge the queue celery · denis · Jobs is now 9 jobs',
    );
  });

  it('is not said to be healthy in spite of a failure', () => {
    expect(proofMessage(proof({ done: false, checks: checks(well, well) })).text).toMatch(/^❌ Failed · /);
  });
});

function proof(more: Partial<ProofView> = {}): ProofView {
  return {
    plan: night.PLAN,
    ref: night.ALERT,
    done: true,
    healed: true,
    amounts: { asked: null, approved: null, begun: null, done: null },
    beforeAt: '2026-11-14T03:20:00.000Z',
    afterAt: '2026-11-14T03:21:00.000Z',
    checks: [
      {
        title: 'Jobs waiting',
        before: { status: 'failing', says: '1,243 jobs' },
        after: { status: 'healthy', says: '0 jobs' },
      },
      {
        title: 'Workers alive',
        before: { status: 'failing', says: '0 of 6' },
        after: { status: 'healthy', says: '6 of 6' },
      },
    ],
    actions: [],
    undo: null,
    picture: { key: 'k', title: 'Jobs waiting', alt: 'Jobs waiting fell from 1,243 to 0 at 03:20 UTC' },
    tookMs: 2_100,
    now: ENDED,
    ...more,
  };
}

describe('the proof', () => {
  it('has before and after side by side', () => {
    expect(proofMessage(proof()).text).toBe(
      '✅ Healed · Purge the queue celery · denis · Jobs waiting: 1,243 jobs → 0 jobs',
    );
    expect(plainMessage(proofMessage(proof()))).toEqual([
      '✅ *Healed* · *Purge the queue celery* · denis · in 2.1 s',
      'Everything it was meant to heal is healthy.',
      '  | Check | before 03:20 | after 03:21',
      '  | Jobs waiting | 1,243 jobs · ❌ failing | 0 jobs · ✅ healthy',
      '  | Workers alive | 0 of 6 · ❌ failing | 6 of 6 · ✅ healthy',
      '(picture: Jobs waiting fell from 1,243 to 0 at 03:20 UTC)',
    ]);
  });

  it.each([
    [false, /^❌ Failed, and not healed/],
    [true, /^⚠️ Failed, yet healthy now/],
  ])('of what failed never says that it was done (healthy: %s)', (healed, words) => {
    const message = proofMessage(proof({ done: false, healed }));
    expect(message.text).toMatch(words);
    expect(plainMessage(message).join('\n')).not.toMatch(/Done|Healed/);
  });

  it('that it did not help says what is still wrong and what fits now', () => {
    const [jobs, workers] = proof().checks;
    const still = { title: 'Workers alive', before: workers?.before ?? null, after: workers?.before ?? null };
    const message = proofMessage(
      proof({ healed: false, checks: jobs ? [jobs, still] : [], actions: [night.RESTART], picture: null }),
    );
    expect(message.text).toBe(
      '⚠️ Done, but not healed · Purge the queue celery · denis · Workers alive is still 0 of 6',
    );
    expect(plainMessage(message).slice(-2)).toEqual([
      '*What fits now:* Restart the StatefulSet (disruptive)',
      '[+Restart the StatefulSet?] [Diagnose]',
    ]);
  });

  it('says of what fits now whether somebody has to approve it', () => {
    const actions = [{ ...night.RESTART, needsApproval: true }, night.PURGE];
    expect(plainMessage(proofMessage(proof({ healed: false, actions, picture: null })))).toContain(
      '*What fits now:* Restart the StatefulSet (disruptive, needs an approval), Purge the queue celery (destructive)',
    );
  });
});

describe('the action that takes another back', () => {
  const lines = (...message: Parameters<typeof plainMessage>) => plainMessage(...message).at(-1);

  it('is offered by the proof, whether it helped or not, and never stands first', () => {
    expect(lines(proofMessage(proof({ undo: night.RESTART })))).toBe(
      '[Diagnose] [Undo: Restart the StatefulSet?]',
    );
    expect(lines(proofMessage(proof({ undo: night.PURGE, healed: false, actions: [night.RESTART] })))).toBe(
      '[+Restart the StatefulSet?] [Diagnose] [!Undo: Purge the queue celery]',
    );
    expect(plainMessage(proofMessage(proof())).join()).not.toContain('[');
  });

  it('is offered where the run is told when there is no proof, once it has ended', () => {
    const steps = [{ title: 'switch', state: 'done' as const }];
    const ended = progress({ state: 'done', steps, endedAt: ENDED, verify: null, undo: night.FLUSH });
    expect(plainMessage(progressMessage(ended))).toContain('[Diagnose] [Undo: Reconnect the workers]');
    const failed = progress({ state: 'failed', steps, endedAt: ENDED, verify: null, undo: night.FLUSH });
    expect(plainMessage(progressMessage(failed))).toContain('[Diagnose] [Undo: Reconnect the workers]');
    const running = progress({ verify: null, undo: night.FLUSH });
    expect(plainMessage(progressMessage(running)).join()).not.toContain('Undo');
  });
});

describe('a run whose end was not seen', () => {
  const unknown: UnknownView = {
    id: night.PLAN_ID,
    digest: night.DIGEST,
    plan: night.PLAN,
    step: 'purge celery on denis-workers-7d4c9',
    beganAt: BEGAN,
    seen: null,
    known: [{ title: 'Jobs waiting', status: 'healthy', says: '0 jobs' }],
    settled: null,
    now: ENDED,
  };

  it('says what is known and lets people decide', () => {
    expect(unknownMessage(unknown).text).toBe(
      '❔ Unknown · Purge the queue celery · denis · began at 03:20 UTC, its end was not seen',
    );
    expect(plainMessage(unknownMessage(unknown))).toEqual([
      '❔ *Unknown* · *Purge the queue celery* · denis',
      'It began at 03:20 UTC and its end was not seen, at: purge celery on denis-workers-7d4c9',
      '*What is seen now*',
      '• ✅ Jobs waiting: 0 jobs (healthy)',
      'It is not repeated by itself. Look for yourself, then say what happened:',
      '[It was done] [It was not done]',
    ]);
  });

  it('asks no more once somebody has said it', () => {
    const settled = { happened: false, by: night.MARA, at: ENDED };
    expect(plainMessage(unknownMessage({ ...unknown, settled })).at(-1)).toBe(
      'It was not done, says @UMARA at 03:20 UTC.',
    );
  });

  it('says how it ended where that was seen after all, and who had settled it before', () => {
    const settled = { happened: false, by: night.MARA, at: BEGAN };
    const seen = { ok: true, says: 'purged 1,243 jobs from celery', at: ENDED };
    const message = unknownMessage({ ...unknown, settled, seen });
    expect(message.text).toBe(
      '❔ Unknown · Purge the queue celery · denis · began at 03:20 UTC, its end was seen after all',
    );
    expect(plainMessage(message)).toEqual([
      '❔ *Unknown* · *Purge the queue celery* · denis',
      'It began at 03:20 UTC and its end was seen after all, at: purge celery on denis-workers-7d4c9',
      '*At 03:20 UTC its end was seen after all:* it was done: purged 1,243 jobs from celery',
      '*What is seen now*',
      '• ✅ Jobs waiting: 0 jobs (healthy)',
      'It was not done, says @UMARA at 03:20 UTC, before its end was seen.',
    ]);
  });

  it('still asks people where its end was seen before they said what happened', () => {
    const seen = { ok: false, says: 'this replica stood still: it did nothing', at: ENDED };
    const lines = plainMessage(unknownMessage({ ...unknown, seen }));
    expect(lines[2]).toBe(
      '*At 03:20 UTC its end was seen after all:* it was not done, or not to its end: this replica stood still: it did nothing',
    );
    expect(lines.at(-1)).toBe('[It was done] [It was not done]');
  });
});

describe('an escalation', () => {
  const view: EscalationView = {
    ref: night.ALERT,
    group: 'S0SRE',
    to: 'SRE',
    reach: null,
    resolvedAt: null,
    priority: null,
    unresolved: false,
    sees: null,
    note: null,
    title: 'Redis is down',
    service: { name: 'denis', title: 'Denis' },
    because: { title: 'Answers PING', status: 'failing', says: 'refused, three tries', forMs: 300_000 },
    say: 'Look at the volume of redis-0 first.',
    startsAt: '2026-11-14T03:12:00.000Z',
    diagnosis: night.diagnosis().verdict,
    tried: [
      {
        title: 'Restart the StatefulSet',
        risk: 'disruptive',
        needsApproval: false,
        state: 'failed',
        at: BEGAN,
        approvedBy: [night.MARA],
      },
    ],
    acknowledged: false,
    by: null,
    now: ENDED,
  };

  it('says that the alert has ended, and has no buttons then', () => {
    const ended = escalationMessage({ ...view, resolvedAt: '2026-11-14T03:30:00.000Z' });
    expect(plainMessage(ended)).toContain(
      '🟢 The alert has ended at 03:30 UTC: nobody is needed for it any more.',
    );
    expect(ended.blocks.filter(({ type }) => type === 'actions')).toEqual([]);
  });

  it('calls the role alone, with what it has to know', () => {
    const message = escalationMessage(view);
    expect(message.text).toBe(
      '🔔 SRE is called · Redis is down · denis · Answers PING failing for 5 min · failing since 03:12 UTC',
    );
    expect(plainMessage(message)).toEqual([
      '🔔 @S0SRE: please help with *Redis is down* · denis · failing since 03:12 UTC (14 Nov 03:12 UTC)',
      '❌ *Answers PING* has been failing for 5 min: refused, three tries',
      '*The runbook says:* Look at the volume of redis-0 first.',
      '*Diagnosis*  ❌ Redis does not answer, and its pod restarts.',
      '*Tried so far*',
      '❌ Failed · *Restart the StatefulSet* · 03:20 UTC · disruptive',
      '[Diagnose] [Snapshot] [Acknowledge]',
    ]);
  });

  it('by hand says who asks', () => {
    const lines = plainMessage(
      escalationMessage({ ...view, because: null, say: null, tried: [], by: night.NOOR }),
    );
    expect(lines[1]).toBe('@UNOOR asks for you.');
    expect(lines).toContain('*Tried so far*  nothing');
  });

  it('because of what only a person can see says what, how bad, and how to reach them', () => {
    const seen = { because: null, by: night.NOOR, sees: 'Data is lost', note: 'orders since 02:50 are gone' };
    const message = escalationMessage({ ...view, ...seen, priority: 'P1', reach: '@sre-lead; +1-555-0199' });
    expect(message.text).toContain('🔔 P1 · SRE is called · Redis is down · denis · Data is lost');
    expect(plainMessage(message).slice(0, 5)).toEqual([
      expect.stringMatching(/^🔔 \*P1\* · @S0SRE: please help with/),
      '@UNOOR says: *Data is lost*',
      '> orders since 02:50 are gone',
      '*The runbook says:* Look at the volume of redis-0 first.',
      '*If nobody answers:* @sre-lead; +1-555-0199',
    ]);
  });

  it('of people outside Slack asks somebody here to reach them', () => {
    const outside = { group: null, to: 'ElevenLabs support', reach: 'support@elevenlabs.io' };
    expect(plainMessage(escalationMessage({ ...view, ...outside }))[0]).toContain(
      'Somebody please call ElevenLabs support (support@elevenlabs.io) about',
    );
  });

  it('says that an alert does not end', () => {
    const lines = plainMessage(escalationMessage({ ...view, because: null, unresolved: true }));
    expect(lines[1]).toMatch(/^The alert has not ended for \d+ min/);
  });
});

describe('the dialog that calls for help', () => {
  const choices = [
    { ref: '#1', says: 'Data is lost', priority: 'P1', to: 'sre', title: 'SRE', does: null },
    { ref: 'to:ops', says: null, priority: null, to: 'ops', title: 'Operations', does: 'Adds capacity.' },
  ];

  it('offers what people see and whom they may need, and chooses nothing for them', () => {
    const text = JSON.stringify(escalateDialog('{}', choices));
    expect(text).toContain('Data is lost');
    expect(text).toContain('P1 · calls SRE');
    expect(text).toContain('Operations');
    expect(text).toContain('Adds capacity.');
    expect(text).not.toContain('initial_option');
  });
});
