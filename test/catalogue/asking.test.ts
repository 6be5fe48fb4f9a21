import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseArguments } from '../../src/catalogue/arguments.ts';
import type { Catalogue, Runbook } from '../../src/catalogue/catalogue.ts';
import { findRunbook } from '../../src/catalogue/find.ts';
import { matchAlert } from '../../src/catalogue/match.ts';
import { editDistance, nearest } from '../../src/catalogue/nearest.ts';
import { parametersFor } from '../../src/catalogue/parameters.ts';
import type { Parameter } from '../../src/catalogue/schema.ts';
import { loadWith } from '../helpers/catalogue.ts';

const SERVICE = 'about: x\nowner: sre\nchannel: C0X\nroles: { sre: { title: SRE, group: S0SRE } }\n';
const QUIET = (alert: string) => `title: x
symptoms: x
alerts: [${alert}]
checks: { up: { title: Up, prometheus: { query: up } } }
drills: { fault: { alert: { alertname: X, severity: none, labels: { env: prod } }, seen: { up: 0 }, healthy: { up: 1 }, expect: { failing: [up] } } }
`;

let catalogue: Catalogue;
beforeAll(async () => {
  const connections = 'connections: { prometheus: { kind: prometheus, url: "http://p" } }\n';
  const loaded = await loadWith({
    'shop/service.yml': `title: Shop\n${SERVICE}labels: { team: demo, env: prod }\n${connections}`,
    'zoo/service.yml': `title: Zoo\n${SERVICE}labels: { team: demo }\n`,
    'shop/queue.yml': QUIET('{ alertname: X, env: prod }'),
    'shop/prices.yml': QUIET('{ alertname: X, env: test }').replace(
      'labels: { env: prod }',
      'labels: { env: test }',
    ),
  });
  if (!loaded.catalogue) throw new Error(JSON.stringify(loaded.problems));
  catalogue = loaded.catalogue;
});

describe('an alert', () => {
  const matched = (labels: Record<string, string>) => {
    const { service, runbook, by } = matchAlert(catalogue, labels);
    return [service.name, runbook, by];
  };

  it('belongs to the runbook all of whose labels it has', () => {
    expect(matched({ alertname: 'X', env: 'test', more: 'yes' })).toEqual(['shop', 'prices', 'runbook']);
    expect(matched({ alertname: 'QueueGrowing' })).toEqual(['demo', 'queue', 'runbook']);
  });

  it('that no runbook claims belongs to the service with the most labels that fit', () => {
    expect(matched({ alertname: 'X', env: 'dev', team: 'demo' })).toEqual(['demo', null, 'labels']);
    expect(matched({ alertname: 'Y', env: 'prod', team: 'demo' })).toEqual(['shop', null, 'labels']);
  });

  it('of nobody is not lost', () => {
    expect(matched({ alertname: 'Y' })).toEqual(['demo', null, 'nobody']);
    expect(matched({})).toEqual(['demo', null, 'nobody']);
    expect(matched({ alertname: '__proto__' })).toEqual(['demo', null, 'nobody']);
  });
});

describe('finding a runbook', () => {
  it.each([['demo/queue'], ['DEMO/queue '], ['prices']])('understands %j', (asked) => {
    expect(findRunbook(catalogue, asked).ok).toBe(true);
  });

  it.each([
    ['queue', 'Say which: demo/queue, shop/queue', ['demo/queue', 'shop/queue']],
    ['shop/pirces', 'Did you mean shop/prices?', ['shop/prices']],
    ['pirces', 'Did you mean shop/prices?', ['shop/prices']],
    ['something-else', 'There are: demo/queue, shop/prices, shop/queue.', []],
    ['demo/prices', 'Did you mean shop/prices?', ['shop/prices']],
  ])('answers %j with what there is', (asked, says, near) => {
    expect(findRunbook(catalogue, asked)).toEqual({
      ok: false,
      says: expect.stringContaining(says),
      nearest: near,
    });
  });
});

describe('parameters', () => {
  const asking = (parameters: Record<string, Parameter>, given: Record<string, string>) =>
    parametersFor({ title: 'Test', parameters } as unknown as Runbook, given);

  it('are typed, with defaults for what was not given', () => {
    const declared = {
      queue: { type: 'string', default: 'jobs' },
      count: { type: 'number' },
      all: { type: 'boolean' },
    } as const;
    expect(asking(declared, { count: '12', all: 'true' })).toEqual({
      ok: true,
      parameters: { queue: 'jobs', count: 12, all: true },
    });
  });

  it.each<[Parameter, string, string]>([
    [{ type: 'number' }, '1e3', 'p must be a number.'],
    [{ type: 'number' }, '', 'p must be a number.'],
    [{ type: 'number', min: 2 }, '1', 'p must be at least 2.'],
    [{ type: 'number', max: 6 }, '7', 'p must be at most 6.'],
    [{ type: 'number', values: [1, 2] }, '3', 'p must be one of 1, 2.'],
    [{ type: 'boolean' }, 'yes', 'p must be true or false.'],
    [{ type: 'string', values: ['a', 'b'] }, 'c', 'p must be one of a, b.'],
    [{ type: 'string', pattern: '[a-z]+' }, 'jobs; rm', 'p must match [a-z]+.'],
    [{ type: 'string', pattern: 'a|b' }, 'ax', 'p must match a|b.'],
    [{ type: 'string' }, 'a\u202Eb', 'p must not have control or invisible characters.'],
    [{ type: 'string' }, '', 'p must not be empty.'],
    [{ type: 'string' }, 'x'.repeat(257), 'p must be at most 256 characters long.'],
  ])('declared as %j refuse %j', (parameter, text, problem) => {
    expect(asking({ p: parameter }, { p: text })).toEqual({ ok: false, problems: [problem] });
  });

  it('say what is missing and what is unknown, all at once', () => {
    const declared = {
      queue: { type: 'string', about: 'the queue to drain' },
      count: { type: 'number' },
    } as const;
    expect(asking(declared, { quue: 'jobs', __proto__x: '1' })).toEqual({
      ok: false,
      problems: [
        'There is no parameter quue: did you mean "queue"?',
        'There is no parameter __proto__x: there are: queue, count',
        'queue is missing (the queue to drain): write queue=….',
        'count is missing: write count=….',
      ],
    });
    expect(asking({}, { a: '1' })).toEqual({
      ok: false,
      problems: ['Test takes no parameters, and a is one.'],
    });
  });
});

describe('the bounds of a number', () => {
  it('belong to what is allowed', () => {
    const runbook = {
      title: 'Test',
      parameters: { p: { type: 'number', min: 2, max: 6 } },
    } as unknown as Runbook;
    expect(parametersFor(runbook, { p: '2' }).ok).toBe(true);
    expect(parametersFor(runbook, { p: '6' }).ok).toBe(true);
  });
});

describe('what a person types', () => {
  it.each([
    ['', {}, undefined],
    ['  redis-down  ', {}, 'redis-down'],
    ['denis/redis-down queue=celery', { queue: 'celery' }, 'denis/redis-down'],
    ['queue=celery redis-down', { queue: 'celery' }, 'redis-down'],
    ['x reason="two words" n=1', { reason: 'two words', n: '1' }, 'x'],
    ['x reason=“two words”', { reason: 'two words' }, 'x'],
    ['x reason=\'it said "no"\'', { reason: 'it said "no"' }, 'x'],
    ['x reason="it said \\"no\\""', { reason: 'it said "no"' }, 'x'],
    ["x reason=don't", { reason: "don't" }, 'x'],
    ['x url=http://a/?b=c', { url: 'http://a/?b=c' }, 'x'],
    ['x empty= quoted=""', { empty: '', quoted: '' }, 'x'],
    ['x\u00a0queue=a\nn=1', { queue: 'a', n: '1' }, 'x'],
    ['x __proto__=1', JSON.parse('{"__proto__":"1"}'), 'x'],
  ])('is read: %j', (text, parameters, runbook) => {
    expect(parseArguments(text)).toEqual({ ok: true, parameters, ...(runbook ? { runbook } : {}) });
  });

  it.each([
    ['x reason="two words', 'not closed'],
    ['x "', 'not closed'],
    ['x reason="a"b', 'sticks to it'],
    ['x y', 'neither the runbook nor name=value'],
    ['x =y', 'neither the runbook nor name=value'],
    ['x a=1 a=2', 'given twice'],
  ])('is refused with the reason: %j', (text, reason) => {
    expect(parseArguments(text)).toEqual({ ok: false, says: expect.stringContaining(reason) });
  });

  it('comes through whole when it is quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const quoted = value.replace(/["“”„\\]/g, '\\$&');
        expect(parseArguments(`x reason="${quoted}"`)).toEqual({
          ok: true,
          runbook: 'x',
          parameters: { reason: value },
        });
      }),
    );
  });
});

describe('the nearest names', () => {
  it('are those one slip away', () => {
    const names = ['redis-down', 'workers-stuck', 'graph-slow'];
    expect(nearest('redsi-down', names)).toEqual(['redis-down']);
    expect(nearest('redis', names)).toEqual(['redis-down']);
    expect(nearest('WORKERS-STUC', names)).toEqual(['workers-stuck']);
    expect(nearest('kafka', names)).toEqual([]);
    expect(nearest('x'.repeat(100_000), names)).toEqual([]);
  });

  it('are measured in insertions, deletions, replacements and swaps', () => {
    expect(editDistance('abc', 'acb')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
