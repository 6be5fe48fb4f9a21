import { describe, expect, it } from '@jest/globals';
import { alertMessage } from '../../src/report/alert.ts';
import { startRef } from '../../src/report/ids.ts';
import type { Remedy } from '../../src/report/states.ts';
import * as night from './examples.ts';
import { buttonsOf, plainMessage } from './plain.ts';

const shown = (more: Parameters<typeof night.alert>[0] = {}) => plainMessage(alertMessage(night.alert(more)));
const lockScreen = (more: Parameters<typeof night.alert>[0] = {}) => alertMessage(night.alert(more)).text;

describe('an alert that fires', () => {
  it('says what, where, how bad and since when on a lock screen', () => {
    expect(lockScreen()).toBe('🔴 Failing · Redis is down · denis · critical · since 03:12 UTC');
  });

  it('goes on with what was found and what can be done, the mildest first', () => {
    expect(shown()).toEqual([
      '🔴 *Failing* · *Redis is down* · denis · critical · since 03:12 UTC (14 Nov 03:12 UTC)',
      'Redis does not answer, and its pod restarts. 2 of 6 checks fail.',
      'Escalates to SRE at 03:17 UTC (14 Nov 03:17 UTC) unless “Answers PING” recovers.',
      '~ `alertname=RedisDown` · `namespace=denis`',
      '[+Restart the StatefulSet?] [!Purge the queue celery] [Diagnose] [Snapshot] [Acknowledge] [Escalate]',
    ]);
  });

  it('offers what somebody has to approve with a button that does not say that it starts at once', () => {
    const restart = { ...night.RESTART, needsApproval: true };
    expect(shown({ actions: [night.PURGE, restart] }).at(-1)).toMatch(
      /^\[\+Restart the StatefulSet\] \[!Purge the queue celery\]/,
    );
  });

  it('says the same whatever the time is, so that time alone is no edit', () => {
    const later = alertMessage(night.alert({ now: '2026-11-14T03:59:00.000Z' }));
    expect(later).toEqual(alertMessage(night.alert()));
  });

  it('says that it is being diagnosed', () => {
    expect(shown({ diagnosis: null, actions: [], escalates: null })).toContain(
      '⏳ Being diagnosed: the findings follow in the thread.',
    );
  });

  it('does not hide that it fires while every check is healthy', () => {
    const counts = { failing: 0, warning: 0, unknown: 0, healthy: 6 };
    const diagnosis = { status: 'healthy' as const, sentence: 'All 6 checks are healthy.', counts };
    expect(shown({ diagnosis, actions: [] })).toContain(
      'All 6 checks are healthy. The alert fires all the same.',
    );
  });

  it('says how much is left to look at by hand, also when it is over', () => {
    const hands = { all: 3, left: 1, only: false };
    expect(shown({ hands })[1]).toBe(
      'Redis does not answer, and its pod restarts. 2 of 6 checks fail. 1 thing to look at by hand.',
    );
    const over = { status: 'resolved' as const, resolvedAt: '2026-11-14T03:23:00.000Z' };
    expect(shown({ ...over, hands })[2]).toBe('1 thing to look at by hand.');
  });

  it('says when it was looked at, and when something was done since', () => {
    const looked = { ...night.diagnosis().verdict, at: '2026-11-14T03:12:20.000Z' };
    const restart = {
      title: 'Restart',
      risk: 'disruptive' as const,
      needsApproval: false,
      at: '2026-11-14T03:14:00.000Z',
      approvedBy: [],
    };
    const [, before] = shown({ diagnosis: looked, remedies: [{ ...restart, state: 'waiting' }] });
    const [, after] = shown({ diagnosis: looked, remedies: [{ ...restart, state: 'done' }] });
    expect(before).toMatch(/2 of 6 checks fail\. Looked at 03:12 UTC\.$/);
    expect(after).toMatch(/Looked at 03:12 UTC, before the last action: diagnose again\.$/);
  });

  const until = '2026-11-14T14:30:00.000Z';
  const silence = { until, by: night.NOOR, reason: 'deployment <!here>', ended: null };
  const ended = { at: '2026-11-14T03:15:00.000Z', by: night.MARA };
  const over = { status: 'resolved' as const, resolvedAt: '2026-11-14T03:23:00.000Z' };

  it('can be silenced where there is an Alertmanager, beside the other buttons for people', () => {
    const buttons = buttonsOf(alertMessage(night.alert({ canSilence: true })));
    expect(buttons.slice(-4)).toEqual(['Snapshot', 'Acknowledge', 'Silence', 'Escalate']);
    expect(buttonsOf(alertMessage(night.alert({ canSilence: true, runbook: null })))).toContain('Silence');
    expect(buttonsOf(alertMessage(night.alert({ canSilence: true, ...over })))).not.toContain('Silence');
  });

  it('says until when it is silenced, by whom and why, and what that means', () => {
    const message = night.alert({ canSilence: true, silence });
    expect(shown(message).slice(2, 4)).toEqual([
      '🔕 *Silenced* until 14:30 UTC by @UNOOR: deployment <!here>',
      'Until then Alertmanager sends nothing about it, not even that it ends.',
    ]);
    expect(lockScreen(message)).toMatch(/ · silenced until 14:30 UTC$/);
    expect(buttonsOf(alertMessage(message)).slice(-3)).toEqual(['Acknowledge', 'End silence', 'Escalate']);
  });

  it('says that it is silenced still when it is over, and lets that be ended', () => {
    const message = night.alert({ silence, ...over });
    expect(shown(message).join('\n')).toContain('🔕 *Still silenced* until 14:30 UTC by @UNOOR');
    expect(buttonsOf(alertMessage(message))).toContain('End silence');
  });

  it('says that and how its silence has ended', () => {
    const said = (how: { at?: string; by?: null }) =>
      shown({ canSilence: true, silence: { ...silence, ended: { ...ended, ...how } } })[2];
    expect(said({})).toBe('🔔 The silence by @UNOOR ended at 03:15 UTC, by @UMARA.');
    expect(said({ by: null })).toBe('🔔 The silence by @UNOOR ended at 03:15 UTC, in Alertmanager.');
    expect(said({ by: null, at: until })).toBe('🔔 The silence by @UNOOR ended at 14:30 UTC.');
    const message = night.alert({ canSilence: true, silence: { ...silence, ended } });
    expect(buttonsOf(alertMessage(message))).toContain('Silence');
    expect(lockScreen(message)).not.toContain('silenced');
  });

  it('puts nothing destructive first', () => {
    expect(buttonsOf(alertMessage(night.alert({ actions: [night.PURGE] }))).slice(0, 2)).toEqual([
      'Diagnose',
      'Purge the queue celery',
    ]);
  });

  it('asks once more before what is disruptive, and lets a dialog ask for what is destructive', () => {
    const row = shown({ actions: [night.PURGE, night.RESTART, night.FLUSH] }).at(-1);
    expect(row).toContain('[+Reconnect the workers] [Restart the StatefulSet?] [!Purge the queue celery]');
  });

  it('is acknowledged and escalated once', () => {
    const message = night.alert({
      acknowledgedBy: night.NOOR,
      called: [{ to: 'SRE', at: '2026-11-14T03:17:00.000Z', priority: null }],
      canEscalate: false,
    });
    expect(buttonsOf(alertMessage(message))).not.toEqual(expect.arrayContaining(['Acknowledge']));
    expect(buttonsOf(alertMessage(message))).not.toEqual(expect.arrayContaining(['Escalate']));
    expect(plainMessage(alertMessage(message))).toEqual(
      expect.arrayContaining(['👀 Acknowledged by @UNOOR.', '🔔 SRE was called at 03:17 UTC.']),
    );
    expect(alertMessage(message).text).toMatch(/ · acknowledged$/);
  });

  it('offers no escalation that the runbook does not have', () => {
    expect(buttonsOf(alertMessage(night.alert({ canEscalate: false })))).not.toContain('Escalate');
  });

  it('that no runbook claims says so and offers the runbooks', () => {
    const runbooks = [
      { name: 'redis-down', title: 'Redis is down' },
      { name: 'workers-stuck', title: 'Celery workers are stuck' },
    ];
    const state = {
      title: 'DiskFull',
      runbook: null,
      diagnosis: null,
      actions: [],
      escalates: null,
      canEscalate: false,
    };
    expect(shown({ ...state, summary: 'Disk of node-3 is 96 % full', runbooks })).toEqual([
      '🔴 *Failing* · *DiskFull* · denis · critical · since 03:12 UTC (14 Nov 03:12 UTC)',
      'No runbook claims this alert. Does one of these fit?',
      '> Disk of node-3 is 96 % full',
      '~ `alertname=RedisDown` · `namespace=denis`',
      '[Diagnose: Redis is down] [Diagnose: Celery workers are stuck] [Acknowledge]',
    ]);
    const [first] = (
      alertMessage(night.alert({ ...state, runbooks })).blocks.at(-1) as { elements: unknown[] }
    ).elements;
    expect(first).toMatchObject({ action_id: 'diagnose:redis-down', value: night.ALERT });
  });

  it('says how many alerts it stands for, and what was left out', () => {
    const labels = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`l${index}`, 'x']));
    const line = shown({ labels, count: 5, cut: 1_200, repeats: 3 }).find((each) => each.startsWith('~'));
    expect(line).toContain(
      'and 3 labels more · 5 alerts in this group, 1,200 more left out by Alertmanager · repeated 3 times',
    );
  });

  it('says what it was to say of its runbook, and did not', () => {
    const lacking = ['queue: "a b" must match [a-z]+'];
    const text = plainMessage(alertMessage(night.alert({ lacking }))).join('\n');
    expect(text).toContain('⚠️ queue: "a b" must match [a-z]+. Whatever needs it asks for it.');
  });

  it('has buttons that carry ids and nothing else', () => {
    const { elements } = alertMessage(night.alert()).blocks.at(-1) as {
      elements: { action_id: string; value: string }[];
    };
    expect(elements.map(({ action_id }) => action_id)).toEqual([
      'remediate:restart',
      'remediate:purge',
      'diagnose',
      'snapshot',
      'acknowledge',
      'escalate',
    ]);
    expect(new Set(elements.map(({ value }) => value))).toEqual(
      new Set([night.ALERT, startRef(night.ALERT, night.RESTART.version)]),
    );
  });
});

describe('an alert that is over', () => {
  const over = { status: 'resolved' as const, resolvedAt: '2026-11-14T03:23:00.000Z' };
  const restart: Remedy = {
    title: 'Restart the StatefulSet',
    risk: 'disruptive',
    needsApproval: false,
    state: 'done',
    at: '2026-11-14T03:19:00.000Z',
    approvedBy: [],
  };

  it('says after how long, and what was done', () => {
    const purge: Remedy = {
      ...restart,
      title: 'Purge the queue celery',
      risk: 'destructive',
      needsApproval: true,
      approvedBy: [night.MARA],
    };
    expect(lockScreen({ ...over, remedies: [restart] })).toBe(
      '🟢 Resolved · Redis is down · denis · after 11 min · Restart the StatefulSet at 03:19 UTC',
    );
    expect(shown({ ...over, remedies: [restart, purge] })).toEqual([
      '🟢 *Resolved* · *Redis is down* · denis · after 11 min',
      '✅ Done · *Restart the StatefulSet* · 03:19 UTC · disruptive, no approval needed',
      '✅ Done · *Purge the queue celery* · 03:19 UTC · destructive, approved by @UMARA',
      '~ `alertname=RedisDown` · `namespace=denis`',
      '[Diagnose] [Snapshot]',
    ]);
  });

  it('says of what is disruptive whether somebody approved it, where somebody has to', () => {
    const asked = { ...restart, needsApproval: true };
    const tried = (more: Partial<Remedy>) => shown({ ...over, remedies: [{ ...asked, ...more }] })[1];
    expect(tried({ approvedBy: [night.MARA] })).toMatch(/disruptive, approved by @UMARA$/);
    expect(tried({ state: 'denied' })).toMatch(/disruptive, not approved$/);
    expect(tried({ state: 'waiting' })).toMatch(/disruptive, not approved yet$/);
  });

  it('claims no remedy where nothing was run', () => {
    expect(shown(over)[1]).toBe('Nothing was run for it here: it ended by itself, or by hand.');
  });

  it('says nothing of a time that it does not know', () => {
    expect(lockScreen({ ...over, startsAt: '0001-01-01T00:00:00Z' })).toBe(
      '🟢 Resolved · Redis is down · denis',
    );
  });
});
