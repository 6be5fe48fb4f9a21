import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { versionOf } from '../../src/catalogue/version.ts';
import type { Flows, OriginView } from '../../src/flows/requests.ts';
import { ACTIONS, startRef } from '../../src/report/ids.ts';
import type { LateLook } from '../../src/report/states.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, OTHER, SAM, STRANGER, startBot } from './bot.ts';
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

function asked(method: keyof Flows): Promise<unknown[]> {
  return until(`${method} to be asked`, () => bot.flows.of(method)[0]);
}

type Shown = string | { id: string; asks: boolean };

/** An alert's message with these buttons; its runbook is `denis/workers-stuck`. */
function alert(...buttons: Shown[]): Promise<{ ts: string; ref: string; id: string }> {
  return alertOf({ service: 'denis', runbook: 'workers-stuck' }, ...buttons);
}

/** A button that starts an action names the version of it that it shows. */
function startValue(id: string, of: { service: string; runbook: string }, ref: string): string {
  const [button, name] = id.split(':');
  if (button !== ACTIONS.remediate) return ref;
  const service = CATALOGUE.services.get(of.service);
  const runbook = service?.runbooks.get(of.runbook);
  const action = runbook?.actions.find((one) => one.name === name);
  if (!service || !runbook || !action) return startRef(ref, '0'.repeat(32));
  return startRef(ref, versionOf(service, runbook, action, { queue: 'mail' }));
}

async function alertOf(
  of: { service: string; runbook: string },
  ...buttons: Shown[]
): Promise<{ ts: string; ref: string; id: string }> {
  const id = randomUUID();
  const ref = `alert:${id}`;
  const parameters = { queue: 'mail' };
  const place = { channel: CHANNEL };
  bot.flows.origins.set(ref, {
    ref,
    alert: id,
    ...of,
    parameters,
    place,
  });
  const shown = buttons.map((one) => (typeof one === 'string' ? { id: one } : one));
  const ts = await bot.post(
    ref,
    shown.map((one) => ({ ...one, value: startValue(one.id, of, ref) })),
  );
  return { ts, ref, id };
}

/** A request for approval with these buttons. */
async function plan(...ids: string[]): Promise<{ ts: string; plan: string; digest: string; ref: string }> {
  const id = randomUUID();
  const digest = id.replaceAll('-', '').repeat(2);
  const ref = `${id}:${digest}`;
  const ts = await bot.post(
    `plan:${id}`,
    ids.map((one) => ({ id: one, value: ref })),
  );
  return { ts, plan: id, digest, ref };
}

const click = (ts: string, button: string, who = NOOR.user) => driver.as(who).click(CHANNEL, ts, button);

describe('a button in a thread', () => {
  it('Diagnose diagnoses again with the thread’s own parameters', async () => {
    const { ts, ref } = await alert('diagnose');
    await click(ts, 'diagnose');
    expect((await asked('diagnose'))[0]).toEqual({
      service: 'denis',
      runbook: 'workers-stuck',
      parameters: { queue: 'mail' },
      by: NOOR,
      origin: ref,
      place: { channel: CHANNEL },
    });
  });

  it('Diagnose with a runbook’s name uses that runbook', async () => {
    const { ts } = await alert('diagnose:redis-down');
    await click(ts, 'diagnose:redis-down');
    expect((await asked('diagnose'))[0]).toMatchObject({ runbook: 'redis-down', parameters: {} });
  });

  it('Diagnose asks which runbook where no runbook claims the alert', async () => {
    const { ts, ref } = await alert('diagnose');
    const known = bot.flows.origins.get(ref);
    if (known) bot.flows.origins.set(ref, { ...known, runbook: null });
    await (await click(ts, 'diagnose')).opened('Diagnose');
  });

  it('a disruptive action starts at once, since Slack asked already', async () => {
    const { ts, ref } = await alert({ id: 'remediate:restart-workers', asks: true });
    await click(ts, 'remediate:restart-workers');
    expect((await asked('remediate'))[0]).toMatchObject({
      action: 'restart-workers',
      parameters: { queue: 'mail' },
      origin: ref,
    });
  });

  it('a destructive action asks why first', async () => {
    const { ts, ref } = await alert('remediate:purge');
    const view = await (await click(ts, 'remediate:purge')).opened(/Purge the queue mail/);
    expect(bot.flows.calls).toEqual([]);
    await driver.as(NOOR.user).submit(view.id, { reason: 'replay' });
    expect((await asked('remediate'))[0]).toMatchObject({ action: 'purge', origin: ref, reason: 'replay' });
  });

  it('a disruptive action asks first where its button did not, since somebody had to approve it then', async () => {
    const { ts } = await alert('remediate:restart-workers');
    const view = await (await click(ts, 'remediate:restart-workers')).opened(/Restart the workers/);
    expect(view.submit).toBe('Start it');
    expect(bot.flows.calls).toEqual([]);
  });

  it.each([false, true])(
    'a disruptive action that somebody has to approve asks why (the button asked already: %s)',
    async (asks) => {
      const id = 'remediate:flush';
      const { ts, ref } = await alertOf({ service: 'tiles', runbook: 'redis-down' }, { id, asks });
      const view = await (await click(ts, id)).opened(/Flush the cache/);
      expect(view.submit).toBe('Ask for approval');
      expect(bot.flows.calls).toEqual([]);
      await driver.as(NOOR.user).submit(view.id, { reason: 'a bad import' });
      expect((await asked('remediate'))[0]).toMatchObject({
        action: 'flush',
        origin: ref,
        reason: 'a bad import',
      });
    },
  );

  describe('that arrives late', () => {
    const seen = [{ title: 'PING', status: 'healthy' as const, says: 'PONG' }];
    const ended: LateLook = {
      ...{ endedAt: '2026-11-14T03:20:00.000Z', checks: seen, needsReason: true },
      at: '2026-11-14T03:21:00.000Z',
    };

    it.each([
      ['what starts at once', 'remediate:restart-workers', 'Start it all the same'],
      ['what somebody approves', 'remediate:purge', 'Ask all the same'],
    ])('shows what the checks say now, and asks why all the same (%s)', async (_, id, says) => {
      bot.flows.late = ended;
      const { ts, ref } = await alert({ id, asks: true });
      const opened = await click(ts, id);
      const view = await opened.opened(/alert has ended[\s\S]*PING: PONG[\s\S]*all the same\?/);
      expect(view.submit).toBe(says);
      expect(bot.flows.of('remediate')).toEqual([]);
      expect((await driver.as(NOOR.user).submit(view.id)).ok).toBe(false);
      await driver.as(NOOR.user).submit(view.id, { reason: 'it leaks' });
      expect((await asked('remediate'))[0]).toMatchObject({
        origin: ref,
        reason: 'it leaks',
        allTheSame: true,
      });
    });

    it('counts on a message of the thread that has lost the button, and shows it until Slack edits it', async () => {
      bot.flows.late = ended;
      const { ts: root, ref } = await alert();
      const run = randomUUID();
      const id = 'remediate:restart-workers';
      bot.flows.origins.set(`run:${run}`, bot.flows.origins.get(ref) as OriginView);
      const value = startValue(id, { service: 'denis', runbook: 'workers-stuck' }, `run:${run}`);
      const ts = await bot.post(`diagnosis:${run}`, [{ id, value, asks: true }], root);
      await database.db
        .updateTable('message')
        .set({ payload: JSON.stringify({ text: 'What fitted', blocks: [] }) })
        .where('key', '=', `diagnosis:${run}`)
        .execute();
      await (await click(ts, id)).opened(/all the same\?/);
      expect(bot.flows.of('remediate')).toEqual([]);
    });

    it('is asked for where the alert ended only while it was sent', async () => {
      bot.flows.answers.remediate = { ok: false, says: 'Nothing was started', late: ended };
      const id = 'remediate:restart-workers';
      const { ts } = await alert({ id, asks: true });
      const view = await (await click(ts, id)).opened(/all the same\?/);
      bot.flows.answers.remediate = { ok: true };
      await driver.as(NOOR.user).submit(view.id, { reason: 'it leaks' });
      await until('it is asked for again', () => bot.flows.of('remediate')[1]);
      expect(bot.flows.of('remediate')[1]?.[0]).toMatchObject({ allTheSame: true, reason: 'it leaks' });
    });

    it('is asked for in the dialog that was open when the alert ended', async () => {
      const { ts } = await alert('remediate:purge');
      const first = await (await click(ts, 'remediate:purge')).opened(/Purge the queue mail/);
      bot.flows.answers.remediate = { ok: false, says: 'Nothing was started', late: ended };
      const answered = await driver.as(NOOR.user).submit(first.id, { reason: 'replay' });
      expect(JSON.stringify(answered.ack)).toMatch(
        /"response_action":"update".*Ask all the same.*all the same\?/,
      );
    });

    it('starts as it would where all that calls for it is still seen', async () => {
      bot.flows.late = { ...ended, endedAt: null, needsReason: false };
      const id = 'remediate:restart-workers';
      const { ts } = await alert({ id, asks: true });
      const view = await (await click(ts, id)).opened(/Looked again just now/);
      expect(view.submit).toBe('Start it');
      await driver.as(NOOR.user).submit(view.id);
      expect((await asked('remediate'))[0]).not.toHaveProperty('allTheSame');
    });
  });

  it('an action that the runbook no longer has is refused with the nearest names', async () => {
    const { ts } = await alert('remediate:purg');
    await (await click(ts, 'remediate:purg')).ephemeral(/no action "purg".*purge/);
    expect(bot.flows.calls).toEqual([]);
  });

  it('Escalate asks what is seen, and calls for just that', async () => {
    const { ts, id } = await alert('escalate');
    const dialog = await (await click(ts, 'escalate')).opened('Call for help');
    expect((await driver.as(NOOR.user).submit(dialog.id)).ok).toBe(false);
    await driver.as(NOOR.user).submit(dialog.id, { action: '#0', reason: 'orders are gone' });
    expect(await asked('escalate')).toEqual([id, NOOR, { ref: '#0', note: 'orders are gone' }]);
  });

  it('Escalate calls nobody when the choice means something else by then', async () => {
    const { ts } = await alert('escalate');
    const dialog = await (await click(ts, 'escalate')).opened('Call for help');
    bot.flows.choices = bot.flows.choices.map((one) => ({ ...one, to: 'vendor', title: 'The vendor' }));
    const submitted = await driver.as(NOOR.user).submit(dialog.id, { action: '#0' });
    await submitted.opened(/Whom this calls was changed since/);
    expect(bot.flows.of('escalate')).toEqual([]);
  });

  it('Escalate says so when nobody is left to call', async () => {
    bot.flows.choices = [];
    const { ts } = await alert('escalate');
    await (await click(ts, 'escalate')).ephemeral(/Everybody whom the catalogue names/);
  });

  it('Acknowledge and Snapshot ask for just that', async () => {
    const { ts, id, ref } = await alert('acknowledge', 'snapshot');
    await click(ts, 'acknowledge');
    await click(ts, 'snapshot');
    expect(await asked('acknowledge')).toEqual([id, NOOR]);
    expect(await asked('snapshot')).toEqual([ref, NOOR, expect.any(String)]);
  });

  it('Done and Take back say what was looked at by hand, in which list', async () => {
    const { ts, ref } = await alert('tick:workers-stuck/sound', 'untick:workers-stuck/sound');
    const item = { origin: ref, runbook: 'workers-stuck', check: 'sound', by: NOOR };
    await click(ts, 'tick:workers-stuck/sound');
    await until('the first click', () => bot.flows.of('tick').length === 1);
    await click(ts, 'untick:workers-stuck/sound');
    await until('both clicks', () => bot.flows.of('tick').length === 2);
    expect(bot.flows.of('tick')).toEqual([[{ ...item, done: true }], [{ ...item, done: false }]]);
  });

  it('Done that names nothing is refused', async () => {
    const { ts } = await alert('tick', 'tick:workers-stuck');
    await (await click(ts, 'tick')).ephemeral(/not on the list/);
    await (await click(ts, 'tick:workers-stuck')).ephemeral(/not on the list/);
    expect(bot.flows.calls).toEqual([]);
  });

  it('answers in the thread in which it was clicked', async () => {
    const { ts: root } = await alert('diagnose');
    const { ref } = await alert('escalate');
    bot.flows.answers.acknowledge = { ok: false, says: 'Somebody has acknowledged this alert already.' };
    const reply = await bot.post(`escalation:${ref}`, [{ id: 'acknowledge', value: ref }], root);
    const got = await click(reply, 'acknowledge');
    expect(await got.ephemeral(/already/)).toMatchObject({ thread_ts: root });
  });

  it('tells what the flows refuse, to the person alone', async () => {
    bot.flows.answers.acknowledge = { ok: false, says: 'Somebody has acknowledged this alert already.' };
    const { ts } = await alert('acknowledge');
    await (await click(ts, 'acknowledge')).ephemeral(/acknowledged this alert already/);
    expect(driver.ephemerals(SAM.user)).toEqual([]);
  });

  it('Evidence shows what backs a claim', async () => {
    bot.flows.found = {
      service: 'denis',
      runbook: 'workers-stuck',
      title: 'Celery workers are stuck',
      parameters: {},
      at: new Date().toISOString(),
      findings: [
        {
          check: 'queue-length',
          title: 'Jobs waiting',
          status: 'failing',
          says: '1,840 jobs',
          value: 1_840,
          evidence: [{ label: 'query', text: 'celery_queue_length' }],
          thresholds: {},
          tookMs: 12,
        },
      ],
      pending: [],
      verdict: {
        status: 'failing',
        sentence: '',
        counts: { healthy: 0, warning: 0, failing: 1, unknown: 0 },
        suggests: [],
      },
      tookMs: 12,
    };
    const { ts } = await alert('evidence:queue-length');
    const view = await (await click(ts, 'evidence:queue-length')).opened('Evidence');
    expect(JSON.stringify(view.blocks)).toContain('celery_queue_length');
  });
});

describe('a button on a plan', () => {
  const view = (digest: string) => ({
    ok: true as const,
    title: 'Purge the queue mail',
    what: 'celery purge, queue mail',
    amount: '1,243 jobs',
    steps: [],
    undo: 'none',
    criteria: [],
    now: new Date().toISOString(),
    digest,
    expiresAt: new Date(Date.now() + 900_000).toISOString(),
  });

  it('Approve opens a dialog at once, shows the plan made anew, and votes for the digest that was shown', async () => {
    const { ts, plan: id, digest } = await plan('approve');
    bot.flows.view = view(digest);
    const got = await click(ts, 'approve', SAM.user);
    const shown = await got.opened(/1,243 jobs/);
    expect(bot.flows.of('viewPlan')).toEqual([[{ plan: id, digest, by: SAM }]]);
    expect(bot.flows.of('approve')).toEqual([]);
    await driver.as(SAM.user).submit(shown.id);
    expect(await asked('approve')).toEqual([{ plan: id, digest, by: SAM }]);
    expect(driver.modals(SAM.user)).toEqual([]);
  });

  it('Approve shows why a vote would not count, and offers nothing to submit', async () => {
    const { ts } = await plan('approve');
    bot.flows.view = { ok: false, says: 'You asked for this, so somebody else has to approve it.' };
    const got = await click(ts, 'approve');
    const shown = await got.opened(/somebody else has to approve/);
    expect(shown.submit).toBeUndefined();
    await got.ephemeral(/somebody else has to approve/);
  });

  it('Approve says so in the dialog when the plan cannot be looked at', async () => {
    const { ts } = await plan('approve');
    bot.flows.view = new Error('Redis said secret=hunter2');
    const shown = await (await click(ts, 'approve')).opened(/could not do that/);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });

  it('Approve shows in the dialog why the vote did not count', async () => {
    const { ts, digest } = await plan('approve');
    bot.flows.view = view(digest);
    bot.flows.answers.approve = { ok: false, says: 'It was denied.' };
    const shown = await (await click(ts, 'approve', SAM.user)).opened(/1,243 jobs/);
    const submitted = await driver.as(SAM.user).submit(shown.id);
    await submitted.opened(/It was denied/);
  });

  it('Deny asks for the reason', async () => {
    const { ts, plan: id, digest } = await plan('deny');
    const shown = await (await click(ts, 'deny', SAM.user)).opened('Deny');
    expect((await driver.as(SAM.user).submit(shown.id)).ok).toBe(false);
    await driver.as(SAM.user).submit(shown.id, { reason: 'wrong queue' });
    expect(await asked('deny')).toEqual([{ plan: id, digest, by: SAM, reason: 'wrong queue' }]);
  });

  it.each([
    ['break-glass', 'Break the glass', 'breakGlass', { reason: 'nobody answers' }],
    ['review', 'Sign the review', 'review', { note: 'nobody answers' }],
  ] as const)('%s asks for people’s own words first', async (name, title, method, said) => {
    const { ts, plan: id, digest } = await plan(name);
    const shown = await (await click(ts, name, SAM.user)).opened(title);
    expect((await driver.as(SAM.user).submit(shown.id)).ok).toBe(false);
    await driver.as(SAM.user).submit(shown.id, { reason: 'nobody answers' });
    expect(await asked(method)).toEqual([{ plan: id, digest, by: SAM, ...said }]);
  });

  it('Claim, Cancel and what happened ask for just that', async () => {
    const { ts, plan: id, digest } = await plan('claim', 'cancel', 'was-done', 'was-not-done');
    const request = { plan: id, digest, by: NOOR };
    for (const button of ['claim', 'cancel', 'was-done', 'was-not-done']) await click(ts, button);
    expect(await asked('claim')).toEqual([request]);
    expect(await asked('cancel')).toEqual([request]);
    await until('both words on it', () => bot.flows.of('settle').length === 2);
    expect(bot.flows.of('settle')).toEqual(
      expect.arrayContaining([[{ ...request, happened: true }], [{ ...request, happened: false }]]),
    );
  });

  it('It is done says so of its step', async () => {
    const { ts, plan: id, digest } = await plan('hand-done:2');
    await click(ts, 'hand-done:2', SAM.user);
    expect(await asked('byHand')).toEqual([{ plan: id, digest, by: SAM, step: 2, done: true }]);
  });

  it('It cannot be done asks why, and says that of its step', async () => {
    const { ts, plan: id, digest } = await plan('hand-cannot:2');
    const shown = await (await click(ts, 'hand-cannot:2', SAM.user)).opened('It cannot be done');
    expect((await driver.as(SAM.user).submit(shown.id)).ok).toBe(false);
    await driver.as(SAM.user).submit(shown.id, { reason: 'no quota left' });
    expect(await asked('byHand')).toEqual([
      { plan: id, digest, by: SAM, step: 2, done: false, reason: 'no quota left' },
    ]);
  });

  it.each(['hand-done', 'hand-done:x', 'hand-done:-1'])('a button "%s" names no step', async (button) => {
    const { ts } = await plan(button);
    bot.flows.answers.byHand = { ok: false, says: 'This plan is not known here.' };
    await (await click(ts, button)).ephemeral(/not known here/);
    expect(bot.flows.of('byHand')).toMatchObject([[{ step: -1 }]]);
  });

  it('knows a person of another organisation by their own team, in clicks and in dialogs', async () => {
    const { ts, digest, plan: id } = await plan('claim', 'approve');
    await click(ts, 'claim', STRANGER.user);
    expect(await asked('claim')).toEqual([{ plan: id, digest, by: STRANGER }]);
    bot.flows.view = view(digest);
    const shown = await (await click(ts, 'approve', STRANGER.user)).opened(/1,243 jobs/);
    await driver.as(STRANGER.user).submit(shown.id);
    expect(await asked('approve')).toEqual([{ plan: id, digest, by: STRANGER }]);
  });
});

describe('a button that does not belong where it is clicked', () => {
  /** A click as Slack would sign it, with something changed in it. */
  async function forged(button: string, value: string, where: { channel: string; ts: string }) {
    const payload = {
      type: 'block_actions',
      team: { id: NOOR.team },
      user: { id: NOOR.user, team_id: NOOR.team },
      api_app_id: 'A0GUARDIA',
      trigger_id: randomUUID(),
      container: { type: 'message', message_ts: where.ts, channel_id: where.channel },
      channel: { id: where.channel },
      message: { ts: where.ts },
      response_url: '',
      actions: [{ type: 'button', action_id: button, block_id: 'b', value, action_ts: '1.1' }],
    };
    const before = driver.ephemerals(NOOR.user).length;
    const reply = await driver.send(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(reply.status).toBe(200);
    return driver.waitFor((seen) => seen.ephemerals(NOOR.user)[before], { what: 'an answer' });
  }

  it('is refused when it was copied to another channel', async () => {
    const { ts, ref } = await alert('diagnose');
    const said = await forged('diagnose', ref, { channel: OTHER, ts });
    expect(said.text).toMatch(/does not belong here/);
    expect(bot.flows.calls).toEqual([]);
  });

  it('is refused on a message of somebody else', async () => {
    const { ref } = await plan('cancel');
    const { ts = '' } = await driver.as(SAM.user).say(CHANNEL, 'look');
    expect((await forged('cancel', ref, { channel: CHANNEL, ts })).text).toMatch(/does not belong here/);
    expect(bot.flows.calls).toEqual([]);
  });

  it("is refused with another plan's value", async () => {
    const [one, other] = [await plan('cancel'), await plan('cancel')];
    expect((await forged('cancel', other.ref, { channel: CHANNEL, ts: one.ts })).text).toMatch(/out of date/);
    expect(bot.flows.calls).toEqual([]);
  });

  it("is refused with another thread's value", async () => {
    const [one, other] = [await alert('diagnose'), await alert('diagnose')];
    expect((await forged('diagnose', other.ref, { channel: CHANNEL, ts: one.ts })).text).toMatch(
      /out of date/,
    );
    expect(bot.flows.calls).toEqual([]);
  });

  it.each(['', 'x', 'alert:1', `${'0'.repeat(36)}:short`, "alert:' or 1=1", 'null'])(
    'is refused when its value is "%s"',
    async (value) => {
      const { ts } = await alert('diagnose', 'cancel');
      expect((await forged('cancel', value, { channel: CHANNEL, ts })).text).toMatch(/out of date/);
      expect((await forged('diagnose', value, { channel: CHANNEL, ts })).text).toMatch(/out of date/);
      expect(bot.flows.calls).toEqual([]);
    },
  );

  it.each([
    [
      'another plan',
      (mine: string, other: string) => JSON.stringify({ ref: other, message: JSON.parse(mine).message }),
    ],
    ['no plan', (mine: string) => JSON.stringify({ ...JSON.parse(mine), ref: 'x' })],
    ['nothing that can be read', () => '{"ref":'],
  ])('a dialog whose private metadata names %s does not vote', async (_, forge) => {
    const [one, other] = [await plan('approve'), await plan('approve')];
    const message = { channel: CHANNEL, ts: one.ts };
    const mine = JSON.stringify({ ref: one.ref, message });
    const payload = {
      type: 'view_submission',
      team: { id: SAM.team },
      user: { id: SAM.user, team_id: SAM.team },
      trigger_id: randomUUID(),
      view: {
        id: 'V1',
        type: 'modal',
        callback_id: 'dialog-approve',
        private_metadata: forge(mine, other.ref),
        title: { type: 'plain_text', text: 'Approve' },
        state: { values: {} },
      },
    };
    const reply = await driver.send(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(reply.json).toMatchObject({ response_action: 'update' });
    expect(JSON.stringify(reply.json)).toMatch(/out of date|names no plan|cannot be used/);
    expect(bot.flows.calls).toEqual([]);
  });
});
