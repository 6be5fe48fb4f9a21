import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Catalogue, RunbookAction } from '../../src/catalogue/catalogue.ts';
import { versionOf } from '../../src/catalogue/version.ts';
import type { OriginView } from '../../src/flows/requests.ts';
import { startRef } from '../../src/report/ids.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, SAM, startBot } from './bot.ts';
import { CATALOGUE } from './catalogue.ts';
import { until } from './slack.ts';

let database: TestDatabase;
let bot: Bot;
let driver: Bot['workspace']['driver'];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bot = await startBot(database);
  driver = bot.workspace.driver;
});
afterEach(() => bot.stop());

const started = () => bot.flows.of('remediate').map(([request]) => request);
const asked = () => until('remediate to be asked', () => started()[0]);

/** The catalogue of these tests, with something changed in one action of the runbook that the alert is about. */
function withAction(name: string, more: Partial<RunbookAction>): Catalogue {
  const services = new Map(CATALOGUE.services);
  const denis = services.get('denis');
  const runbook = denis?.runbooks.get('workers-stuck');
  if (!denis || !runbook) throw new Error('the catalogue of these tests is another one');
  const actions = runbook.actions.map((one) => (one.name === name ? { ...one, ...more } : one));
  const runbooks = new Map([...denis.runbooks, [runbook.name, { ...runbook, actions }]]);
  services.set('denis', { ...denis, runbooks });
  return { revision: 'next', services };
}

interface Offer {
  parameters?: OriginView['parameters'];
  refused?: Record<string, string>;
  /** Drawn before buttons named what they showed. */
  old?: boolean;
}

/** A message of an alert that offers an action, as the catalogue has it now. */
async function offer(
  name: string,
  { parameters = { queue: 'mail' }, refused, old }: Offer = {},
): Promise<string> {
  const id = randomUUID();
  const ref = `alert:${id}`;
  const about = { service: 'denis', runbook: 'workers-stuck', parameters, ...(refused ? { refused } : {}) };
  bot.flows.origins.set(ref, { ref, alert: id, ...about, place: { channel: CHANNEL } });
  const service = bot.catalogue.now.services.get('denis');
  const runbook = service?.runbooks.get('workers-stuck');
  const action = runbook?.actions.find((one) => one.name === name);
  if (!service || !runbook || !action) throw new Error('there is no such action');
  const value = old ? ref : startRef(ref, versionOf(service, runbook, action, parameters));
  return bot.post(ref, [{ id: `remediate:${name}`, value, asks: action.risk === 'disruptive' }]);
}

const click = (ts: string, name: string) => driver.as(NOOR.user).click(CHANNEL, ts, `remediate:${name}`);
const command = (text: string) => driver.as(NOOR.user).command(CHANNEL, `/remediate ${text}`);

describe('whoever may not start an action', () => {
  const ONLY = 'Only members of SRE of Denis may start this. Ask one of them to start it.';
  beforeEach(() => {
    bot.flows.barred = ONLY;
  });

  it.each(['restart-workers', 'purge'])(
    'reads who may at the click on its button, and nothing opens (%s)',
    async (name) => {
      const ts = await offer(name);
      await (await click(ts, name)).ephemeral(/Only members of SRE of Denis may start this/);
      expect(driver.modals(NOOR.user)).toEqual([]);
      expect(started()).toEqual([]);
      expect(driver.ephemerals(SAM.user)).toEqual([]);
    },
  );

  it.each(['denis/workers-stuck purge', 'denis/workers-stuck restart-workers confirm=yes'])(
    'reads it as the answer to /remediate %s',
    async (text) => {
      await (await command(text)).ephemeral(/Only members of SRE/);
      expect(driver.modals(NOOR.user)).toEqual([]);
      expect(started()).toEqual([]);
    },
  );

  it('reads it in the dialog in which the action was chosen', async () => {
    bot.flows.answers.remediate = { ok: false, says: ONLY };
    const chooser = await (await command('denis/workers-stuck')).opened('Remediate');
    const submitted = await driver
      .as(NOOR.user)
      .submit(chooser.id, { action: 'restart-workers', queue: 'mail' });
    await submitted.opened(/Only members of SRE/);
  });

  it('reads it in the question, where Slack took too long to say so before', async () => {
    const { whyNotStart } = bot.flows;
    bot.flows.whyNotStart = () => new Promise(() => {});
    bot.flows.answers.remediate = { ok: false, says: ONLY };
    const ts = await offer('purge');
    const question = await (await click(ts, 'purge')).opened(/Purge the queue mail/);
    bot.flows.whyNotStart = whyNotStart;
    const submitted = await driver.as(NOOR.user).submit(question.id, { reason: 'duplicates' });
    await submitted.opened(/Only members of SRE/);
  });
});

describe('a button whose action was changed since it was drawn', () => {
  const CHANGED = /This action was changed since/;
  const reload = (name: string, more: Partial<RunbookAction> = { title: 'Delete the workers' }) => {
    bot.catalogue.now = withAction(name, more);
  };

  it('starts nothing, says so, and shows what the action says now', async () => {
    const ts = await offer('restart-workers');
    reload('restart-workers');
    const question = await (await click(ts, 'restart-workers')).opened(/Delete the workers/);
    expect(JSON.stringify(question)).toMatch(CHANGED);
    expect(started()).toEqual([]);
    await driver.as(NOOR.user).submit(question.id);
    expect(await asked()).toMatchObject({ action: 'restart-workers' });
  });

  it('asks also where the action became a safe one', async () => {
    const ts = await offer('restart-workers');
    reload('restart-workers', { risk: 'safe' });
    await (await click(ts, 'restart-workers')).opened(/Restart the workers/);
    expect(started()).toEqual([]);
  });

  it('says so above the reason for what somebody has to approve', async () => {
    const ts = await offer('purge');
    reload('purge', { title: 'Purge all queues' });
    const question = await (await click(ts, 'purge')).opened(/Purge all queues/);
    expect(JSON.stringify(question)).toMatch(CHANGED);
    await driver.as(NOOR.user).submit(question.id, { reason: 'duplicates' });
    expect(await asked()).toMatchObject({ action: 'purge', reason: 'duplicates' });
  });

  it('says so once more when it is changed again while its question is open', async () => {
    const ts = await offer('restart-workers');
    const first = await (async () => {
      reload('restart-workers');
      return (await click(ts, 'restart-workers')).opened(/Delete the workers/);
    })();
    reload('restart-workers', { title: 'Burn the workers' });
    const submitted = await driver.as(NOOR.user).submit(first.id);
    const second = await submitted.opened(/Burn the workers/);
    expect(JSON.stringify(second)).toMatch(CHANGED);
    expect(started()).toEqual([]);
    await driver.as(NOOR.user).submit(second.id);
    expect(await asked()).toMatchObject({ action: 'restart-workers' });
  });

  it('starts it as ever when only another action was changed', async () => {
    const ts = await offer('restart-workers');
    reload('purge', { title: 'Purge all queues' });
    await click(ts, 'restart-workers');
    expect(await asked()).toMatchObject({
      action: 'restart-workers',
      seen: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(driver.modals(NOOR.user)).toEqual([]);
  });

  it('counts as changed when it was drawn before buttons named what they show', async () => {
    const ts = await offer('restart-workers', { old: true });
    const question = await (await click(ts, 'restart-workers')).opened(/Restart the workers/);
    expect(JSON.stringify(question)).toMatch(CHANGED);
    expect(started()).toEqual([]);
  });
});

describe('a dialog whose actions were changed while it was open', () => {
  const values = { action: 'restart-workers', queue: 'mail' };

  it('starts nothing, says so, and shows them as they are now', async () => {
    const chooser = await (await command('denis/workers-stuck')).opened('Remediate');
    bot.catalogue.now = withAction('restart-workers', { title: 'Delete the workers' });
    const submitted = await driver.as(NOOR.user).submit(chooser.id, values);
    const again = await submitted.opened(/Delete the workers/);
    expect(JSON.stringify(again)).toContain('This action was changed since');
    expect(started()).toEqual([]);
    await driver.as(NOOR.user).submit(again.id, values);
    expect(await asked()).toMatchObject({ action: 'restart-workers' });
  });

  it('starts it when something else of the catalogue was changed', async () => {
    const chooser = await (await command('denis/workers-stuck')).opened('Remediate');
    bot.catalogue.now = { ...CATALOGUE, revision: 'next' };
    await driver.as(NOOR.user).submit(chooser.id, values);
    expect(await asked()).toMatchObject({ action: 'restart-workers' });
  });
});

describe('an action that needs what its alert does not say', () => {
  const refused = { queue: '"a b" must match [a-z0-9_.-]+' };
  const about = { parameters: {}, refused };

  it('asks for it, says why, and takes no default', async () => {
    const ts = await offer('purge', about);
    const question = await (await click(ts, 'purge')).opened(/Purge the queue ‹queue›/);
    const text = JSON.stringify(question);
    expect(text).toContain('the alert did not say it: \\"a b\\" must match');
    expect(text).not.toContain('initial_value');
    expect((await driver.as(NOOR.user).submit(question.id, { reason: 'full' })).ok).toBe(false);
    expect(started()).toEqual([]);
    await driver.as(NOOR.user).submit(question.id, { reason: 'full', queue: 'mail' });
    expect(await asked()).toMatchObject({ action: 'purge', reason: 'full', parameters: { queue: 'mail' } });
  });

  it('refuses a wrong value in the dialog', async () => {
    const ts = await offer('purge', about);
    const question = await (await click(ts, 'purge')).opened(/Purge the queue/);
    const submitted = await driver.as(NOOR.user).submit(question.id, { reason: 'full', queue: 'a b' });
    expect(submitted.ok).toBe(false);
    expect(JSON.stringify(submitted)).toContain('must match');
    expect(started()).toEqual([]);
  });

  it('is started at once when it does not need it', async () => {
    const ts = await offer('restart-workers', about);
    await click(ts, 'restart-workers');
    expect(await asked()).toMatchObject({ action: 'restart-workers', parameters: {} });
  });

  it('is asked for by Diagnose, too, which takes no default either', async () => {
    const id = randomUUID();
    const ref = `alert:${id}`;
    const place = { channel: CHANNEL };
    bot.flows.origins.set(ref, {
      ref,
      alert: id,
      service: 'denis',
      runbook: 'workers-stuck',
      ...about,
      place,
    });
    const ts = await bot.post(ref, [{ id: 'diagnose', value: ref }]);
    const dialog = await (await driver.as(NOOR.user).click(CHANNEL, ts, 'diagnose')).opened('Diagnose');
    expect(JSON.stringify(dialog)).not.toContain('initial_value');
    expect((await driver.as(NOOR.user).submit(dialog.id)).ok).toBe(false);
    await driver.as(NOOR.user).submit(dialog.id, { queue: 'mail' });
    expect(await until('a diagnosis', () => bot.flows.of('diagnose')[0])).toMatchObject([
      { parameters: { queue: 'mail' }, origin: ref },
      expect.any(String),
    ]);
  });
});
