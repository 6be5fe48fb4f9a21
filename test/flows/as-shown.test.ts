import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { versionOf } from '../../src/catalogue/version.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { purge, restart } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';

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
