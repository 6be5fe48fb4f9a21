import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, startBot } from './bot.ts';
import { SIGNING_SECRET, until } from './slack.ts';

let database: TestDatabase;
let bot: Bot;
let commands = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bot = await startBot(database);
});
afterEach(() => bot.stop());

function command(text = 'denis/redis-down'): string {
  commands += 1;
  return new URLSearchParams({
    command: '/diagnose',
    text,
    user_id: NOOR.user,
    team_id: NOOR.team,
    channel_id: CHANNEL,
    trigger_id: `trigger-${commands}`,
    response_url: '',
  }).toString();
}

function signed(body: string, atSeconds = Math.floor(Date.now() / 1_000), secret = SIGNING_SECRET) {
  const digest = createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(atSeconds),
    'x-slack-signature': `v0=${digest}`,
  };
}

/** The right headers, and one of them once more from others. */
function twice(body: string, name: keyof ReturnType<typeof signed>, others: ReturnType<typeof signed>) {
  const right = signed(body);
  return { ...right, [name]: [right[name], others[name]] };
}

async function send(body: string, headers: Record<string, string | string[]>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(bot.url, { method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const now = () => Math.floor(Date.now() / 1_000);

/** Resolves once the flows were asked so often. */
async function asked(times: number): Promise<void> {
  await until('the flows to be asked', () => bot.flows.of('diagnose').length >= times);
}

/** Resolves once a payload was handled to its end. */
async function handled(): Promise<void> {
  const { pool } = database;
  const done = 'select 1 from received where done_at is not null';
  await until('a payload to be handled', async () => (await pool.query(done)).rowCount);
}

describe('a request to /slack/events', () => {
  it('is taken when Slack has signed it', async () => {
    const body = command();
    expect(await send(body, signed(body))).toBe(200);
    await asked(1);
  });

  it.each([
    ['stale', (body: string) => signed(body, now() - 301)],
    ['from the future', (body: string) => signed(body, now() + 302)],
    ['signed with another secret', (body: string) => signed(body, now(), 'another')],
    ['signed for another body', () => signed('command=%2Fother')],
    ['without a signature', (body: string) => ({ ...signed(body), 'x-slack-signature': '' })],
    ['without a timestamp', (body: string) => ({ ...signed(body), 'x-slack-request-timestamp': '' })],
    [
      'with a timestamp that is no number',
      (body: string) => ({ ...signed(body), 'x-slack-request-timestamp': 'NaN' }),
    ],
    [
      'with a signature of another version',
      (body: string) => ({ ...signed(body), 'x-slack-signature': 'v1=00' }),
    ],
    ['with two signatures', (body: string) => twice(body, 'x-slack-signature', signed('x'))],
    ['with two timestamps', (body: string) => twice(body, 'x-slack-request-timestamp', signed(body, 1))],
  ])('is refused when it is %s', async (_, headers) => {
    const body = command();
    const given: Record<string, string | string[]> = headers(body);
    expect(await send(body, given)).toBe(401);
    const turned = Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.toReversed() : value,
    ]);
    expect(await send(body, Object.fromEntries(turned))).toBe(401);
    expect(bot.flows.calls).toEqual([]);
  });

  it('is refused when its body was re-encoded after signing', async () => {
    const body = command('denis/redis-down queue=a b');
    expect(await send(body.replaceAll('+', '%20'), signed(body))).toBe(401);
  });

  it('is refused when it is larger than anything Slack sends', async () => {
    const body = `text=${'x'.repeat(5 * 1024 * 1024)}`;
    expect(await send(body, signed(body))).toBe(413);
  });

  it('is refused when it is signed but not understood', async () => {
    const body = '{"not json';
    expect(await send(body, { ...signed(body), 'content-type': 'application/json' })).toBe(400);
  });

  it('proves the address to Slack', async () => {
    const reply = await bot.workspace.driver.verifyUrl();
    expect(reply).toMatchObject({ status: 200, json: { challenge: expect.any(String) } });
  });

  it("answers Slack's check of the certificate without doing anything, whatever else it carries", async () => {
    const smuggled = `ssl_check=1&${command()}`;
    expect(await send(smuggled, { 'content-type': 'application/x-www-form-urlencoded' })).toBe(200);
    expect(bot.flows.calls).toEqual([]);
  });

  it('is acknowledged before any work, also while the database does not answer', async () => {
    const lock = await database.pool.connect();
    await lock.query('begin; lock table received in access exclusive mode');
    const body = command();
    const late = new Promise((resolve) => setTimeout(resolve, 1_000, 'late').unref());
    const answer = await Promise.race([send(body, signed(body)), late]);
    const askedBefore = bot.flows.calls.length;
    await lock.query('commit');
    lock.release();
    expect([answer, askedBefore]).toEqual([200, 0]);
    await asked(1);
    expect(bot.acknowledgedMs[0]).toBeLessThan(1_000);
  });
});

describe('a payload that comes again', () => {
  it('changes nothing when it was handled', async () => {
    const body = command();
    await send(body, signed(body));
    await handled();
    await send(body, signed(body));
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });

  it('changes nothing when it had failed and the person was told so', async () => {
    bot.flows.answers.diagnose = new Error('broken');
    const body = command();
    await send(body, signed(body));
    await handled();
    bot.flows.answers.diagnose = { ok: true };
    await send(body, signed(body));
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });

  it.each([1, 2, 3])('as retry %i of one event is handled once', async (retries) => {
    const event = {
      type: 'app_mention',
      user: NOOR.user,
      channel: CHANNEL,
      ts: '1700000000.000100',
      text: '<@U0GUARDIA> diagnose denis/redis-down',
    };
    const body = JSON.stringify({ type: 'event_callback', team_id: NOOR.team, event_id: 'Ev1', event });
    for (let retry = 0; retry <= retries; retry += 1) {
      const again: Record<string, string> =
        retry === 0 ? {} : { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' };
      const headers = { ...signed(body), ...again, 'content-type': 'application/json' };
      expect(await send(body, headers)).toBe(200);
      await handled();
    }
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
    expect(bot.flows.of('diagnose')[0]?.[1]).toBe(`mention:${CHANNEL}:1700000000.000100`);
  });

  it('on two sockets at once is handled once', async () => {
    const body = command();
    await Promise.all([send(body, signed(body)), send(body, signed(body))]);
    await handled();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });

  it('is handled when the first delivery died unfinished, with the same request id', async () => {
    const body = command();
    const id = new URLSearchParams(body).get('trigger_id');
    await database.pool.query("insert into received (id, at) values ($1, now() - interval '2 minutes')", [
      id,
    ]);
    await send(body, signed(body));
    await asked(1);
    expect(bot.flows.of('diagnose')[0]?.[1]).toBe(id);
  });

  it('waits while the first delivery is handled elsewhere, and takes over when that dies', async () => {
    const body = command();
    const id = new URLSearchParams(body).get('trigger_id');
    await database.pool.query('insert into received (id) values ($1)', [id]);
    await send(body, signed(body));
    expect(bot.flows.calls).toEqual([]);
    await database.pool.query("update received set at = now() - interval '2 minutes' where id = $1", [id]);
    await asked(1);
  });
});

describe('stopping', () => {
  it('finishes what runs and sends away what comes after', async () => {
    let finish: () => void = () => {};
    bot.flows.answers.diagnose = () =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true });
      });
    const body = command();
    await send(body, signed(body));
    await asked(1);
    const stopped = bot.slack.stop();
    const late = command();
    expect(await send(late, signed(late))).toBe(503);
    finish();
    await stopped;
    const { rows } = await database.pool.query('select done_at from received');
    expect(rows).toEqual([{ done_at: expect.any(Date) }]);
  });
});
