import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { needsApproval, policyFor } from '../../src/catalogue/policy.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, lintProblems, loadWith, withFolder } from '../helpers/catalogue.ts';

const policy = {
  ...{ by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
  'break-glass': { by: ['oncall'] },
};
const milder = { by: ['oncall'], votes: 1, expires: '5m', 'begin-within': '5m' };

describe('the policy of an action', () => {
  it('is that of its service for its risk, and none for what is safe', () => {
    const policies = { destructive: policy, disruptive: milder };
    expect(policyFor({ policies }, { risk: 'destructive' })).toEqual(policy);
    expect(policyFor({ policies }, { risk: 'disruptive' })).toEqual(milder);
    expect(policyFor({ policies }, { risk: 'safe' })).toBeUndefined();
  });

  it('is none where its service has none for its risk', () => {
    expect(policyFor({ policies: { destructive: policy } }, { risk: 'disruptive' })).toBeUndefined();
    expect(policyFor({ policies: { disruptive: milder } }, { risk: 'destructive' })).toBeUndefined();
  });

  it.each(['destructive', 'disruptive'] as const)(
    'wants more people, others, and no break-glass where the %s action says so',
    (risk) => {
      const approval = { votes: 2, by: ['lead'], 'break-glass': false as const };
      const { 'break-glass': _, ...rest } = policy;
      const policies = { [risk]: policy };
      expect(policyFor({ policies }, { risk, approval })).toEqual({ ...rest, votes: 2, by: ['lead'] });
      expect(policyFor({ policies }, { risk, approval: { votes: 3 } })).toEqual({ ...policy, votes: 3 });
    },
  );
});

describe('an action waits for an approval', () => {
  it.each([
    [
      'when it is disruptive, and its service has a policy for that',
      'disruptive',
      { disruptive: milder },
      true,
    ],
    [
      'not when it is disruptive, and its service has none for that',
      'disruptive',
      { destructive: policy },
      false,
    ],
    ['when it is destructive, also where nobody may give one', 'destructive', {}, true],
    ['never when it is safe', 'safe', { destructive: policy, disruptive: milder }, false],
  ] as const)('%s', (_, risk, policies, waits) => {
    expect(needsApproval({ policies }, { risk })).toBe(waits);
  });
});

async function goodFile(name: string): Promise<string> {
  return readFile(join(GOOD, 'demo', name), 'utf8');
}

/** The good catalogue, whose disruptive action asks for this, and whose service has this beside its policy. */
async function lintWith(approval: string, disruptive: string): Promise<ReturnType<typeof lintProblems>> {
  const [queue, service] = await Promise.all(['queue.yml', 'service.yml'].map(goodFile));
  return lintProblems(
    await loadWith({
      'demo/queue.yml': String(queue).replace('risk: disruptive\n', `risk: disruptive\n${approval}`),
      'demo/service.yml': String(service).replace('labels:\n', `${disruptive}labels:\n`),
    }),
  );
}

describe('an action’s own approval', () => {
  const DISRUPTIVE = '  disruptive: { by: [sre], votes: 2 }\n';
  const own = (approval: string) => `    approval: ${approval}\n`;

  it.each([
    ['{ votes: 1 }', 'policy-weaker', 'ask for 2 or more'],
    ['{ votes: 9 }', 'policy-unmeetable', 'ask for at most 5'],
    ['{ by: [lead] }', 'unknown-role', 'there are: oncall, sre'],
  ])('cannot be %s, whatever its risk', async (approval, rule, mend) => {
    const [queue, service] = await Promise.all(['queue.yml', 'service.yml'].map(goodFile));
    const destructive = lintProblems(
      await loadWith({
        'demo/queue.yml': String(queue).replace('risk: destructive\n', `risk: destructive\n${own(approval)}`),
        'demo/service.yml': String(service).replace('votes: 1', 'votes: 2'),
      }),
    );
    const expected = [expect.objectContaining({ rule, mend: expect.stringContaining(mend) })];
    expect(destructive).toEqual(expected);
    expect(await lintWith(own(approval), DISRUPTIVE)).toEqual(expected);
  });

  it('may want more for what is disruptive where its service has a policy for that', async () => {
    expect(await lintWith(own('{ votes: 3, by: [oncall], break-glass: false }'), DISRUPTIVE)).toEqual([]);
  });

  it('is for nothing where its service asks nobody', async () => {
    expect(await lintWith(own('{ votes: 2 }'), '')).toMatchObject([
      {
        rule: 'policy-weaker',
        mend: 'remove approval, or add approval: { disruptive: { by: [a role] } } to service.yml',
      },
    ]);
  });
});

describe('a service’s policy for what is disruptive', () => {
  const SERVICE =
    'title: x\nabout: x\nowner: sre\nchannel: C0X\nroles: { sre: { title: SRE, group: S0SRE } }\n';
  const at = (approval: string) => loadWith({ 'other/service.yml': `${SERVICE}approval: ${approval}\n` });

  it.each([
    ['{ disruptive: { by: [sree] } }', 'unknown-role', 'did you mean "sre"?'],
    ['{ disruptive: { by: [sre], votes: 9 } }', 'policy-unmeetable', 'at most 5'],
    ['{ disruptive: { by: [sre], expires: 0m } }', 'policy-unmeetable', 'give people time'],
    ['{ safe: { by: [sre] } }', 'unknown-key', 'known are: destructive, disruptive'],
  ])('cannot be %s', async (approval, rule, mend) => {
    expect(lintProblems(await at(approval))).toMatchObject([{ rule, mend: expect.stringContaining(mend) }]);
  });

  it('stands alone, and says nothing of what is destructive', async () => {
    expect(lintProblems(await at('{ disruptive: { by: [sre] } }'))).toEqual([]);
    const service = (await goodFile('service.yml')).replace('destructive:', 'disruptive:');
    expect(lintProblems(await loadWith({ 'demo/service.yml': service }))).toMatchObject([
      { rule: 'destructive-needs-policy' },
    ]);
  });
});

describe('the channel of a policy', () => {
  const written = async (channel: string) => ({
    'demo/service.yml': (await goodFile('service.yml')).replace('expires: 15m', `channel: ${channel}`),
  });
  const channelWith = async (channel: string, settings: Record<string, string>) =>
    withFolder([GOOD], await written(channel), async (folder) => {
      const known = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0ONCALL', ...settings };
      const { catalogue, problems } = await loadCatalogue(folder, known, stepKinds);
      return problems[0] ?? catalogue?.services.get('demo')?.policies.destructive?.channel;
    });

  it.each(['"#approvals"', 'approvals', `\${approvals}`, `\${APPROVALS:-C0X}`])(
    'is not %s',
    async (channel) => {
      expect(lintProblems(await loadWith(await written(channel)))).toMatchObject([
        {
          rule: 'wrong-type',
          line: 17,
          mend: expect.stringContaining('Slack channel id such as C0123456789'),
        },
      ]);
    },
  );

  it('is an id, or the setting that holds it', async () => {
    expect(await channelWith('C0SRE', {})).toBe('C0SRE');
    expect(await channelWith(`\${APPROVALS}`, { APPROVALS: 'C0SRE' })).toBe('C0SRE');
  });

  it('is needed where it is named, unless it may be left out', async () => {
    const problem = { rule: 'setting', line: 17, message: 'APPROVALS is not set' };
    expect(await channelWith(`\${APPROVALS}`, {})).toMatchObject(problem);
    expect(await channelWith(`\${APPROVALS:-}`, {})).toBeUndefined();
    expect(await channelWith(`\${APPROVALS:-}`, { APPROVALS: 'C0SRE' })).toBe('C0SRE');
    expect(await channelWith(`\${APPROVALS:-}`, { APPROVALS: '#sre' })).toMatchObject({
      message: 'APPROVALS is not a Slack channel id, such as C0123456789',
    });
  });

  it('holds for what the service’s actions want beyond it', () => {
    const policies = { destructive: { ...policy, channel: 'C0SRE' } };
    const approval = { votes: 2 };
    expect(policyFor({ policies }, { risk: 'destructive', approval })).toMatchObject({ channel: 'C0SRE' });
  });
});
