import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Drill } from '../../src/catalogue/schema.ts';
import { createDrillBoard, type DrillBoard } from '../../src/practice/drill-board.ts';
import { createEstate } from '../../src/practice/estate.ts';
import type { Steps } from '../../src/steps/step-kind.ts';
import { testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';

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
const chart = { kind: 'prometheus', input: { query: 'q', chart: '1h' } };
const options = { parameters: {}, deadlineMs: 1_000 };
const look = (check: string) => ({ ...options, check: { runbook: 'stuck', check } });
const act = (action: string) => ({ ...options, action: { runbook: 'stuck', action, index: 0 } });

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
    async fire(webhook) {
      fired.push(webhook as (typeof fired)[number]);
      if (fired.at(-1)?.status === 'resolved') isResolved();
    },
  });
  steps = createEstate({ catalogue: () => catalogue, board, stepMs: 1 });
});
afterEach(() => board.close());

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

  it('heals step by step, and ends the alert when every needed action has run', async () => {
    await board.start('shop/stuck/fault');
    await steps.perform(env, chart, act('restart'));
    expect(await steps.observe(env, chart, look('workers'))).toMatchObject({ value: ['w1'] });
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 1_243 });
    await steps.perform(env, chart, act('purge'));
    expect(await steps.observe(env, chart, look('queue'))).toMatchObject({ value: 12 });
    await resolved;
    expect(fired.map(({ status, groupKey }) => [status, groupKey])).toEqual([
      ['firing', fired[0]?.groupKey],
      ['resolved', fired[0]?.groupKey],
    ]);
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

  it('keeps the deadline of a check that is slow in the drill', async () => {
    const slow: Drill = { ...drill, seen: { ...drill.seen, workers: { value: [], takes: '10s' } } };
    const catalogue = testCatalogue(testService([testRunbook({ drills: { slow } })]));
    const own = createDrillBoard({ catalogue: () => catalogue, fire: async () => {} });
    const estate = createEstate({ catalogue: () => catalogue, board: own });
    await own.start('shop/stuck/slow');
    await expect(estate.observe(env, chart, { ...look('workers'), deadlineMs: 20 })).rejects.toMatchObject({
      code: 'deadline',
    });
    own.close();
  });
});
