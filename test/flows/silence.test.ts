import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import type { SilenceRequest } from '../../src/flows/requests.ts';
import { endOf, timesFor } from '../../src/flows/silence-times.ts';
import { alertmanager as kind } from '../../src/steps/alertmanager.ts';
import type { Observation, Parameters, Step, StepEnvironment } from '../../src/steps/step-kind.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { alertGroup, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { fakeSteps, GUEST, NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** An Alertmanager as the steps see it: silences by the mark under which they were begun. */
function alertmanager() {
  const silences = new Map<string, Record<string, unknown>>();
  const filled = (step: Step, parameters: Parameters) =>
    JSON.parse(
      JSON.stringify(kind.input.parse(step.input)).replace(/"\{([a-z0-9-]+)\}"/g, (_, name) =>
        JSON.stringify(parameters[name]),
      ),
    );
  return {
    silences,
    begun: 0,
    does(step: Step, parameters: Parameters) {
      const { mark, ...input } = filled(step, parameters);
      if ('silence' in input) {
        this.begun += 1;
        silences.set(mark, input);
      } else silences.delete(mark);
      return { says: 'as asked', evidence: [{ label: 'Alertmanager', text: 'http://am:9093/#/silences/1' }] };
    },
    answers(step: Step, parameters: Parameters): Observation {
      const input = filled(step, parameters);
      if ('alerts' in input)
        return { value: 2, says: `2 active of ${JSON.stringify(input.alerts)}`, evidence: [] };
      return { value: silences.has(input.mark) ? 1 : 0, evidence: [] };
    },
  };
}

let am: ReturnType<typeof alertmanager>;

const connected: StepEnvironment = {
  service: 'shop',
  connections: { alertmanager: { kind: 'alertmanager' } },
  targets: {},
};
const at = { alertmanager: ['http://am:9093'] };

/** An alert of the shop that fires, in a house whose service has this Alertmanager. */
async function firing(environment = connected, addresses: Record<string, string[]> = at): Promise<string> {
  am = alertmanager();
  const steps = Object.assign(fakeSteps(), {
    does: (step: Step, parameters: Parameters) => am.does(step, parameters),
    answers: (step: Step, parameters: Parameters) => am.answers(step, parameters),
  });
  const service = testService([testRunbook({ escalate: [] })], { environment, addresses });
  house = await startTestHouse(database, { steps, catalogue: testCatalogue(service) });
  await house.flows.takeAlert(alertGroup('g1', { labels: { pod: 'a{b}"c' } }));
  const { id } = await rowsOf(() => database).alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('pile up'));
  return id;
}

const ask = (alert: string, more: Partial<SilenceRequest> = {}) =>
  house.flows.silence({
    ...{
      id: 'r1',
      alert,
      by: NOOR,
      time: '1h',
      labels: ['team', 'severity', 'pod'],
      reason: 'a {deployment}',
    },
    ...more,
  });

const events = async () => (await auditEntries(database.db, 0, 100)).map(({ event }) => event);

describe('silencing an alert', () => {
  it('silences its labels in the person’s name, and its message says so until when, by whom and why', async () => {
    const id = await firing();
    house.people.account = async (person) => ({
      ...person,
      kind: 'member',
      name: 'Noor',
      zone: 'Europe/Madrid',
    });
    expect(await house.says(`alert:${id}`)).toContain('"Silence"');
    const before = Date.now();
    await expect(ask(id)).resolves.toEqual({ ok: true });
    const [silence] = am.silences.values();
    expect(silence).toEqual({
      silence: { alertname: 'QueueStuck', severity: 'critical', team: 'shop', pod: 'a{b}"c' },
      until: expect.any(String),
      because: 'a {deployment}',
      by: 'Noor',
      connection: 'alertmanager',
    });
    expect(Math.abs(Date.parse(String(silence?.until)) - before - 3_600_000)).toBeLessThan(5_000);
    const said = await house.says(`alert:${id}`, (text) => text.includes('Silenced'));
    expect(said).toContain('by <@U0NOOR>: a {deployment}');
    expect(said).toContain('"End silence"');
    expect(said).not.toContain('"Silence"');
    const [mark] = am.silences.keys();
    expect(await house.says(`silence:${mark}`)).toContain('http://am:9093/#/silences/1|Open in Alertmanager');
    expect(await events()).toEqual(['silence-asked', 'silenced']);
  });

  it('leaves out the labels that were not ticked, never its name', async () => {
    const id = await firing();
    await ask(id, { labels: [] });
    expect([...am.silences.values()]).toMatchObject([{ silence: { alertname: 'QueueStuck' } }]);
  });

  it('asked for twice by one request is begun once', async () => {
    const id = await firing();
    await expect(Promise.all([ask(id), ask(id)])).resolves.toEqual([{ ok: true }, { ok: true }]);
    await expect(ask(id)).resolves.toEqual({ ok: true });
    expect(am.begun).toBe(1);
    expect(await events()).toEqual(['silence-asked', 'silenced']);
  });

  it('by two people at once is one silence, and the other reads so', async () => {
    const id = await firing();
    const goOn = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    house.steps.does = async (step, parameters) => {
      asked.resolve();
      await goOn.promise;
      return am.does(step, parameters);
    };
    const first = ask(id);
    await asked.promise;
    const second = await ask(id, { id: 'r2', by: SAM });
    goOn.resolve();
    expect(second).toMatchObject({ ok: false, says: expect.stringContaining('silenced this alert already') });
    await expect(first).resolves.toEqual({ ok: true });
    expect(am.begun).toBe(1);
  });

  it('that was cut off goes on under the same mark', async () => {
    const id = await firing();
    const begins = Promise.withResolvers<void>();
    const marks: unknown[] = [];
    house.steps.does = (_step, { mark }) => {
      marks.push(mark);
      begins.resolve();
      return new Promise<never>(() => {});
    };
    void ask(id).catch(() => {});
    await begins.promise;
    await house.flows.stop(0);
    house = await startTestHouse(database, {
      steps: Object.assign(fakeSteps(), {
        does: (step: Step, parameters: Parameters) => am.does(step, parameters),
        answers: (step: Step, parameters: Parameters) => am.answers(step, parameters),
      }),
      catalogue: house.catalogue.now,
    });
    await house.says(`alert:${id}`, (text) => text.includes('Silenced'));
    expect([...am.silences.keys()]).toEqual(marks);
  });
});

describe('an alert is not said to be silenced', () => {
  it('when Alertmanager refuses', async () => {
    const id = await firing();
    house.steps.does = () => new GuardiaError('refused', 'Alertmanager at am:9093 refused: no');
    await expect(ask(id)).resolves.toEqual({
      ok: false,
      says: 'Not silenced: Alertmanager at am:9093 refused: no.',
    });
    expect(await house.says(`alert:${id}`)).not.toMatch(/Silenced|End silence/);
    const told = await database.db
      .selectFrom('message')
      .select('key')
      .where('key', 'like', 'silence:%')
      .execute();
    expect(told).toEqual([]);
    expect(await events()).toEqual(['silence-asked', 'silence-refused']);
    house.steps.does = (step, parameters) => am.does(step, parameters);
    await expect(ask(id, { id: 'r2' })).resolves.toEqual({ ok: true });
  });

  it('when Alertmanager hangs; that nobody knows is said, too', async () => {
    const id = await firing();
    house.steps.does = () => new GuardiaError('deadline', 'alertmanager of shop did not answer within 10 s');
    house.steps.answers = () => new GuardiaError('deadline', 'nor now');
    const { ok, says } = await ask(id);
    expect([ok, says]).toEqual([
      false,
      expect.stringMatching(/^Not silenced: .*it may have come through\.$/),
    ]);
    expect(await house.says(`alert:${id}`)).not.toMatch(/Silenced|End silence/);
  });

  it('unless it is, though the answer got lost', async () => {
    const id = await firing();
    house.steps.does = (step, parameters) => {
      am.does(step, parameters);
      return new GuardiaError('unreachable', 'the socket closed');
    };
    await expect(ask(id)).resolves.toEqual({ ok: true });
    await house.says(`alert:${id}`, (text) => text.includes('Silenced'));
  });

  it.each([
    ['a guest', { by: GUEST }, /Only members/],
    ['somebody of another organisation', { by: STRANGER }, /Only members/],
    ['nobody says why', { reason: ' ' }, /Say why/],
    ['a time that was never offered', { time: '400d' }, /choose how long/],
  ])('for %s', async (_, more, says) => {
    const id = await firing();
    const answer = await ask(id, more);
    expect([answer.ok, answer.says]).toEqual([false, expect.stringMatching(says)]);
    expect(am.begun).toBe(0);
  });

  it('once it has ended', async () => {
    const id = await firing();
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    await expect(ask(id)).resolves.toMatchObject({ ok: false });
    await expect(house.flows.silenceOffer(id, NOOR)).resolves.toMatchObject({ ok: false });
    expect(am.begun).toBe(0);
  });

  it.each([
    ['no Alertmanager', { ...connected, connections: {} }, {}],
    ['one whose setting is missing', connected, { alertmanager: [] }],
  ])('where the service has %s, which offers no button either', async (_, environment, addresses) => {
    const id = await firing(environment, addresses);
    expect(await house.says(`alert:${id}`)).not.toContain('"Silence"');
    await expect(ask(id)).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('no connection'),
    });
  });
});

describe('the end of a silence', () => {
  it('comes when a person ends it, and its message says who did', async () => {
    const id = await firing();
    await ask(id);
    await expect(house.flows.endSilence(id, SAM)).resolves.toEqual({ ok: true });
    expect(am.silences.size).toBe(0);
    const said = await house.says(`alert:${id}`, (text) => text.includes('ended at'));
    expect(said).toContain('by <@U0SAM>');
    expect(said).toContain('"Silence"');
    await expect(house.flows.endSilence(id, SAM)).resolves.toMatchObject({ ok: false });
    expect(await events()).toEqual(['silence-asked', 'silenced', 'silence-ended']);
  });

  it('is not said while Alertmanager refuses it', async () => {
    const id = await firing();
    await ask(id);
    house.steps.does = () => new GuardiaError('refused', 'Alertmanager refused: no');
    await expect(house.flows.endSilence(id, NOOR)).resolves.toEqual({
      ok: false,
      says: 'It is still silenced: Alertmanager refused: no.',
    });
    expect(await house.says(`alert:${id}`)).toContain('End silence');
  });

  it('is not a guest’s to bring about', async () => {
    const id = await firing();
    await ask(id);
    await expect(house.flows.endSilence(id, GUEST)).resolves.toMatchObject({ ok: false });
    expect(am.silences.size).toBe(1);
  });

  it('comes when somebody ends it in Alertmanager itself', async () => {
    const id = await firing();
    await ask(id);
    am.silences.clear();
    expect(await house.says(`alert:${id}`, (text) => text.includes('ended at'))).toContain('in Alertmanager');
  });

  it('does not come because Alertmanager cannot be asked for a while', async () => {
    const id = await firing();
    await ask(id);
    let asked = 0;
    house.steps.answers = () => {
      asked += 1;
      return new GuardiaError('unreachable', 'away');
    };
    await until('two looks', async () => (asked > 1 ? true : undefined));
    expect(await house.says(`alert:${id}`)).toContain('End silence');
  });

  it('comes when its time is over', async () => {
    const id = await firing();
    await ask(id);
    await database.db.updateTable('silence').set({ until: new Date() }).execute();
    const said = await house.says(`alert:${id}`, (text) => text.includes('ended at'));
    expect(said).not.toContain('in Alertmanager');
  });

  it('comes after that of its alert, whose message says that it lasts', async () => {
    const id = await firing();
    await ask(id);
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    const said = await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    expect(said).toContain('Still silenced');
    expect(said).toContain('End silence');
    await house.flows.endSilence(id, NOOR);
    await house.says(`alert:${id}`, (text) => !text.includes('End silence') && text.includes('ended at'));
  });
});

describe('what is offered', () => {
  it('is the alert’s labels and times, and how many alerts that is in Alertmanager’s words', async () => {
    const id = await firing();
    const offered = await house.flows.silenceOffer(id, NOOR);
    expect(offered).toMatchObject({
      ok: true,
      offer: { title: 'The queue is stuck', labels: { alertname: 'QueueStuck', pod: 'a{b}"c' } },
    });
    expect(await house.flows.silenceReach(id, ['team'])).toBe(
      '2 active of {"team":"shop","alertname":"QueueStuck"}',
    );
    house.steps.answers = () => new GuardiaError('deadline', 'no answer within 10 s');
    expect(await house.flows.silenceReach(id, [])).toMatch(/does not say how many.*no answer/);
  });

  it.each([
    ['2026-11-21T02:00:00Z', 'until 09:00 today', '2026-11-21T08:00:00.000Z'],
    ['2026-11-21T14:00:00Z', 'until 09:00 tomorrow', '2026-11-22T08:00:00.000Z'],
    ['2026-11-21T23:30:00Z', 'until 09:00 today', '2026-11-22T08:00:00.000Z'],
  ])('at %s in Madrid ends with %j', (now, title, ends) => {
    const times = timesFor(new Date(now), 'Europe/Madrid');
    expect(times.map(({ id }) => id)).toEqual(['30m', '1h', '2h', '4h', 'morning']);
    expect(times.at(-1)?.title).toBe(title);
    expect(endOf('morning', new Date(now), 'Europe/Madrid')?.toISOString()).toBe(ends);
  });
});
