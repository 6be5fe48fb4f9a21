import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startersOf } from '../../src/catalogue/starters.ts';
import { GOOD, lintProblems, loadWith } from '../helpers/catalogue.ts';
import { testService } from '../helpers/shop.ts';

const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };

describe('the roles that may start an action', () => {
  it.each(['disruptive', 'destructive'] as const)('are those of its service when it is %s', (risk) => {
    expect(startersOf(testService([], { roles }), { risk })).toEqual(['sre', 'oncall']);
    expect(startersOf(testService([], { roles, runBy: ['oncall'] }), { risk })).toEqual(['oncall']);
    expect(startersOf(testService([], { roles, runBy: ['anybody'] }), { risk })).toBeNull();
  });

  it('are none where anybody may: for what is safe, whatever its service says', () => {
    expect(startersOf(testService([], { roles, runBy: ['oncall'] }), { risk: 'safe' })).toBeNull();
  });

  it.each(['safe', 'disruptive', 'destructive'] as const)('are what the %s action itself says', (risk) => {
    const service = testService([], { roles, runBy: ['oncall'] });
    expect(startersOf(service, { risk, runBy: ['sre'] })).toEqual(['sre']);
    expect(startersOf(service, { risk, runBy: ['anybody'] })).toBeNull();
  });
});

/** The good catalogue, with a line more in its service and in its disruptive action. */
async function loaded({ service = '', action = '' }) {
  const read = (name: string) => readFile(join(GOOD, 'demo', name), 'utf8');
  const [queue, demo] = await Promise.all([read('queue.yml'), read('service.yml')]);
  return loadWith({
    'demo/queue.yml': queue.replace('risk: disruptive\n', `risk: disruptive\n${action}`),
    'demo/service.yml': demo.replace('roles:\n', `${service}roles:\n`),
  });
}

describe('run-by', () => {
  it.each([
    ['one role', 'sre', ['sre']],
    ['several roles', '[sre, oncall]', ['sre', 'oncall']],
    ['anybody', 'anybody', ['anybody']],
  ])('takes %s, in a service and in an action', async (_, written, runBy) => {
    const found = await loaded({ service: `run-by: ${written}\n`, action: `    run-by: ${written}\n` });
    expect(lintProblems(found)).toEqual([]);
    const demo = found.catalogue?.services.get('demo');
    expect(demo?.runBy).toEqual(runBy);
    const action = demo?.runbooks.get('queue')?.actions.find(({ risk }) => risk === 'disruptive');
    expect(action?.runBy).toEqual(runBy);
  });

  it.each([
    ['a service', { service: 'run-by: [sree]\n' }, 'demo/service.yml'],
    ['an action', { action: '    run-by: sree\n' }, 'demo/queue.yml'],
  ])('of %s has to name roles that there are', async (_, written, file) => {
    expect(lintProblems(await loaded(written))).toMatchObject([
      {
        rule: 'unknown-role',
        file,
        message: expect.stringContaining('"sree"'),
        mend: expect.stringContaining('sre'),
      },
    ]);
  });

  it.each([
    ['a service', { service: 'run-by: [sre, anybody]\n' }],
    ['an action', { action: '    run-by: [anybody, sre]\n' }],
  ])('of %s does not hide anybody among roles', async (_, written) => {
    const problems = lintProblems(await loaded(written));
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).toContain('write anybody alone');
  });

  it('leaves no role the name anybody', async () => {
    const found = await loadWith({
      'demo/service.yml': (await readFile(join(GOOD, 'demo/service.yml'), 'utf8')).replace(
        '  sre:',
        '  anybody:',
      ),
    });
    expect(JSON.stringify(lintProblems(found))).toContain('anybody stands for everybody');
  });
});
