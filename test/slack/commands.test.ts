import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import type { Flows } from '../../src/flows/requests.ts';
import type { ListedPlan } from '../../src/report/approvals.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, OTHER, STRANGER, startBot } from './bot.ts';
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

/** Waits until the flows were asked, and answers with what. */
function asked(method: keyof Flows): Promise<unknown[]> {
  return until(`${method} to be asked`, () => bot.flows.of(method)[0]);
}

/** Another catalogue, by which nobody has to be asked about anything. */
function withoutPolicies(): void {
  const { services } = bot.catalogue.now;
  const without = [...services.values()].map((one) => [one.name, { ...one, policies: {} }] as const);
  bot.catalogue.now = { ...bot.catalogue.now, services: new Map(without) };
}

describe('/diagnose', () => {
  it('asks for the diagnosis of a runbook with its parameters, where it was typed', async () => {
    const got = await noor().command(CHANNEL, '/diagnose denis/workers-stuck queue=mail');
    expect(got).toMatchObject({ ok: true, ack: '' });
    const [request, id] = await asked('diagnose');
    expect(request).toEqual({
      service: 'denis',
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
      by: NOOR,
      place: { channel: CHANNEL },
    });
    expect(id).toMatch(/./);
  });

  it("needs no service in that service's channel, nor where only one has such a runbook", async () => {
    await noor().command(CHANNEL, '/diagnose redis-down');
    expect((await asked('diagnose'))[0]).toMatchObject({ service: 'denis', runbook: 'redis-down' });
    const got = await noor().command(OTHER, '/diagnose redis-down');
    await got.ephemeral(/denis\/redis-down, tiles\/redis-down/);
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });

  it.each([
    ['/diagnose denis/redis-dwon', /There is no runbook .*denis\/redis-down/],
    ['/diagnose workers-stuck qeue=mail', /no parameter qeue.*queue/],
    ['/diagnose workers-stuck queue="; rm -rf"', /queue must match/],
    ['/diagnose host-slow', /host is missing/],
    ['/diagnose workers-stuck "queue', /not understood/],
  ])('answers %s to the person alone, with the nearest names', async (line, says) => {
    const got = await noor().command(CHANNEL, line);
    await got.ephemeral(says);
    expect(bot.flows.calls).toEqual([]);
    expect(driver.ephemerals('U0SAM')).toEqual([]);
    expect(driver.messages(CHANNEL)).toEqual([]);
  });

  it('cannot call anybody with what was typed', async () => {
    const got = await noor().command(CHANNEL, '/diagnose <!channel>');
    const { text, blocks } = await got.ephemeral(/There is no runbook/);
    expect(`${text}${JSON.stringify(blocks)}`).not.toContain('<!channel>');
  });

  it('without arguments opens a dialog with type-ahead', async () => {
    const got = await noor().command(CHANNEL, '/diagnose');
    const view = await got.opened('Diagnose');
    const found = await noor().suggest({ view: view.id }, 'runbook', 'stuck');
    expect(JSON.stringify(found.option_groups)).toContain('denis/workers-stuck');
    expect(JSON.stringify(found.option_groups)).not.toContain('redis-down');
  });

  it('says what the flows say, to the person alone', async () => {
    bot.flows.answers.diagnose = {
      ok: false,
      says: 'Only people of this workspace may ask for a diagnosis.',
    };
    const got = await noor().command(CHANNEL, '/diagnose redis-down');
    await got.ephemeral(/Only people of this workspace/);
  });

  it('says so when it failed, without the reason that is for the log', async () => {
    bot.flows.answers.diagnose = new Error('connect ECONNREFUSED 10.0.0.7:5432 password=hunter2');
    const got = await noor().command(CHANNEL, '/diagnose redis-down');
    const { text } = await got.ephemeral(/could not do that/);
    expect(text).not.toMatch(/hunter2|10\.0\.0\.7/);
  });

  it('says what to do when what failed may work a moment later', async () => {
    bot.flows.answers.diagnose = new GuardiaError('slack', 'Slack did not say who you are.', {
      retryable: true,
    });
    const got = await noor().command(CHANNEL, '/diagnose redis-down');
    await got.ephemeral('Slack did not say who you are. Try again in a moment.');
  });

  it('says how to invite the bot where it cannot answer', async () => {
    driver.change.remove(OTHER, 'U0GUARDIA');
    const got = await noor().command(OTHER, '/diagnose denis/redis-down');
    await got.ephemeral(/\/invite @Guardia/);
    expect(bot.flows.calls).toEqual([]);
  });

  it.each(['500', 'nothing', 'html', { error: 'used_url' }] as const)(
    'answers by an ephemeral message when the response URL answers %j',
    async (fault) => {
      bot.workspace.faults.next('response_url', fault);
      const got = await noor().command(CHANNEL, '/diagnose nothing');
      await got.ephemeral(/There is no runbook/);
      expect(driver.calls('chat.postEphemeral')).toBe(1);
    },
  );
});

describe('/remediate', () => {
  it('runs what is safe at once', async () => {
    await noor().command(CHANNEL, '/remediate redis-down ping');
    expect((await asked('remediate'))[0]).toEqual({
      service: 'denis',
      runbook: 'redis-down',
      action: 'ping',
      seen: expect.any(String),
      parameters: {},
      by: NOOR,
      place: { channel: CHANNEL },
    });
  });

  it('asks whether it shall before what is disruptive', async () => {
    const got = await noor().command(CHANNEL, '/remediate redis-down restart');
    const view = await got.opened(/Restart/);
    expect(bot.flows.calls).toEqual([]);
    await noor().submit(view.id);
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'restart', place: { channel: CHANNEL } });
    expect(driver.modals(NOOR.user)).toEqual([]);
  });

  it('asks why before what is destructive, and does not go on without an answer', async () => {
    const got = await noor().command(CHANNEL, '/remediate workers-stuck purge queue=mail');
    const view = await got.opened(/Purge the queue mail/);
    expect(JSON.stringify(view.blocks)).toMatch(/none.*SRE/s);
    expect((await noor().submit(view.id)).ok).toBe(false);
    expect(bot.flows.calls).toEqual([]);
    await noor().submit(view.id, { reason: 'duplicates from the replay' });
    expect((await asked('remediate'))[0]).toMatchObject({
      action: 'purge',
      parameters: { queue: 'mail' },
      reason: 'duplicates from the replay',
    });
  });

  const FLUSH = '/remediate tiles/redis-down flush';

  it('asks why before what is disruptive where somebody has to approve it, and says so', async () => {
    const view = await (await noor().command(CHANNEL, `${FLUSH} confirm=yes`)).opened(/Flush the cache/);
    expect(view.submit).toBe('Ask for approval');
    expect(JSON.stringify(view.blocks)).toMatch(
      /users may notice.*approves it first.*asks SRE for 1 approval/s,
    );
    expect(bot.flows.calls).toEqual([]);
    await noor().submit(view.id, { reason: 'a bad import' });
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'flush', reason: 'a bad import' });
  });

  it('asks anew where the catalogue changed what its button says, and starts nothing', async () => {
    const view = await (await noor().command(CHANNEL, FLUSH)).opened(/Nothing runs before/);
    withoutPolicies();
    const anew = await (await noor().submit(view.id, { reason: 'a bad import' })).opened(/It starts at once/);
    expect(bot.flows.calls).toEqual([]);
    await noor().submit(anew.id);
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'flush' });
  });

  it('says in the dialog what each action needs, by its service’s policies', async () => {
    const view = await (await noor().command(CHANNEL, '/remediate tiles/redis-down')).opened('Remediate');
    expect(JSON.stringify(view.blocks)).toContain('users may notice, and a second person approves it first');
  });

  it('takes the reason that was typed', async () => {
    await noor().command(CHANNEL, '/remediate workers-stuck purge reason="from the replay"');
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'purge', reason: 'from the replay' });
  });

  it.each([
    ['/remediate workers-stuck prge', /no action .*purge/],
    ['/remediate nothing purge', /There is no runbook/],
    ['/remediate workers-stuck purge reason=x queue=a queue=b', /given twice/],
  ])('answers %s to the person alone', async (line, says) => {
    const got = await noor().command(CHANNEL, line);
    await got.ephemeral(says);
    expect(bot.flows.calls).toEqual([]);
  });

  it.each(['/remediate', '/remediate workers-stuck'])('opens a dialog for %s', async (line) => {
    const got = await noor().command(CHANNEL, line);
    await got.opened('Remediate');
  });

  it('shows in the dialog why it was refused', async () => {
    bot.flows.answers.remediate = { ok: false, says: 'Nobody could approve this.' };
    const got = await noor().command(CHANNEL, '/remediate workers-stuck purge');
    const view = await got.opened(/Purge/);
    const submitted = await noor().submit(view.id, { reason: 'replay' });
    expect(JSON.stringify((await submitted.opened()).blocks)).toContain('Nobody could approve this.');
  });
});

const LISTED: ListedPlan = {
  id: '0b9b0a0e-6c1f-4f3f-8c2d-2d0f6b8f4a90',
  ...{ digest: 'a'.repeat(64), title: 'Purge the queue celery', service: 'denis', state: 'waiting' },
  ...{ requester: { team: 'T', user: 'U0SAM' }, endedAt: null, link: null },
  ...{ madeAt: '', expiresAt: '' },
};

describe('/approvals', () => {
  it('says what waits, with a link to each request', async () => {
    const { id: ref } = LISTED;
    const { now } = bot.flows.waiting;
    const plan = { ...LISTED, madeAt: now, expiresAt: now };
    bot.flows.waiting = { ...bot.flows.waiting, waitingForMe: [plan] };
    const { text, blocks } = await (await noor().command(CHANNEL, '/approvals')).ephemeral(/waits for your/);
    expect(text).toBe('1 request waits for your approval');
    await (await noor().command(CHANNEL, '/approvals hotel')).ephemeral(/no service "hotel"/);
    expect(JSON.stringify(blocks)).toContain(`"value":"${ref}:${'a'.repeat(64)}"`);
  });

  it('leads to the request where its approvers are, not to what its thread says of it', async () => {
    const plan = { ...LISTED, madeAt: bot.flows.waiting.now, expiresAt: bot.flows.waiting.now };
    bot.flows.waiting = { ...bot.flows.waiting, waitingForMe: [plan] };
    const linked = async () => {
      const { blocks } = await (await noor().command(CHANNEL, '/approvals')).ephemeral(/waits for your/);
      return JSON.stringify(blocks);
    };
    const notice = await bot.post(`plan:${plan.id}`, []);
    expect(await linked()).toContain(bot.connection.permalink(CHANNEL, notice));
    const request = await bot.post(`request:${plan.id}`, []);
    expect(await linked()).toContain(bot.connection.permalink(CHANNEL, request));
  });
});

describe('/guardia', () => {
  it('says what there is', async () => {
    const got = await noor().command(CHANNEL, '/guardia');
    const { blocks } = await got.ephemeral(/What Guardia can do/);
    expect(JSON.stringify(blocks)).toMatch(/\/diagnose.*\/remediate.*\/guardia/);
  });

  it('says how it is', async () => {
    const got = await noor().command(CHANNEL, '/guardia status');
    await got.ephemeral(/Healthy.*Guardia 1\.2\.3/);
  });

  it('offers what is near to what it does not know', async () => {
    await (await noor().command(CHANNEL, '/guardia statsu')).ephemeral(/Did you mean \/guardia status/);
  });
});

describe('the dialog of a command', () => {
  it('shows what the chosen runbook needs, and asks for it in its place', async () => {
    const got = await noor().command(CHANNEL, '/diagnose');
    const view = await got.opened('Diagnose');
    const chosen = { text: { type: 'plain_text', text: 'x' }, value: 'denis/workers-stuck' };
    const values = { runbook: { type: 'external_select', selected_option: chosen } };
    const shown = await noor().clickIn(view.id, 'runbook', { selected_option: chosen }, values);
    expect(JSON.stringify((await shown.opened(/queue/)).blocks)).toContain('celery');
    await noor().submit(view.id, { ...values, queue: 'mail' });
    expect((await asked('diagnose'))[0]).toMatchObject({
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
      place: { channel: CHANNEL },
    });
  });

  it('shows itself anew where its button promised a request, and nobody has to be asked any more', async () => {
    const got = await noor().command(CHANNEL, '/remediate tiles/redis-down');
    const view = await got.opened('Remediate');
    const action = { text: { type: 'plain_text', text: 'x' }, value: 'flush' };
    const values = { runbook: 'tiles/redis-down', action: 'flush', reason: 'a bad import' };
    const chosen = await noor().clickIn(view.id, 'action', { selected_option: action }, values);
    expect(await chosen.opened(/approves it first/)).toMatchObject({ submit: 'Ask for approval' });
    withoutPolicies();
    await noor().submit(view.id, values);
    await driver.waitFor((seen) => seen.modals(NOOR.user).find(({ submit }) => submit === 'Start it'), {
      what: 'the other button',
    });
    expect(bot.flows.calls).toEqual([]);
  });

  it('marks the input that is wrong', async () => {
    const got = await noor().command(CHANNEL, '/diagnose');
    const view = await got.opened('Diagnose');
    const chosen = { text: { type: 'plain_text', text: 'x' }, value: 'denis/workers-stuck' };
    const values = { runbook: { type: 'external_select', selected_option: chosen } };
    await (await noor().clickIn(view.id, 'runbook', { selected_option: chosen }, values)).opened(/queue/);
    const submitted = await noor().submit(view.id, { ...values, queue: 'MAIL; rm' });
    expect(submitted.ok).toBe(false);
    expect(JSON.stringify(submitted.ack)).toMatch(/errors.*queue.*must match/);
    expect(bot.flows.calls).toEqual([]);
  });

  it('answers in the dialog also when that takes longer than Slack waits', async () => {
    bot.flows.answers.remediate = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_200));
      return { ok: false, says: 'The plan could not be made.' };
    };
    const got = await noor().command(CHANNEL, '/remediate redis-down restart');
    const view = await got.opened(/Restart/);
    const submitted = await noor().submit(view.id);
    expect(submitted.ok).toBe(true);
    await driver.waitFor((seen) => JSON.stringify(seen.modals(NOOR.user)).includes('could not be made'), {
      what: 'the answer in the dialog',
    });
  });

  it('says so when its trigger has expired', async () => {
    bot.workspace.faults.next('views.open', { error: 'expired_trigger_id' });
    const got = await noor().command(CHANNEL, '/diagnose');
    await got.ephemeral(/3 seconds/);
  });
});

describe('@Guardia', () => {
  it('does what the command does, in the thread', async () => {
    const { ts: thread = '' } = await driver.as('U0SAM').say(CHANNEL, 'Redis is down?');
    await noor().say(CHANNEL, '@Guardia diagnose denis/workers-stuck queue=mail', thread);
    expect((await asked('diagnose'))[0]).toMatchObject({
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
      by: NOOR,
      place: { channel: CHANNEL, thread },
    });
  });

  it('takes the runbook of the thread it is written in when it names none', async () => {
    const ref = 'alert:11111111-1111-4111-8111-111111111111';
    const thread = await bot.post(ref, [{ id: 'diagnose', value: ref }]);
    const known = { service: 'denis', runbook: 'redis-down', parameters: {} };
    bot.flows.origins.set(ref, { ref, alert: null, place: { channel: CHANNEL }, ...known });
    await noor().say(CHANNEL, '@Guardia diagnose', thread);
    expect((await asked('diagnose'))[0]).toMatchObject({ ...known, origin: ref, by: NOOR });
  });

  it('belongs to the alert in whose thread it is written, also when it names another runbook of its service', async () => {
    const ref = 'alert:22222222-2222-4222-8222-222222222222';
    const thread = await bot.post(ref, [{ id: 'diagnose', value: ref }]);
    const known = { service: 'denis', runbook: 'redis-down', parameters: {} };
    bot.flows.origins.set(ref, { ref, alert: null, place: { channel: CHANNEL }, ...known });
    await noor().say(CHANNEL, '@Guardia diagnose workers-stuck queue=mail', thread);
    expect((await asked('diagnose'))[0]).toMatchObject({ runbook: 'workers-stuck', origin: ref });
    await noor().say(CHANNEL, '@Guardia diagnose tiles/redis-down', thread);
    await until('a second one', () => bot.flows.of('diagnose')[1]);
    expect(bot.flows.of('diagnose')[1]?.[0]).not.toHaveProperty('origin');
  });

  it('answers in the thread, to the person alone', async () => {
    const { ts: thread = '' } = await driver.as('U0SAM').say(CHANNEL, 'Redis is down?');
    await noor().say(CHANNEL, '@Guardia diagnose redis-dwon', thread);
    const answer = await driver.waitFor((seen) => seen.ephemerals(NOOR.user)[0], { what: 'the answer' });
    expect(answer).toMatchObject({ thread_ts: thread, text: expect.stringContaining('There is no runbook') });
  });

  it.each([
    ['remediate workers-stuck purge', /reason=/],
    ['remediate redis-down restart', /confirm=yes/],
    ['remediate tiles/redis-down flush', /approve.*reason=/],
    ['remediate tiles/redis-down flush confirm=yes', /approve.*reason=/],
    ['diagnos redis-down', /Did you mean "diagnose"/],
    ['', /What Guardia can do/],
  ])('asks in words where "%s" leaves something open', async (text, says) => {
    await noor().say(CHANNEL, `@Guardia ${text}`);
    await driver.waitFor((seen) => seen.ephemerals(NOOR.user).find((one) => says.test(one.text)), {
      what: String(says),
    });
    expect(bot.flows.calls).toEqual([]);
  });

  it('runs what was confirmed in words', async () => {
    await noor().say(CHANNEL, '@Guardia remediate redis-down restart confirm=yes');
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'restart', parameters: {} });
  });

  it('knows a person of another organisation by their own team', async () => {
    await driver.as(STRANGER.user).say(CHANNEL, '@Guardia diagnose denis/redis-down');
    expect((await asked('diagnose'))[0]).toMatchObject({ by: STRANGER });
  });

  it('takes no orders from bots, whoever they claim to be, nor from edited or deleted messages', async () => {
    const event = { type: 'app_mention', channel: CHANNEL, text: '<@U0GUARDIA> diagnose denis/redis-down' };
    const written = [
      { ...event, ts: '1.1', user: NOOR.user, bot_id: 'B0OTHER', username: 'Noor Haddad' },
      { ...event, ts: '1.2', subtype: 'bot_message', bot_id: 'B0OTHER' },
      { ...event, ts: '1.5', type: 'message', subtype: 'message_deleted', previous_message: event },
      { ...event, ts: '1.3', user: NOOR.user, edited: { user: NOOR.user, ts: '1.4' } },
    ];
    for (const [index, one] of written.entries()) {
      const body = { type: 'event_callback', team_id: NOOR.team, event_id: `Ev${index}`, event: one };
      const headers = { 'content-type': 'application/json' };
      expect((await driver.send(JSON.stringify(body), headers)).status).toBe(200);
    }
    await driver.waitFor((seen) => seen.ephemerals(NOOR.user).find((one) => /edited/.test(one.text)), {
      what: 'the answer to the edited message',
    });
    expect(bot.flows.calls).toEqual([]);
  });
});

describe('"Diagnose this"', () => {
  async function on(text: string) {
    const { ts = '' } = await driver.as('U0SAM').say(CHANNEL, text);
    return { ts, got: await noor().shortcut('diagnose-this', CHANNEL, ts) };
  }

  it('diagnoses the alert that a message names, in its thread', async () => {
    const { ts } = await on('[FIRING:1] CeleryQueueGrowing (queue="mail" severity=critical)');
    expect((await asked('diagnose'))[0]).toEqual({
      service: 'denis',
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
      by: NOOR,
      place: { channel: CHANNEL, thread: ts },
    });
  });

  it('opens the dialog when the message does not say enough, or fits several', async () => {
    await (await on('something is slow')).got.opened('Diagnose');
    await (await on('redis-down again?')).got.opened('Diagnose');
    expect(bot.flows.calls).toEqual([]);
  });

  it('keeps the message’s thread when the dialog is answered', async () => {
    const { ts, got } = await on('host-slow');
    const view = await got.opened(/host/);
    await noor().submit(view.id, { host: 'tiles-1' });
    expect((await asked('diagnose'))[0]).toMatchObject({
      runbook: 'host-slow',
      parameters: { host: 'tiles-1' },
      place: { channel: CHANNEL, thread: ts },
    });
  });
});

describe('the home tab', () => {
  it('shows what the flows say', async () => {
    await noor().openHome();
    await driver.waitFor((seen) => seen.home(NOOR.user), { what: 'the home tab' });
  });
});

describe('/runbook', () => {
  it('shows a runbook to the one who asks, with buttons that begin it', async () => {
    const got = await noor().command(CHANNEL, '/runbook redis-down');
    const shown = await got.ephemeral(/denis\/redis-down/);
    const dialog = await (await noor().click(CHANNEL, shown.ts, 'begin-runbook:denis/redis-down')).opened(
      'Diagnose',
    );
    await noor().submit(dialog.id);
    expect((await asked('diagnose'))[0]).toMatchObject({ service: 'denis', runbook: 'redis-down' });
  });

  it('finds runbooks by their words, and shows the one that is chosen', async () => {
    const got = await noor().command(CHANNEL, '/runbook redis');
    const found = await got.ephemeral(/runbooks? for “redis”/);
    const shown = await noor().click(CHANNEL, found.ts, 'show-runbook:denis/redis-down');
    await shown.ephemeral(/How to see it/);
  });

  it('says so when nothing fits', async () => {
    await (await noor().command(CHANNEL, '/runbook zebra crossing')).ephemeral(/No runbook fits/);
  });

  it('without words opens a dialog in which the runbook is chosen and read', async () => {
    const dialog = await (await noor().command(CHANNEL, '/runbook')).opened('Runbook');
    const chosen = { text: { type: 'plain_text', text: 'x' }, value: 'denis/redis-down' };
    const shown = await noor().clickIn(
      dialog.id,
      'runbook',
      { selected_option: chosen },
      { runbook: chosen.value },
    );
    await shown.opened(/How to see it/);
  });
});
