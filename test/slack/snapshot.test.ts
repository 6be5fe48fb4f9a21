import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SnapshotRequest } from '../../src/flows/requests.ts';
import { tellWhenSlow } from '../../src/slack/slow.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, OTHER, startBot } from './bot.ts';
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

const noor = () => driver.as(NOOR.user);
const drawn = async () => (await until('a drawing', () => bot.flows.of('draw')[0]))[0] as SnapshotRequest;

/** What is asked of the flows when this is typed in a channel. */
async function asked(text: string, channel = CHANNEL): Promise<SnapshotRequest['subject']> {
  expect(await noor().command(channel, `/snapshot ${text}`)).toMatchObject({ ok: true, ack: '' });
  return (await drawn()).subject;
}

async function answered(text: string, says: string | RegExp, channel = CHANNEL): Promise<string> {
  const got = await noor().command(channel, `/snapshot ${text}`);
  const { blocks } = await got.ephemeral(says);
  expect(bot.flows.calls).toEqual([]);
  return JSON.stringify(blocks);
}

const query = { of: 'query', service: 'denis', connection: 'prometheus', window: '1h' };

describe('/snapshot with PromQL', () => {
  it("asks the Prometheus of the channel's service for the last hour, where it was typed", async () => {
    await noor().command(CHANNEL, '/snapshot sum by (code) (rate(http_requests_total{code=~"5.."}[5m])) > 0');
    expect(await drawn()).toEqual({
      subject: { ...query, query: 'sum by (code) (rate(http_requests_total{code=~"5.."}[5m])) > 0' },
      by: NOOR,
      place: { channel: CHANNEL },
    });
  });

  it.each([
    ['up last 6h', '6h'],
    ['up last 30 min', '30m'],
    ['up LAST 2 days', '2d'],
  ])('of %j takes the window from its end', async (text, window) => {
    expect(await asked(text)).toMatchObject({ query: 'up', window });
  });

  it.each(['up last 0m', 'up last 31d', 'up last 999999d'])(
    'of %j names the windows there are',
    async (text) => {
      await answered(text, /between 1m and 30d/);
    },
  );

  it('asks the service that is named, whatever the channel, by its only connection', async () => {
    const subject = await asked('tiles: redis_up - 1');
    expect(subject).toMatchObject({ service: 'tiles', connection: 'thanos', query: 'redis_up - 1' });
  });

  it('asks whose Prometheus is meant where the channel belongs to none, and how to say it', async () => {
    const said = await answered('up', /Say whose Prometheus/, OTHER);
    expect(said).toContain('/snapshot denis: up');
    expect(said).toContain('/snapshot tiles: up');
  });

  it('names the nearest service for one that is not there', async () => {
    await answered('dennis: up', /There is no service "dennis": did you mean "denis"/);
  });

  it('takes no query that is longer than people write', async () => {
    await answered(`up + ${'1+'.repeat(1_000)}1`, /may have 2,000 characters/);
  });

  it('says what the flows say, with the place marked, to the person alone', async () => {
    const code = '  sum(up\n        ^';
    bot.flows.answers.draw = { ok: false, says: 'Not drawn: line 1, column 7: not valid here.', code };
    const got = await noor().command(CHANNEL, '/snapshot sum(up');
    const { blocks } = await got.ephemeral(/line 1, column 7/);
    expect(JSON.stringify(blocks)).toContain(JSON.stringify(`\`\`\`\n${code}\n\`\`\``).slice(1, -1));
    expect(driver.ephemerals('U0SAM')).toEqual([]);
  });

  it('in a mention asks for the thread that it stands in', async () => {
    const ts = await bot.post('root', [{ id: 'snapshot', value: 'root' }]);
    await noor().say(CHANNEL, '<@U0GUARDIA> snapshot up{job="a"} > 0', ts);
    const { subject, place } = await drawn();
    expect(subject).toMatchObject({ query: 'up{job="a"} > 0' });
    expect(place).toEqual({ channel: CHANNEL, thread: ts });
  });
});

describe('/snapshot with the link of a panel', () => {
  const panel = 'https://grafana.example.com/ops/d/agente/x?viewPanel=3&from=now-3h';

  it('asks the Grafana that it leads to', async () => {
    expect(await asked(panel)).toEqual({
      of: 'panel',
      service: 'denis',
      connection: 'charts',
      link: panel,
    });
  });

  it('takes another window', async () => {
    const { link = '' } = (await asked(`${panel} last 2d`)) as { link?: string };
    expect(Object.fromEntries(new URL(link).searchParams)).toEqual({
      viewPanel: '3',
      from: 'now-2d',
      to: 'now',
    });
  });

  it.each(['https://grafana.example.com.evil.example/ops/d/a', 'https://grafana.example.com/opsx/d/a'])(
    'opens no other address: %s',
    async (link) => {
      const said = await answered(link, /No service has a connection to/);
      expect(said).toContain(`grafana: { kind: grafana, url: ${new URL(link).origin} }`);
    },
  );
});

describe('/snapshot with a runbook', () => {
  it('draws its charts, with its parameters', async () => {
    expect(await asked('workers-stuck queue=mail')).toEqual({
      of: 'runbook',
      service: 'denis',
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
    });
  });

  it.each([
    ['redis-dwon', CHANNEL, /There is no runbook "redis-dwon". Did you mean/],
    ['denis/nothing', CHANNEL, /There is no runbook "denis\/nothing"/],
    ['redis-down', OTHER, /is a runbook of 2 services/],
    ['denis', CHANNEL, /Say which runbook of denis: redis-down, workers-stuck/],
    ['workers-stuck queue="; rm"', CHANNEL, /queue must match/],
    ['workers-stuck qeue=mail', CHANNEL, /no parameter qeue/],
  ])('%j is answered with what is near', async (text, channel, says) => {
    await answered(text, says, channel);
  });

  it('that a metric is only like is the metric, and what else it may have been is said should nothing come', async () => {
    expect(await asked('workers')).toMatchObject({
      query: 'workers',
      hint: 'Did you mean the runbook workers-stuck?',
    });
  });

  it('that lacks a parameter asks for it in a dialog', async () => {
    const got = await noor().command(OTHER, '/snapshot host-slow');
    const view = await got.opened('Snapshot');
    const wrong = await noor().submit(view.id, {});
    expect(wrong.ok).toBe(false);
    await noor().submit(view.id, { host: 'db-1' });
    expect(await drawn()).toMatchObject({
      subject: { of: 'runbook', runbook: 'host-slow', parameters: { host: 'db-1' } },
      place: { channel: OTHER },
    });
  });
});

describe('/snapshot without words', () => {
  it.each(['', 'help'])('(%j) explains with examples', async (text) => {
    const said = await answered(text, /What \/snapshot can draw/);
    expect(said).toContain('last 6h');
    expect(said).toContain('denis: ');
    expect(said).toContain('viewPanel');
  });

  it('draws the runbook of the thread where it is mentioned', async () => {
    const ref = `alert:${randomUUID()}`;
    const place = { channel: CHANNEL };
    bot.flows.origins.set(ref, {
      ref,
      alert: null,
      service: 'denis',
      runbook: 'redis-down',
      parameters: {},
      place,
    });
    const ts = await bot.post(ref, [{ id: 'snapshot', value: ref }]);
    await noor().say(CHANNEL, '<@U0GUARDIA> snapshot', ts);
    expect(await until('a snapshot', () => bot.flows.of('snapshot')[0])).toEqual([
      ref,
      NOOR,
      expect.any(String),
    ]);
  });
});

describe('/snapshot', () => {
  it('says how to invite the bot where it cannot answer', async () => {
    driver.change.remove(OTHER, 'U0GUARDIA');
    await answered('denis: up', /\/invite @Guardia/, OTHER);
  });

  it('says that it still looks when that takes long, and nothing when it does not', async () => {
    const said: unknown[] = [];
    const asker = { tell: async (says: unknown) => void said.push(says) };
    const slow = Promise.withResolvers<number>();
    const work = tellWhenSlow(asker, slow.promise, 'still looking', 1);
    await until('a word', () => said.length === 1);
    slow.resolve(7);
    expect(await work).toBe(7);
    expect(await tellWhenSlow(asker, Promise.resolve(8), 'still looking')).toBe(8);
    expect(said).toEqual(['still looking']);
  });
});
