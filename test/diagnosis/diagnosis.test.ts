import { describe, expect, it } from '@jest/globals';
import type { Runbook, RunbookCheck } from '../../src/catalogue/catalogue.ts';
import { holds, parseCondition } from '../../src/diagnosis/condition.ts';
import { judge } from '../../src/diagnosis/judge.ts';
import { verdictOf } from '../../src/diagnosis/verdict.ts';
import { GuardiaError } from '../../src/errors.ts';
import type { ObservedValue } from '../../src/steps/step-kind.ts';

function check(overrides: Partial<RunbookCheck> = {}): RunbookCheck {
  return {
    name: 'queue',
    title: 'Jobs waiting',
    step: { kind: 'x', input: {} },
    deadlineMs: 1_000,
    ...overrides,
  };
}
const seen = (value: ObservedValue) => ({ observation: { value, evidence: [] } });

describe('a condition', () => {
  it.each<[string, ObservedValue, boolean]>([
    ['> 500', 501, true],
    ['> 500', 500, false],
    ['>= 500', 500, true],
    ['<= 1', 1, true],
    ['< 1', 1, false],
    ['!= PONG', 'PONG', false],
    ['!= PONG', 'refused', true],
    ['== true', true, true],
    ['none', [], true],
    ['none', ['a'], false],
    ['none', null, true],
    ['some', ['a'], true],
    ['some', null, false],
    ['< 2', ['a'], true],
    ['ready < 1', { ready: 0, pods: 1 }, true],
    ['ready < 1', { ready: 1, pods: 0 }, false],
    ['> 10', { a: 1, b: 11 }, true],
    ['> 10', 'many', false],
  ])('%s of %j holds: %s', (text, value, expected) => {
    expect(holds(parseCondition(text), value)).toBe(expected);
  });

  it.each(['', 'over 500', '> many', '500'])('refuses %j and says what is allowed', (text) => {
    expect(() => parseCondition(text)).toThrow(/write for example|not a number/);
  });
});

describe('judging', () => {
  const queue = check({ warning: '> 500', failing: '> 1000', unit: 'jobs' });

  it('takes the worse limit, with figure, unit and limit in words', () => {
    expect(judge(queue, seen(1840), 5)).toMatchObject({
      status: 'failing',
      says: '1,840 jobs',
      limit: 'failing over 1,000 jobs',
      thresholds: { warning: 500, failing: 1000, side: 'over' },
      tookMs: 5,
    });
    expect(judge(queue, seen(501), 5)).toMatchObject({ status: 'warning', limit: 'warning over 500 jobs' });
    expect(judge(queue, seen(12), 5)).toMatchObject({ status: 'healthy', limit: 'failing over 1,000 jobs' });
  });

  it('knows on which side of its limit the bad lies', () => {
    expect(judge(check({ failing: '< 1' }), seen(0), 1).thresholds).toEqual({ failing: 1, side: 'under' });
    expect(judge(check({ failing: '== 1' }), seen(0), 1).thresholds).toEqual({});
  });

  it('is unknown, never healthy, when there is nothing to compare', () => {
    expect(judge(queue, seen(null), 5).status).toBe('unknown');
    expect(judge(check({ failing: 'ready < 1' }), seen({ pods: 3 }), 5).status).toBe('unknown');
    expect(judge(check({ failing: '> 1' }), seen({}), 5).status).toBe('unknown');
    expect(judge(check({ failing: 'none' }), seen([]), 5).status).toBe('failing');
  });

  it('is unknown with the reason when the probe failed', () => {
    const error = new GuardiaError('unreachable', 'prometheus at http://p:9090 refused the connection');
    expect(judge(queue, { error }, 5)).toMatchObject({ status: 'unknown', says: error.message, value: null });
  });
});

it.each([
  ['exit == 1', { exit: 1 }, 'failing when exit is 1'],
  ['ok != true', { ok: false }, 'failing unless ok is true'],
  ['ready < 1', { ready: 0 }, 'failing ready under 1'],
  ['== breached', 'breached', 'failing when breached'],
])('says the limit %s in words', (failing, value, limit) => {
  expect(judge(check({ failing }), seen(value), 1).limit).toBe(limit);
});

describe('a verdict', () => {
  const runbook = {
    actions: [
      { name: 'restart', 'suggest-when': ['workers'] },
      { name: 'purge', 'suggest-when': ['queue'] },
      { name: 'look' },
    ],
  } as unknown as Runbook;
  const failingQueue = judge(check({ failing: '> 1', means: 'Jobs pile up.' }), seen(2), 1);
  const workers = check({
    name: 'workers',
    title: 'Workers answer',
    failing: 'none',
    means: 'No worker answers',
  });

  it('joins what fails into one sentence and names what is not known', () => {
    const unknown = judge(
      check({ name: 'hits', title: 'Key hit ratio' }),
      { error: new Error('nothing') },
      1,
    );
    const verdict = verdictOf(runbook, [judge(workers, seen([]), 1), failingQueue, unknown]);
    expect(verdict.status).toBe('failing');
    expect(verdict.sentence).toBe('No worker answers, and jobs pile up. Not known: Key hit ratio.');
    expect(verdict.counts).toEqual({ failing: 2, warning: 0, unknown: 1, healthy: 0 });
    expect(verdict.suggests).toEqual(['restart', 'purge']);
  });

  it('of a runbook whose checks are all a person’s does not say that nothing was looked at', () => {
    const byHand = check({ step: { kind: 'manual', input: { do: 'Listen to it' } } });
    expect(verdictOf({ ...runbook, checks: [byHand] }, []).sentence).toBe(
      'Everything here is looked at by hand.',
    );
    expect(verdictOf({ ...runbook, checks: [] }, []).sentence).toBe('Nothing was looked at.');
  });

  it('suggests nothing for a warning', () => {
    const warned = judge(check({ warning: '> 1', failing: '> 9' }), seen(2), 1);
    expect(verdictOf(runbook, [warned])).toMatchObject({ status: 'warning', suggests: [] });
  });

  it('does not call a diagnosis healthy when a check could not answer', () => {
    const healthy = judge(workers, seen(['w1']), 1);
    const unknown = judge(check(), { error: new Error('x') }, 1);
    expect(verdictOf(runbook, [healthy, unknown]).status).toBe('unknown');
  });
});
