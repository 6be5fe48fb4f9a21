import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import type { SnapshotRequest } from '../../src/flows/requests.ts';
import { prometheus } from '../../src/steps/prometheus.ts';
import type { Observation, Step } from '../../src/steps/step-kind.ts';
import { findPicture } from '../../src/store/pictures.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const seen: Observation = {
  value: 12,
  evidence: [
    { label: 'Query', text: 'up' },
    { label: 'Prometheus', text: 'http://prometheus:9090/graph?g0.expr=up' },
  ],
  series: [{ name: 'up', points: [[Date.now(), 12]] }],
};

const place = { channel: 'C0SHOP' };
const query = { of: 'query', service: 'shop', connection: 'prometheus', query: 'up', window: '6h' } as const;
const panel = {
  of: 'panel',
  service: 'shop',
  connection: 'grafana',
  link: 'https://grafana.example.com/d/x',
} as const;
const ask = (subject: SnapshotRequest['subject'], more: Partial<SnapshotRequest> = {}) =>
  house.flows.draw({ subject, by: NOOR, place, ...more }, 'd1');

async function messages(): Promise<{ thread_ts: string | null; channel: string; text: string }[]> {
  const rows = await database.db.selectFrom('message').selectAll().execute();
  return rows.map(({ thread_ts, channel, payload }) => ({
    thread_ts,
    channel,
    text: JSON.stringify(payload),
  }));
}

describe('a query', () => {
  it('is asked through the steps, bounded, and its picture is posted where it was asked', async () => {
    const steps: unknown[] = [];
    house.steps.answers = (step) => {
      steps.push(step);
      return seen;
    };
    await expect(ask(query)).resolves.toEqual({ ok: true });
    expect(steps).toEqual([
      { kind: 'prometheus', input: { query: 'up', chart: '6h', connection: 'prometheus' } },
    ]);
    expect(() => prometheus.input.parse((steps[0] as Step).input)).not.toThrow();
    const said = await house.says('snapshot:d1');
    expect(said).toContain('`up`');
    expect(said).toContain('last 6 h');
    expect(said).toContain('Now: 12');
    expect(said).toContain('Open in Prometheus');
    expect(said).toContain('"alt_text":"a chart"');
    expect(await findPicture(database.db, 'snapshot:d1')).toMatchObject({ alt: 'a chart' });
  });

  it('in a thread is answered there', async () => {
    house.steps.answers = () => seen;
    await ask(query, { place: { ...place, thread: '1700000000.000100' } });
    expect(await messages()).toMatchObject([{ channel: 'C0SHOP', thread_ts: '1700000000.000100' }]);
  });

  it('asked twice by one request is one message', async () => {
    house.steps.answers = () => seen;
    await ask(query);
    await ask(query);
    expect(await messages()).toHaveLength(1);
  });

  it('that is no PromQL is not asked at all, and its place is marked', async () => {
    house.steps.wrong = ['line 1, column 7: the query is not valid PromQL here\n  sum(up\n        ^'];
    house.steps.answers = () => new Error('it was asked');
    await expect(ask(query)).resolves.toEqual({
      ok: false,
      says: 'Not drawn: line 1, column 7: the query is not valid PromQL here.',
      code: '  sum(up\n        ^',
    });
    expect(await messages()).toEqual([]);
  });

  it('that Prometheus refuses is answered with its own words', async () => {
    const message = 'Prometheus at p:9090 refused the query: many-to-many matching (execution)';
    house.steps.answers = () => new GuardiaError('refused', message, { retryable: true });
    await expect(ask(query)).resolves.toEqual({
      ok: false,
      says: `Not drawn: ${message}. Try again in a moment.`,
    });
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['nothing', { value: null, evidence: [] }],
    ['series without a point', { value: null, evidence: [], series: [{ name: 'up', points: [] }] }],
  ])('that gives %s says so with what was asked', async (_, observation) => {
    house.steps.answers = () => observation;
    await expect(ask({ ...query, hint: 'Did you mean x?' })).resolves.toEqual({
      ok: false,
      says: 'Prometheus of shop has nothing for this in the last 6 h. Did you mean x?',
      code: 'up',
    });
  });

  it('with more series than can be drawn says how to ask for fewer', async () => {
    const text = 'not drawn: 57 series are more than a chart can show';
    house.steps.answers = () => ({ value: { a: 1, b: 2 }, evidence: [{ label: 'Chart', text }] });
    await expect(ask(query)).resolves.toEqual({
      ok: false,
      says: expect.stringContaining('57 series are more than a chart can show'),
      code: 'topk(10, up)',
    });
  });

  it('of a person of another organisation is refused', async () => {
    house.steps.answers = () => new Error('it was asked');
    await expect(ask(query, { by: STRANGER })).resolves.toMatchObject({ ok: false });
    expect(await messages()).toEqual([]);
  });
});

describe('a panel', () => {
  it('is asked for by its link, and a picture that Grafana drew is taken as it is', async () => {
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('a picture of Grafana')]);
    const steps: unknown[] = [];
    house.steps.answers = (step) => {
      steps.push(step);
      return { value: 3, says: '3 pods', evidence: [], image: png.toString('base64') };
    };
    await expect(ask(panel)).resolves.toEqual({ ok: true });
    expect(steps).toEqual([{ kind: 'grafana', input: { link: panel.link, connection: 'grafana' } }]);
    const kept = await findPicture(database.db, 'snapshot:d1');
    expect([kept?.png.subarray(8).toString(), kept?.alt]).toEqual([
      'a picture of Grafana',
      'Panel of Grafana: 3 pods',
    ]);
    expect(await house.says('snapshot:d1')).toContain(`<${panel.link}|Open in Grafana>`);
  });

  it('is called what Grafana calls it', async () => {
    const series = [{ name: 'pods', points: [[Date.now(), 3]] as const }];
    house.steps.answers = () => ({ value: 3, title: 'Pods of denis', evidence: [], series });
    await expect(ask(panel)).resolves.toEqual({ ok: true });
    expect((await findPicture(database.db, 'snapshot:d1'))?.title).toBe('Pods of denis');
  });

  it('that cannot be drawn says why', async () => {
    const says = `Guardia does not draw panels of the type heatmap; open it: ${panel.link}`;
    house.steps.answers = () => ({ value: null, says, evidence: [] });
    await expect(ask(panel)).resolves.toMatchObject({ ok: false, says: `Not drawn: ${says}` });
  });
});

describe('a runbook', () => {
  const stuck = {
    of: 'runbook',
    service: 'shop',
    runbook: 'stuck',
    parameters: { queue: 'orders' },
  } as const;

  it('is drawn where it was asked for', async () => {
    await expect(ask(stuck)).resolves.toEqual({ ok: true });
    expect(await house.says('snapshot:d1')).toContain('Jobs waiting in orders: 1,243 jobs');
  });

  it('whose checks cannot answer says which, instead of that it has no charts', async () => {
    house.steps.sees.queue = new GuardiaError('unreachable', 'Prometheus refused the connection');
    const answer = await ask(stuck);
    expect(answer).toMatchObject({ ok: false });
    expect(answer.says).toContain('Jobs waiting in orders: Prometheus refused the connection');
  });
});
