import { describe, expect, it } from '@jest/globals';
import { diagnosisMessage, diagnosisRoot } from '../../src/report/diagnosis.ts';
import { evidenceView, previewView } from '../../src/report/evidence.ts';
import { lookMessage, snapshotMessage } from '../../src/report/snapshot.ts';
import type { DiagnosisView } from '../../src/report/states.ts';
import * as night from './examples.ts';
import { buttonsOf, plainMessage, plainView } from './plain.ts';

const RUN = 'run:8d2c2d0f-6c1f-4f3f-8c2d-2d0f6b8f4a90';

function view(more: Partial<DiagnosisView> = {}): DiagnosisView {
  const escalation = { to: 'SRE', at: '2026-11-14T03:17:00.000Z', title: 'Answers PING' };
  const base = {
    ref: RUN,
    lacking: [],
    hands: night.NO_HANDS,
    actions: [night.RESTART],
    pictures: [],
    escalation,
    by: null,
    now: night.NOW,
  };
  return { diagnosis: night.diagnosis(), ...base, ...more };
}

describe('a diagnosis', () => {
  it('says its verdict on a lock screen', () => {
    expect(diagnosisMessage(view()).text).toBe(
      '❌ Failing · Redis is down · denis · Redis does not answer, and its pod restarts.',
    );
  });

  it('says what the alert was to say, and did not', () => {
    const text = plainMessage(diagnosisMessage(view({ lacking: ['queue: there is no label queue'] }))).join(
      '\n',
    );
    expect(text).toContain('⚠️ queue: there is no label queue. Whatever needs it asks for it.');
  });

  it.each([
    ['ended', '~ The alert has ended, so nothing is offered here any more.'],
    ['replaced', '~ A newer diagnosis of the same stands in this thread.'],
  ] as const)('that is over (%s) says what fitted, and offers and announces nothing', (over, says) => {
    const message = diagnosisMessage(view({ over }));
    expect(plainMessage(message).slice(-2)).toEqual([
      '*What fitted:* Restart the StatefulSet (disruptive)',
      says,
    ]);
    expect(buttonsOf(message)).toEqual([]);
    expect(plainMessage(diagnosisMessage(view({ over, actions: [] }))).at(-1)).toBe(says);
  });

  it('tells failing before warning before unknown, folds what is healthy, and ends with what fits', () => {
    expect(plainMessage(diagnosisMessage(view()))).toEqual([
      '❌ *Failing* · Redis does not answer, and its pod restarts.',
      '~ 2 failing · 1 warning · 1 unknown · 2 healthy · took 1.4 s · looked at 03:12 UTC',
      '❌ *Failing* · *Answers PING*  [Evidence]',
      'refused by redis.denis:6379, three tries',
      '❌ *Failing* · *Pods*  [Evidence]',
      'redis-0 CrashLoopBackOff, 6 restarts in 10 min, last ended OOMKilled',
      '⚠️ *Warning* · *Memory*  [Evidence]',
      '91 % of 2 GiB   _(warning over 80 %)_',
      '❔ *Unknown* · *Key hit ratio*  [Evidence]',
      'Prometheus answered nothing for it in the last 5 min',
      '✅ *Healthy* · Rate limiting falls back to memory · Celery reaches its broker  [All evidence]',
      '*What fits:* Restart the StatefulSet (disruptive)',
      '[+Restart the StatefulSet?] [Diagnose] [Snapshot]',
      '~ Escalates to SRE at 03:17 UTC (14 Nov 03:17 UTC) unless “Answers PING” recovers.',
    ]);
  });

  it('says how much is left to look at by hand, in its verdict', () => {
    const left = view({ hands: { all: 4, left: 3, only: false } });
    expect(diagnosisMessage(left).text).toBe(
      '❌ Failing · Redis is down · denis · Redis does not answer, and its pod restarts. 3 things to look at by hand.',
    );
    const done = view({ hands: { all: 4, left: 0, only: false } });
    expect(plainMessage(diagnosisMessage(done))[0]).toBe(
      '❌ *Failing* · Redis does not answer, and its pod restarts. Everything to look at by hand is done.',
    );
  });

  it('of what only people look at says just that, and calls nothing unknown', () => {
    const counts = { failing: 0, warning: 0, unknown: 0, healthy: 0 };
    const verdict = { status: 'unknown' as const, sentence: 'Everything here …', counts, suggests: [] };
    const alone = view({
      diagnosis: night.diagnosis({ findings: [], verdict }),
      hands: { all: 3, left: 3, only: true },
      escalation: null,
      actions: [],
    });
    expect(diagnosisMessage(alone).text).toBe(
      '📋 By hand · Redis is down · denis · 3 things to look at by hand.',
    );
    expect(plainMessage(diagnosisMessage(alone))[0]).toBe('📋 *By hand* · 3 things to look at by hand.');
  });

  it('shows what is known while checks have not answered, and offers nothing yet', () => {
    const [, memory, ping] = night.FINDINGS;
    const counts = { failing: 1, warning: 1, unknown: 0, healthy: 0 };
    const verdict = { status: 'failing' as const, sentence: 'Redis does not answer.', counts, suggests: [] };
    const known = {
      findings: [memory, ping].flatMap((one) => one ?? []),
      pending: ['Pods', 'Key hit ratio'],
      verdict,
    };
    const message = diagnosisMessage(
      view({ diagnosis: night.diagnosis(known), actions: [], escalation: null }),
    );
    expect(message.text).toBe(
      '⏳ Diagnosing · Redis is down · denis · 2 of 4 checks answered so far. Redis does not answer.',
    );
    expect(plainMessage(message)[1]).toBe(
      '~ 1 failing · 1 warning · ⏳ still asking: Pods, Key hit ratio · looked at 03:12 UTC',
    );
    expect(buttonsOf(message)).toEqual(['All evidence']);
  });

  it('has a chart for whoever sees and for whoever does not', () => {
    const picture = {
      key: 'diagnosis:1:memory',
      title: 'Memory',
      alt: 'Memory rose from 40 % to 91 % within an hour',
    };
    const message = diagnosisMessage(view({ pictures: [picture] }));
    expect(message.blocks).toContainEqual(
      expect.objectContaining({
        type: 'image',
        slack_file: { id: 'picture:diagnosis:1:memory' },
        alt_text: picture.alt,
      }),
    );
  });

  it('leads from each claim to its evidence', () => {
    const buttons = diagnosisMessage(view()).blocks.flatMap((block) =>
      'accessory' in block ? [block.accessory] : [],
    );
    expect(buttons).toEqual([
      ...['ping', 'pods', 'memory', 'hits'].map((check) =>
        expect.objectContaining({ action_id: `evidence:${check}`, value: RUN }),
      ),
      expect.objectContaining({ action_id: 'evidence', value: RUN }),
    ]);
  });

  it('names what it has no room for', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      night.finding(`c${index}`, `Check ${index}`, 'failing', 'no'),
    );
    const lines = plainMessage(diagnosisMessage(view({ diagnosis: night.diagnosis({ findings: many }) })));
    expect(lines.filter((line) => line.startsWith('❌ *Failing* · *Check'))).toHaveLength(12);
    expect(lines.find((line) => line.startsWith('and 188 more:'))).toContain('❌ Check 12 (failing)');
    expect(lines).toContain('[All evidence]');
  });

  it('says so when nothing fits what fails', () => {
    expect(plainMessage(diagnosisMessage(view({ actions: [] })))).toContain(
      '*What fits:* none of the runbook’s actions. Call whoever owns the service.',
    );
  });
});

describe('the first message of somebody’s diagnosis', () => {
  const root = {
    ref: RUN,
    service: { name: 'denis', title: 'Denis' },
    runbook: { name: 'redis-down', title: 'Redis is down' },
    parameters: { queue: 'celery' },
    hands: night.NO_HANDS,
    by: night.NOOR,
    at: '2026-11-14T03:12:00.000Z',
    now: night.NOW,
  };

  it('says who asked for what, and later what came of it', () => {
    expect(plainMessage(diagnosisRoot({ ...root, verdict: null, tookMs: null }))).toEqual([
      '⏳ *Diagnosing* · *Redis is down* · denis',
      '~ asked by @UNOOR at 03:12 UTC · `queue=celery`',
    ]);
    const ended = diagnosisRoot({ ...root, verdict: night.diagnosis().verdict, tookMs: 1_400 });
    expect(ended.text).toBe(
      '❌ Failing · Redis is down · denis · Redis does not answer, and its pod restarts.',
    );
    expect(plainMessage(ended)[1]).toBe(
      '~ asked by @UNOOR at 03:12 UTC · 2 failing · 1 warning · 1 unknown · 2 healthy · took 1.4 s · `queue=celery`',
    );
  });
});

describe('evidence', () => {
  it('is what was asked and answered, as it was', () => {
    expect(plainView(evidenceView(night.diagnosis(), 'ping'))).toEqual([
      '# Evidence   [-] [Close]',
      '*Redis is down* · denis',
      '❌ *Failing* · *Answers PING*',
      'refused by redis.denis:6379, three tries',
      '*PING*',
      '```',
      'ECONNREFUSED 10.0.0.7:6379',
      '```',
      '~ answered in 12 ms',
    ]);
  });

  it('of all checks begins with what fails', () => {
    const lines = plainView(evidenceView(night.diagnosis(), null));
    expect(lines.filter((line) => /^\S+ \*(Failing|Warning|Unknown|Healthy)\*/.test(line))).toHaveLength(6);
    expect(lines[2]).toContain('Answers PING');
  });

  it('of a check that has not answered says that', () => {
    expect(plainView(evidenceView(night.diagnosis(), 'nothing')).at(-1)).toMatch(/has not answered/);
  });

  it('of a plan is its whole dry run', () => {
    expect(plainView(previewView(night.PLAN))).toEqual([
      '# Dry run   [-] [Close]',
      '*Purge the queue celery* · denis',
      '*What runs*  celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
      '*How much*  1,243 jobs waiting, 0 reserved, oldest 47 min',
      '*celery inspect reserved*',
      '```',
      '-> celery@denis-workers-7d4c9: OK',
      '    - empty -',
      '```',
    ]);
  });
});

describe('a snapshot', () => {
  it('says in words what its charts show', () => {
    const service = { name: 'denis', title: 'Denis' };
    const picture = { key: 'k', title: 'Memory', alt: 'Memory at 91 %' };
    const findings = night.FINDINGS.filter(({ check }) => check === 'memory');
    const message = snapshotMessage({
      title: 'Redis is down',
      service,
      findings,
      pictures: [picture],
      by: night.NOOR,
      now: night.NOW,
    });
    expect(message.text).toBe('📷 Snapshot · Redis is down · denis · at 03:16 UTC');
    expect(plainMessage(message)).toEqual([
      '📷 *Snapshot · Redis is down* · denis · at 03:16 UTC',
      '⚠️ Memory: 91 % of 2 GiB (warning)   _(warning over 80 %)_',
      '(picture: Memory at 91 %)',
      '~ asked by @UNOOR',
    ]);
  });

  const one = { check: 'snapshot', title: 'up', status: 'healthy' as const, thresholds: {}, tookMs: 3 };
  const asked = {
    service: { name: 'denis', title: 'Denis' },
    picture: { key: 'k', title: 'up', alt: 'up at 3' },
    by: night.NOOR,
    now: night.NOW,
  };

  it('of a query judges nothing, and shows what was asked, its figures and where to go on', () => {
    const evidence = [
      { label: 'Query', text: 'up' },
      { label: 'Prometheus', text: 'https://p.example.com/graph?g0.expr=up' },
      { label: 'simulated', text: 'prometheus up' },
    ];
    const message = lookMessage({
      ...asked,
      subject: { of: 'query', service: 'denis', connection: 'prometheus', query: 'up * 1', window: '1h' },
      finding: { ...one, value: 3, says: '3', evidence },
    });
    expect(message.text).toBe('📷 Snapshot · denis · up * 1 · last hour · at 03:16 UTC');
    expect(plainMessage(message)).toEqual([
      '📷 *Snapshot* · denis · last hour · at 03:16 UTC',
      '`up * 1`',
      'Now: 3',
      '(picture: up at 3)',
      '~ simulated: prometheus up · Open in Prometheus (https://p.example.com/graph?g0.expr=up) · asked by @UNOOR',
    ]);
  });

  it('of several series names the highest', () => {
    const value = { a: 1, b: 7, c: 3, d: 4, e: 5, f: 6, g: null };
    const message = lookMessage({
      ...asked,
      subject: { of: 'panel', service: 'denis', connection: 'grafana', link: 'https://g.example.com/d/x' },
      finding: { ...one, unit: 'jobs', value, says: '', evidence: [] },
    });
    expect(plainMessage(message).slice(1, -2)).toEqual([
      'Now, 6 series, the highest first:',
      '• `b`  7 jobs',
      '• `f`  6 jobs',
      '• `e`  5 jobs',
      '• `d`  4 jobs',
      '• `c`  3 jobs',
      'and 1 more',
    ]);
  });
});
