import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { versionOf } from '../../src/catalogue/version.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { ACTIONS, readStartRef } from '../../src/report/ids.ts';
import { alertGroup, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** The same request, with the version of the action that the catalogue has now. */
function shown(request: RemediateRequest): RemediateRequest {
  const service = house.catalogue.now.services.get(request.service);
  const runbook = service?.runbooks.get(request.runbook);
  const action = runbook?.actions.find(({ name }) => name === request.action);
  if (!service || !runbook || !action) throw new Error('there is no such action');
  return { ...request, seen: versionOf(service, runbook, action, request.parameters) };
}

function reload(title: string, more: Parameters<typeof testRunbook>[0] = {}): void {
  const actions = testRunbook().actions.map((one) => ({ ...one, title: `${title} ${one.name}` }));
  house.catalogue.now = {
    ...testCatalogue(testService([testRunbook({ actions, ...more })])),
    revision: 'next',
  };
}

const plans = () => database.db.selectFrom('plan').select('id').execute();

describe('an action that was shown', () => {
  it.each([
    ['disruptive', restart],
    ['destructive', purge],
  ])('is not started when it was changed since, whatever it says now (%s)', async (_, request) => {
    const asked = shown(request);
    reload('Delete everything with');
    expect(await house.flows.remediate(asked, 'r1')).toEqual({
      ok: false,
      says: 'This action was changed since it was shown to you. Nothing was done. Ask for it again, and read what it says now.',
    });
    expect(await plans()).toEqual([]);
    expect(house.steps.performed).toEqual([]);
  });

  it('is started when only other parts of the catalogue were changed', async () => {
    const asked = shown(restart);
    const { actions } = testRunbook();
    const checks = [...testRunbook().checks, testCheck('more')];
    const service = testService([testRunbook({ actions, checks }), testRunbook({ name: 'new', alerts: [] })]);
    house.catalogue.now = { ...testCatalogue(service), revision: 'next' };
    expect(await house.flows.remediate(asked, 'r1')).toEqual({ ok: true });
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('is not started with other parameters than were shown', async () => {
    const asked = { ...shown(purge), parameters: { queue: 'mails' } };
    expect(await house.flows.remediate(asked, 'r1')).toMatchObject({ ok: false });
    expect(await plans()).toEqual([]);
  });

  it('is offered in another version from then on', async () => {
    const before = shown(restart).seen;
    reload('Really do');
    expect(shown(restart).seen).not.toBe(before);
    expect(await house.flows.remediate(shown(restart), 'r2')).toEqual({ ok: true });
    await rows.reaches('done');
  });
});

/** Every button of every message that starts an action, by the message's key. */
async function startButtons(): Promise<[key: string, value: string][]> {
  const messages = await database.db.selectFrom('message').select(['key', 'payload']).execute();
  return messages.flatMap(({ key, payload }) => {
    const { blocks } = payload as { blocks: { elements?: { action_id?: string; value?: string }[] }[] };
    const buttons = blocks.flatMap(({ elements = [] }) => elements);
    return buttons
      .filter(({ action_id }) => action_id?.startsWith(`${ACTIONS.remediate}:`))
      .map(({ value = '' }): [string, string] => [key.split(':')[0] ?? '', value]);
  });
}

it('every button that starts an action names what it is about and what it shows: on cards, diagnoses, runs and proofs', async () => {
  const undone = testRunbook().actions.map((one) =>
    one.name === 'restart' ? { ...one, undoneBy: 'look' } : one,
  );
  const looking = testAction('reset', { title: 'Reset it', undoneBy: 'look' });
  const runbook = testRunbook({ actions: [...undone, looking], escalate: [] });
  house.catalogue.now = testCatalogue(testService([runbook]));
  await house.flows.takeAlert(alertGroup('g1'));
  const { id } = await rows.alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('remediate:restart'));
  await house.flows.remediate({ ...restart, origin: `alert:${id}` }, 'r1');
  const plan = await rows.plan();
  await house.says(`proof:${plan.id}`, (text) => text.includes('Undo'));
  await house.flows.remediate({ ...restart, action: 'reset', origin: `alert:${id}` }, 'r2');
  const buttons = await until('an undo in every place', async () => {
    const found = await startButtons();
    return found.some(([key]) => key === 'plan') ? found : undefined;
  });
  expect([...new Set(buttons.map(([key]) => key))].sort()).toEqual(['alert', 'diagnosis', 'plan', 'proof']);
  const about = { alert: 'alert', diagnosis: 'run', plan: 'plan', proof: 'plan' } as Record<string, string>;
  for (const [key, value] of buttons) {
    expect(readStartRef(value)).toMatchObject({
      ref: expect.stringMatching(`^${about[key]}:`),
      seen: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  }
});
