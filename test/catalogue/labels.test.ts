import { describe, expect, it } from '@jest/globals';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import { lackingForAction, lackingForCheck, lackingInWords } from '../../src/catalogue/needs.ts';
import { type AlertLabels, parametersFromLabels } from '../../src/catalogue/parameters.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import type { Parameter } from '../../src/catalogue/schema.ts';
import { testAction, testCheck, testRunbook } from '../helpers/shop.ts';

const QUEUE: Parameter = { type: 'string', label: 'queue_name', pattern: '[a-z]+', default: 'jobs' };

function from(parameter: Parameter, given: AlertLabels | Record<string, string>) {
  const labels = 'labels' in given ? (given as AlertLabels) : { labels: given as Record<string, string> };
  return parametersFromLabels({ parameters: { queue: parameter } }, labels);
}

describe('a parameter that an alert gives', () => {
  it('has the value of its label', () => {
    expect(from(QUEUE, { queue_name: 'mails' })).toEqual({ parameters: { queue: 'mails' }, refused: {} });
    expect(from({ type: 'number' }, { queue: '4' }).parameters).toEqual({ queue: 4 });
    expect(from({ type: 'boolean' }, { queue: 'true' }).parameters).toEqual({ queue: true });
  });

  it('has its default only where there is no such label', () => {
    expect(from(QUEUE, { queue: 'mails' })).toEqual({ parameters: { queue: 'jobs' }, refused: {} });
  });

  it.each<[string, Parameter, string, string]>([
    ['does not match', QUEUE, 'no such;queue', '"no such;queue" must match [a-z]+'],
    ['is none of the values', { type: 'string', values: ['a', 'b'] }, 'c', '"c" must be one of a, b'],
    ['is no number', { type: 'number', default: 3 }, 'three', '"three" must be a number'],
    ['is no number as people write them', { type: 'number', default: 3 }, '1e3', '"1e3" must be a number'],
    ['is too small', { type: 'number', min: 2, default: 3 }, '1', '"1" must be at least 2'],
    ['is too large', { type: 'number', max: 2, default: 1 }, '3', '"3" must be at most 2'],
    ['is neither true nor false', { type: 'boolean', default: false }, 'yes', '"yes" must be true or false'],
    ['is empty', { type: 'string', default: 'jobs' }, '', 'the label queue is empty'],
    [
      'is too long',
      { type: 'string', default: 'jobs' },
      'x'.repeat(257),
      `"${'x'.repeat(60)}…" must be at most 256 characters long`,
    ],
    [
      'had characters that nobody can store',
      { type: 'string', default: 'jobs' },
      'a\uFFFDb',
      '"a\uFFFDb" must not have control or invisible characters',
    ],
    [
      'hides characters',
      { type: 'string', default: 'jobs' },
      'a\u202Eb',
      '"a\u202Eb" must not have control or invisible characters',
    ],
  ])('has no value, and no default either, when its label %s', (_, parameter, text, why) => {
    const { label: key = 'queue' } = parameter;
    expect(from(parameter, { [key]: text })).toEqual({ parameters: {}, refused: { queue: why } });
  });

  it('says what it is about where its label is refused', () => {
    expect(from({ ...QUEUE, about: 'the queue to drain' }, { queue_name: 'A' }).refused).toEqual({
      queue: '"A" must match [a-z]+ (the queue to drain)',
    });
  });

  it('has no value without a label and a default', () => {
    expect(from({ type: 'string' }, {})).toEqual({
      parameters: {},
      refused: { queue: 'there is no label queue' },
    });
  });

  it('has no value when the alerts of the group do not agree on it, whatever its default is', () => {
    const differing = { queue_name: ['a', 'b', '', 'c'] };
    expect(from(QUEUE, { labels: {}, differing })).toEqual({
      parameters: {},
      refused: { queue: 'its alerts do not agree on the label queue_name ("a", "b", nothing, …)' },
    });
  });

  it('has no value when its label may be among those that were left out', () => {
    expect(from(QUEUE, { labels: {}, left: 3 })).toEqual({
      parameters: {},
      refused: { queue: 'the label queue_name may be among the 3 that were left out' },
    });
    expect(from(QUEUE, { labels: { queue_name: 'mails' }, left: 3 }).parameters).toEqual({ queue: 'mails' });
  });
});

describe('what needs a parameter', () => {
  const uses = (text: string) => ({ kind: 'fake', input: { at: [{ deep: text }] } });
  const runbook: Pick<Runbook, 'parameters' | 'checks'> = {
    parameters: { queue: { type: 'string' }, host: { type: 'string' } },
    checks: [testCheck('depth', { step: uses('{queue}') }), testCheck('host', { step: uses('{host}') })],
  };

  it('is a check that asks with it', () => {
    expect(lackingForCheck(runbook, { step: uses('len {queue}') }, {})).toEqual(['queue']);
    expect(lackingForCheck(runbook, { step: uses('len {queue}') }, { queue: 'a' })).toEqual([]);
    expect(lackingForCheck(runbook, { step: uses('ping {unknown}') }, {})).toEqual([]);
  });

  it.each([
    ['its title', { title: 'Purge {queue}' }],
    ['a step', { steps: [uses('{queue}')] }],
    ['its dry run', { preview: uses('{queue}') }],
    ['a check that justifies it', { criteria: ['depth'] }],
    ['a check that proves it', { verify: { checks: ['depth'], withinMs: 1 } }],
  ])('is an action that uses it in %s', (_, more) => {
    expect(lackingForAction(runbook, testAction('purge', more), {})).toEqual(['queue']);
    expect(lackingForAction(runbook, testAction('purge', more), { queue: 'a' })).toEqual([]);
  });

  it('is no action that does not use it', () => {
    expect(lackingForAction(runbook, testAction('purge'), {})).toEqual([]);
  });

  it('says why it has no value', () => {
    expect(lackingInWords(['queue', 'host'], { queue: '"a b" must match [a-z]+' })).toEqual([
      'queue: "a b" must match [a-z]+',
      'host: nobody has said what it is',
    ]);
  });
});

it('a drill whose alert its runbook does not take is at fault', () => {
  const drill = {
    alert: { alertname: 'QueueStuck', severity: 'critical', labels: { queue: 'a b' } },
    ...{ seen: { queue: 1, workers: ['w'] }, healthy: { queue: 1, workers: ['w'] }, expect: {} },
  };
  const runbook = testRunbook({
    parameters: { queue: { type: 'string', default: 'orders', pattern: '[a-z]+' } },
    drills: { stuck: drill },
    escalate: [],
  });
  expect(rehearse(runbook)[0]?.faults).toEqual(['alert: queue: "a b" must match [a-z]+']);
});
