import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EscalationRule, Service } from '../../src/catalogue/catalogue.ts';
import { callsFor } from '../../src/store/escalations.ts';
import { alertGroup } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testCheck, testRule, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const ROLES = {
  sre: { title: 'SRE', group: 'S0SRE', contact: '+1-555-0199' },
  ops: { title: 'Operations', group: 'S0OPS' },
};
const vendor = { title: 'The vendor', reach: 'support@example.com' };

/** The shop, whose alert nothing escalates but what a test names. */
async function firing(own: EscalationRule[], overrides: Partial<Service> = {}): Promise<string> {
  const other = testRunbook({
    name: 'other',
    alerts: [],
    escalate: [],
    checks: [testCheck('api', { failing: '< 1' })],
  });
  const service = testService([testRunbook({ escalate: own }), other], {
    roles: ROLES,
    contacts: { vendor },
    ...overrides,
  });
  house = await startTestHouse(database, { catalogue: testCatalogue(service) });
  await house.flows.takeAlert(alertGroup());
  const { id } = await rowsOf(() => database).alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('pile up'));
  return id;
}

const called = async (id: string) => (await callsFor(database.db, id)).map(({ to }) => to);
const whenSeen = (key: string, says: string): EscalationRule => ({
  key,
  when: { by: 'person', says },
  to: 'sre',
  priority: 'P1',
});

describe('an alert calls', () => {
  it('everyone whom a rule names, each as its own time comes, and each once', async () => {
    const id = await firing([
      testRule('queue', { key: 'stuck#0', to: 'ops' }),
      testRule('workers', { key: 'stuck#1', to: 'sre', priority: 'P2' }),
      testRule('workers', { key: 'stuck#2', to: 'sre' }),
    ]);
    expect(await house.says(`escalation:${id}:to:ops`)).toContain('<!subteam^S0OPS>');
    expect(await house.says(`escalation:${id}:to:sre`)).toContain('P2');
    expect(await called(id)).toEqual(['ops', 'sre']);
    expect(await house.says(`alert:${id}`, (text) => text.includes('SRE (P2) was called'))).toContain(
      'Operations was called',
    );
  });

  it('by the service’s own rules, which look at checks of other runbooks', async () => {
    const checks = [
      { runbook: 'stuck', check: 'workers' },
      { runbook: 'other', check: 'api' },
    ];
    const several: EscalationRule = {
      key: '#0',
      when: { by: 'checks', checks, atLeast: 2, is: 'failing', forMs: 0 },
      to: 'sre',
    };
    const id = await firing([], { escalate: [several] });
    expect(await called(id)).toEqual([]);
    house.steps.sees.api = 0;
    await house.says(`escalation:${id}:to:sre`);
  });

  it('because it does not end', async () => {
    const id = await firing([{ key: 'stuck#0', when: { by: 'time', forMs: 30_000 }, to: 'vendor' }]);
    const call = await house.says(`escalation:${id}:to:vendor`);
    expect(call).toContain('The alert has not ended');
    expect(call).toContain('support@example.com');
  });

  it('nobody by itself for what only a person can see', async () => {
    const id = await firing([whenSeen('stuck#0', 'Data is lost')], {
      escalate: [testRule('queue', { key: '#0', to: 'ops' })],
    });
    await house.says(`escalation:${id}:to:ops`);
    expect(await called(id)).toEqual(['ops']);
  });
});

describe('a person', () => {
  it('says what they see, whoever was called before, and each such thing once', async () => {
    const id = await firing([whenSeen('stuck#0', 'Data is lost'), testRule('queue', { key: 'stuck#1' })]);
    await house.says(`escalation:${id}:to:sre`);
    const choices = await house.flows.escalations(id);
    expect(choices.map(({ ref, says }) => [ref, says])).toEqual([
      ['stuck#0', 'Data is lost'],
      ['to:ops', null],
    ]);
    const chosen = { ref: 'stuck#0', note: 'orders since 02:50' };
    await expect(house.flows.escalate(id, NOOR, chosen)).resolves.toMatchObject({ ok: true });
    await expect(house.flows.escalate(id, SAM, chosen)).resolves.toMatchObject({ ok: false });
    const call = await house.says(`escalation:${id}:stuck#0`);
    expect(call).toContain('Data is lost');
    expect(call).toContain('orders since 02:50');
  });

  it('calls whom they want where no rule names anybody, one of two who click at once', async () => {
    const id = await firing([]);
    const chosen = { ref: 'to:ops', note: null };
    const answers = await Promise.all([
      house.flows.escalate(id, NOOR, chosen),
      house.flows.escalate(id, SAM, chosen),
    ]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await called(id)).toEqual(['ops']);
  });

  it('cannot choose what the dialog never offered', async () => {
    const id = await firing([]);
    await expect(house.flows.escalate(id, NOOR, { ref: 'to:ceo', note: null })).resolves.toMatchObject({
      ok: false,
    });
    expect(await called(id)).toEqual([]);
  });

  it('has nobody left to call once everybody was called, or the alert has ended', async () => {
    const id = await firing([]);
    for (const ref of ['to:sre', 'to:ops']) await house.flows.escalate(id, NOOR, { ref, note: null });
    expect(await house.flows.escalations(id)).toEqual([]);
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    await expect(house.flows.escalate(id, NOOR, { ref: 'to:sre', note: null })).resolves.toMatchObject({
      ok: false,
    });
  });
});
