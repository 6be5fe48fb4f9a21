import { describe, expect, it } from '@jest/globals';
import { differences, stepChanges } from '../../src/plan/differences.ts';
import { canonicalJson, digestOf, sha256 } from '../../src/plan/digest.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';

function plan(overrides: Partial<Plan> = {}): Plan {
  return {
    catalogue: 'r1',
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
        what: 'celery purge',
        fingerprint: { substance: { waiting: 1_243 } },
      },
    ],
    preview: { what: 'celery purge', amount: '1,243 jobs', evidence: [] },
    dryRun: 500,
    undo: 'none',
    policy: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
    requester: { team: 'T', user: 'U' },
    reason: 'duplicates',
    ...overrides,
  };
}

describe('the digest of a plan', () => {
  it('is SHA-256 over canonical JSON: the order of keys does not matter', () => {
    const { action, ...rest } = plan();
    expect(digestOf({ ...rest, action } as Plan)).toBe(digestOf(plan()));
    expect(digestOf(plan())).toMatch(/^[0-9a-f]{64}$/);
  });

  it('canonicalises as RFC 8785 wants it', () => {
    expect(canonicalJson({ b: [1e30, 4.5, 2e-3], a: '€$\u000f\nA\'B"\\\\"/' })).toBe(
      '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[1e+30,4.5,0.002]}',
    );
  });

  it('hashes text as UTF-8, as others do', () => {
    expect(sha256('€')).toBe('c4cc90ed3d26f12d4b08a75140970a7904035c31cbb4515a83f19b9003c00d1d');
  });

  it('takes a value as JSON keeps it, and throws where nothing is kept', () => {
    expect(canonicalJson({ b: undefined, a: Number.NaN })).toBe('{"a":null}');
    expect(() => canonicalJson(undefined)).toThrow(SyntaxError);
  });

  it.each<[string, Partial<Plan>]>([
    ['the catalogue', { catalogue: 'r2' }],
    ['a parameter', { parameters: { queue: 'other' } }],
    ['the reason', { reason: 'other' }],
    ['the requester', { requester: { team: 'T', user: 'V' } }],
    ['what was shown', { preview: { what: 'celery purge', amount: '9 jobs', evidence: [] } }],
    [
      'a target',
      {
        steps: [
          {
            kind: 'celery',
            input: { purge: true },
            what: 'celery purge',
            fingerprint: { substance: { waiting: 9 } },
          },
        ],
      },
    ],
    ['the policy', { policy: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } }],
  ])('changes with %s', (_what, change) => {
    expect(digestOf(plan(change))).not.toBe(digestOf(plan()));
  });
});

describe('a plan made anew', () => {
  const noDrift = () => [];

  it('is the same while only what was shown moved a little', () => {
    expect(
      differences(plan(), plan({ catalogue: 'r2', preview: { what: 'x', evidence: [] } }), noDrift),
    ).toEqual([]);
  });

  it.each<[string, Partial<Plan>, RegExp]>([
    ['its parameters', { parameters: { queue: 'other' } }, /parameters/],
    ['its risk', { risk: 'disruptive' }, /risk changed from destructive to disruptive/],
    ['its policy', { policy: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } }, /policy/],
    ['a vanished policy', { policy: undefined }, /policy/],
    ['what can be undone', { undo: 'restore' }, /undone/],
    ['what its dry run counts', { dryRun: 601 }, /^its dry run counts 601 instead of 500$/],
    ['its title', { title: 'Purge everything' }, /title/],
    ['the number of steps', { steps: [] }, /0 steps instead of 1/],
    [
      'what a step does',
      { steps: [{ ...plan().steps[0], input: { purge: 'all' } } as Plan['steps'][number]] },
      /step 1 does something else/,
    ],
    [
      'what kind a step is',
      { steps: [{ ...plan().steps[0], kind: 'redis' } as Plan['steps'][number]] },
      /step 1 does something else/,
    ],
  ])('differs by %s', (_what, change, said) => {
    const [first] = differences(plan(), plan(change), noDrift);
    expect(first).toMatch(said);
  });

  it.each<[string, number | undefined, number | undefined]>([
    ['a fifth more', 1_000, 1_200],
    ['a hundred more', 12, 112],
    ['less', 500, 3],
    ['not counted any more', 500, undefined],
    ['not counted before', undefined, 500],
  ])('is the same when its dry run counts %s', (_what, before, now) => {
    expect(differences(plan({ dryRun: before }), plan({ dryRun: now }), noDrift)).toEqual([]);
  });

  it.each<[number, number]>([
    [1_000, 1_201],
    [12, 113],
  ])('differs when its dry run counts more than both: %i and then %i', (before, now) => {
    expect(differences(plan({ dryRun: before }), plan({ dryRun: now }), noDrift)).toHaveLength(1);
  });

  it('is void when its dry run counts nothing any more', () => {
    const found = differences(plan({ dryRun: 1_500 }), plan({ dryRun: 0 }), noDrift);
    expect(found).toEqual(['its dry run counts nothing any more: 1,500 → 0']);
    expect(differences(plan({ dryRun: 0 }), plan({ dryRun: 0 }), noDrift)).toEqual([]);
    expect(differences(plan({ dryRun: -1 }), plan({ dryRun: 0 }), noDrift)).toEqual([]);
  });

  it('is void when nothing is left of what a step would touch', () => {
    const step = (more: Partial<PlannedStep>) => ({ ...plan().steps[0], ...more }) as PlannedStep;
    const [before, now] = [
      step({ count: 1_243, amount: '1,243 jobs' }),
      step({ count: 0, amount: '0 jobs' }),
    ];
    const found = differences(plan({ steps: [before] }), plan({ steps: [now] }), noDrift);
    expect(found).toEqual(['nothing is left: 1,243 jobs → 0 jobs']);
    const of = differences(plan({ steps: [now, before] }), plan({ steps: [now, now] }), noDrift);
    expect(of).toEqual(['nothing is left of step 2: 1,243 jobs → 0 jobs']);
    expect(stepChanges(step({ count: 1_243 }), step({ count: 0 }), () => ['it moved'])).toEqual([
      'nothing is left: 1,243 → 0',
      'it moved',
    ]);
  });

  it.each<[string, number | undefined, number | undefined]>([
    ['there was nothing before', 0, 0],
    ['one is left', 1_243, 1],
    ['it is not counted any more', 1_243, undefined],
    ['it was not counted before', undefined, 0],
  ])('is the same when %s', (_what, before, now) => {
    const steps = (count: number | undefined) => [{ ...plan().steps[0], count } as PlannedStep];
    expect(differences(plan({ steps: steps(before) }), plan({ steps: steps(now) }), noDrift)).toEqual([]);
  });

  it('asks the step kind how its target drifted', () => {
    const grown = plan({
      steps: [
        { ...plan().steps[0], fingerprint: { substance: { waiting: 48_000 } } } as Plan['steps'][number],
      ],
    });
    const drift = differences(plan(), grown, (before, now) => [
      `${before.fingerprint.substance.waiting} to ${now.fingerprint.substance.waiting}`,
    ]);
    expect(drift).toEqual(['1243 to 48000']);
  });
});
