import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import type { Drill } from '../../src/catalogue/schema.ts';
import { GuardiaError } from '../../src/errors.ts';
import { createDrillBoard, type DrillBoard } from '../../src/practice/drill-board.ts';
import { createEstate } from '../../src/practice/estate.ts';
import type { Steps } from '../../src/steps/step-kind.ts';
import { handStep, testAction, testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';
import { mayAct } from '../steps/harness.ts';

const drill: Drill = {
  alert: { alertname: 'QueueStuck', severity: 'critical' },
  seen: { queue: 1_243, workers: [] },
  healthy: { queue: 12, workers: ['w1'] },
  after: { restart: { workers: ['w1'] } },
  previews: { purge: { what: 'celery purge', amount: '1,243 jobs waiting', output: 'would purge 1,243' } },
  'ends-with': ['restart', 'purge'],
  expect: {},
};
const env = { service: 'shop', connections: {}, targets: {} };
const chart = { kind: 'prometheus', input: { query: 'rate(q[5m])', chart: '1h' } };
const options = { parameters: {}, deadlineMs: 1_000 };
const look = (check: string) => ({ ...options, check: { runbook: 'stuck', check } });
const act = (action: string) => ({ ...options, action: { runbook: 'stuck', action, index: 0 } });

const nobody = { clock: async () => {}, ask: async () => {} };

let fired: { status: string; alerts: { startsAt: string; endsAt: string }[]; groupKey: string }[];
let board: DrillBoard;
let steps: Steps;
let resolved: Promise<void>;

beforeEach(() => {
  fired = [];
  let isResolved = () => {};
  resolved = new Promise((done) => {
    isResolved = done;
  });
  const runbook = testRunbook({
    drills: { fault: drill },
    checks: [testCheck('queue', { step: chart }), testCheck('workers')],
  });
  const catalogue = testCatalogue(testService([runbook]));
  board = createDrillBoard({
    catalogue: () => catalogue,
    resolveMs: 1,
    ...nobody,
    async fire(webhook) {
      fired.push(webhook as (typeof fired)[number]);
      if (fired.at(-1)?.status === 'resolved') isResolved();
    },
  });
  steps = createEstate({ catalogue: () => catalogue, board, stepMs: 1 });
});
afterEach(() => board.close());

describe('a drill without an alert', () => {
  const quiet: Drill = { ...drill, alert: undefined };

  async function begun(overrides: Partial<Runbook>): Promise<string[]> {
    const catalogue = testCatalogue(testService([testRunbook({ drills: { quiet }, ...overrides })]));
    const began: string[] = [];
    const own = createDrillBoard({
      catalogue: () => catalogue,
      fire: async () => void began.push('alert'),
      clock: async (service, runbook) => void began.push(`clock ${service}/${runbook}`),
      ask: async (service, runbook) => void began.push(`ask ${service}/${runbook}`),
    });
    await own.start('shop/stuck/quiet');
    expect(own.running('shop/stuck')?.drill).toBe(quiet);
    await own.stop('shop/stuck/quiet');
    own.close();
    return began;
  }

  it('is begun by the clock where the runbook has a schedule', async () => {
    expect(await begun({ schedule: { at: '08:00', zone: 'UTC' } })).toEqual(['clock shop/stuck']);
  });

  it('is begun by somebody who asks where it has none', async () => {
    expect(await begun({})).toEqual(['ask shop/stuck']);
  });
});

describe('a query that somebody types', () => {
  const typed = (query: string, window = '6h') =>
    steps.observe(env, { kind: 'prometheus', input: { query, chart: window } }, options);

  it('is answered as the check that asks the same, over the window that was asked for', async () => {
    const { value, series, evidence } = await typed('rate( q [5m] )');
    expect([value, evidence.at(-1)?.label]).toEqual([12, 'simulated']);
    const [first, last] = [series?.[0]?.points[0]?.[0] ?? 0, series?.[0]?.points.at(-1)?.[0] ?? 0];
    expect(last - first).toBe(6 * 3_600_000);
  });

  it('that no check asks is not made up: some that are known are named', async () => {
    await expect(typed('up')).rejects.toMatchObject({
      code: 'no-data',
      message:
        'practice simulates its systems, and knows only the queries of the catalogue, such as:\nrate(q[5m])',
    });
  });

  it('is checked as for a real Prometheus, and so is a panel that nobody has', async () => {
    expect(steps.problems({ kind: 'prometheus', input: { query: 'sum(up' } })[0]).toContain(
      'not valid PromQL',
    );
    const panel = { kind: 'grafana', input: { link: 'https://grafana.example.com' } };
    await expect(steps.observe(env, panel, options)).rejects.toMatchObject({ code: 'no-data' });
  });
});

describe('its Alertmanager', () => {
  const step = (input: object) => ({ kind: 'alertmanager', input });
  const parameters = { name: 'QueueStuck', mark: 'aaaa-1111' };
  const given = { ...options, parameters };
  const labels = { alertname: '{name}' };

  it('knows the alerts of the drills that run', async () => {
    const count = async () => (await steps.observe(env, step({ alerts: labels }), given)).says;
    expect(await count()).toBe('no active alert (simulated)');
    await board.start('shop/stuck/fault');
    expect(await count()).toBe('1 active alert (simulated): QueueStuck');
  });

  it('has the silences that were begun in it, asks nobody, and says so', async () => {
    const stands = async () =>
      (await steps.observe(env, step({ silences: labels, mark: '{mark}' }), given)).value;
    expect(await stands()).toBe(0);
    const begun = await steps.perform(env, step({ silence: labels, mark: '{mark}' }), {
      ...given,
      beforeEffect: mayAct,
    });
    expect([begun.says, await stands()]).toEqual(['simulated: no Alertmanager was asked', 1]);
    await steps.perform(env, step({ 'end-silence': labels, mark: '{mark}' }), {
      ...given,
      beforeEffect: mayAct,
    });
    expect(await stands()).toBe(0);
  });
});

describe('the simulated estate', () => {
  it('is healthy until a drill is started, then sees the fault and fires its alert', async () => {
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 12 });
    await board.start('shop/stuck/fault');
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 1_243 });
    expect(fired).toMatchObject([
      { status: 'firing', version: '4', alerts: [{ endsAt: '0001-01-01T00:00:00Z' }] },
    ]);
    expect(board.list()).toMatchObject([{ id: 'shop/stuck/fault', running: true, state: 'started 0 s ago' }]);
  });

  it('changes nothing where a step may not act (any more)', async () => {
    await board.start('shop/stuck/fault');
    const before = await steps.observe(env, chart, look('workers'));
    const beforeEffect = () => Promise.reject(new GuardiaError('conflict', 'taken over'));
    await expect(steps.perform(env, chart, { ...act('restart'), beforeEffect })).rejects.toThrow(
      'taken over',
    );
    expect((await steps.observe(env, chart, look('workers'))).value).toEqual(before.value);
  });

  it('heals step by step, and ends the alert when every needed action has run', async () => {
    await board.start('shop/stuck/fault');
    await steps.perform(env, chart, { ...act('restart'), beforeEffect: mayAct });
    expect(await steps.observe(env, chart, look('workers'))).toMatchObject({ value: ['w1'] });
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 1_243 });
    await steps.perform(env, chart, { ...act('purge'), beforeEffect: mayAct });
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 12 });
    await resolved;
    expect(fired.map(({ status, groupKey }) => [status, groupKey])).toEqual([
      ['firing', fired[0]?.groupKey],
      ['resolved', fired[0]?.groupKey],
    ]);
  });

  it('takes note of what a person did: an action whose last step is by hand has run then', async () => {
    await board.start('shop/stuck/fault');
    steps.done?.(env, { runbook: 'stuck', action: 'restart', index: 0 });
    expect(await steps.observe(env, chart, look('workers'))).toMatchObject({ value: ['w1'] });
  });

  it('draws a series that ends with what is seen now, and says that it is simulated', async () => {
    await board.start('shop/stuck/fault');
    const seen = await steps.observe(env, chart, look('queue'));
    const points = seen.series?.[0]?.points ?? [];
    expect(points.at(-1)?.[1]).toBe(1_243);
    expect(points[0]?.[1]).toBeLessThan(100);
    expect(seen.evidence.at(-1)?.label).toBe('simulated');
  });

  it('voids a plan whose drill is over', async () => {
    await board.start('shop/stuck/fault');
    const before = await steps.fingerprint(env, chart, act('purge'));
    expect(steps.drift(chart, before, await steps.fingerprint(env, chart, act('purge')))).toEqual([]);
    await board.stop('shop/stuck/fault');
    expect(steps.drift(chart, before, await steps.fingerprint(env, chart, act('purge')))).toHaveLength(1);
  });

  it('previews what the drill says', async () => {
    await board.start('shop/stuck/fault');
    expect(await steps.preview(env, chart, act('purge'))).toMatchObject({
      what: 'celery purge',
      amount: '1,243 jobs waiting',
    });
    const dry = await steps.observe(env, chart, act('purge'));
    expect(dry.evidence).toEqual([{ label: 'simulated', text: 'would purge 1,243' }]);
  });

  it('shows an amount that drains by itself as it is at the moment, down to nothing, and what was touched of it', async () => {
    const purge = { what: 'celery purge', amount: '1,200 jobs waiting, 0 reserved', drains: '10m' };
    const draining: Drill = { ...drill, previews: { purge }, 'ends-with': ['restart'] };
    const catalogue = testCatalogue(testService([testRunbook({ drills: { draining } })]));
    const own = createDrillBoard({ catalogue: () => catalogue, ...nobody, fire: async () => {} });
    const estate = createEstate({ catalogue: () => catalogue, board: own, stepMs: 1 });
    await own.start('shop/stuck/draining');
    const now = own.running('shop/stuck');
    const drained = async (minutes: number) => {
      Object.assign(now ?? {}, { startedAt: Date.now() - minutes * 60_000 });
      const { amount, count } = await estate.preview(env, chart, act('purge'));
      return [
        amount,
        count,
        (await estate.perform(env, chart, { ...act('purge'), beforeEffect: mayAct })).amount,
      ];
    };
    expect(await drained(0)).toEqual(['1,200 jobs waiting, 0 reserved', 1_200, '1,200 jobs']);
    expect(await drained(5)).toEqual(['600 jobs waiting, 0 reserved', 600, '600 jobs']);
    expect(await drained(11)).toEqual(['0 jobs waiting, 0 reserved', 0, '0 jobs']);
    own.close();
  });

  it('heals once the last step of an action is done, also when a person does that', async () => {
    const actions = [
      testAction('purge', { steps: [handStep('Ask first.'), chart, handStep('Tell them.')] }),
      testAction('restart', { steps: [handStep('Do it all.')] }),
    ];
    const catalogue = testCatalogue(testService([testRunbook({ actions, drills: { fault: drill } })]));
    const own = createDrillBoard({ catalogue: () => catalogue, ...nobody, fire: async () => {} });
    const estate = createEstate({ catalogue: () => catalogue, board: own, stepMs: 1 });
    await own.start('shop/stuck/fault');
    const nth = (index: number, action = 'purge') => ({ runbook: 'stuck', action, index });
    expect(await estate.preview(env, chart, { ...options, action: nth(1) })).toMatchObject({
      what: 'celery purge',
    });
    estate.done?.(env, nth(0));
    await estate.perform(env, chart, { ...options, action: nth(1), beforeEffect: mayAct });
    expect(own.running('shop/stuck')?.done).toEqual([]);
    estate.done?.(env, nth(2));
    estate.done?.(env, nth(0, 'restart'));
    expect(own.running('shop/stuck')?.done).toEqual(['purge', 'restart']);
    own.close();
  });

  it('keeps the deadline of a check that is slow in the drill', async () => {
    const slow: Drill = { ...drill, seen: { ...drill.seen, workers: { value: [], takes: '10s' } } };
    const catalogue = testCatalogue(testService([testRunbook({ drills: { slow } })]));
    const own = createDrillBoard({ catalogue: () => catalogue, ...nobody, fire: async () => {} });
    const estate = createEstate({ catalogue: () => catalogue, board: own });
    await own.start('shop/stuck/slow');
    await expect(estate.observe(env, chart, { ...look('workers'), deadlineMs: 20 })).rejects.toMatchObject({
      code: 'deadline',
    });
    own.close();
  });
});
