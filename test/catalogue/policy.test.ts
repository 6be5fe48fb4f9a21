import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { policyFor } from '../../src/catalogue/policy.ts';
import { GOOD, lintProblems, loadWith } from '../helpers/catalogue.ts';

const policy = {
  ...{ by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
  'break-glass': { by: ['oncall'] },
};

describe('the policy of an action', () => {
  it('is that of its service for what is destructive, and none for anything else', () => {
    expect(policyFor({ policy }, { risk: 'destructive' })).toEqual(policy);
    expect(policyFor({ policy }, { risk: 'disruptive' })).toBeUndefined();
    expect(policyFor({ policy }, { risk: 'safe' })).toBeUndefined();
    expect(policyFor({}, { risk: 'destructive' })).toBeUndefined();
  });

  it('wants more people, others, and no break-glass where the action says so', () => {
    const approval = { votes: 2, by: ['lead'], 'break-glass': false as const };
    const { 'break-glass': _, ...rest } = policy;
    expect(policyFor({ policy }, { risk: 'destructive', approval })).toEqual({
      ...rest,
      votes: 2,
      by: ['lead'],
    });
    expect(policyFor({ policy }, { risk: 'destructive', approval: { votes: 3 } })).toEqual({
      ...policy,
      votes: 3,
    });
  });

  it.each([
    ['{ votes: 1 }', 'policy-weaker', 'ask for 2 or more'],
    ['{ votes: 9 }', 'policy-unmeetable', 'ask for at most 5'],
    ['{ by: [lead] }', 'unknown-role', 'there are: oncall, sre'],
  ])('cannot be %s', async (approval, rule, mend) => {
    const [queue, service] = await Promise.all(
      ['demo/queue.yml', 'demo/service.yml'].map((file) => readFile(join(GOOD, file), 'utf8')),
    );
    const problems = lintProblems(
      await loadWith({
        'demo/queue.yml': String(queue).replace(
          '    risk: destructive\n',
          `    risk: destructive\n    approval: ${approval}\n`,
        ),
        'demo/service.yml': String(service).replace('votes: 1', 'votes: 2'),
      }),
    );
    expect(problems).toEqual([expect.objectContaining({ rule, mend: expect.stringContaining(mend) })]);
  });
});
