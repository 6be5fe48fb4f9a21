import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KnownBlock, ModalView } from '@slack/types';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import { GuardiaError } from '../../src/errors.ts';
import { ACTIONS, planRef } from '../../src/report/ids.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { diagnosis, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { INES, NOOR, SAM, startTestHouse, TEAM, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handStep, testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';
import {
  type Door,
  type Heard,
  openDoor,
  type Payload,
  type SignedRequest,
  signed,
} from '../sequences/slack.ts';

/** Clicks and submissions are sent again byte by byte, with their signature, to the real Bolt app and the real flows. */

const CHANNEL = 'C0SHOP';
const REASON = 'duplicates';
const policy = {
  by: ['sre'],
  votes: 1,
  expires: '15m',
  'begin-within': '5m',
  'break-glass': { by: ['sre'] },
};
const fits = { 'suggest-when': ['workers'] };
const runbook = testRunbook({
  escalate: [],
  actions: [
    testAction('restart', { title: 'Restart the workers', ...fits }),
    testAction('look', { title: 'Look around', risk: 'safe', ...fits }),
    testAction('purge', { title: 'Purge the queue {queue}', risk: 'destructive', undo: 'none', ...fits }),
    testAction('turn', { title: 'Turn the key', steps: [handStep('Turn the key')] }),
  ],
});
const service = testService([runbook], { policies: { destructive: policy } });

let database: TestDatabase;
let house: TestHouse;
/** Two replicas, as Slack reaches them. */
let doors: [Door, Door];
let triggers = 0;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: testCatalogue(service) });
  const open = () =>
    openDoor({ database, flows: house.flows, catalogue: () => house.catalogue.now, answers: () => true });
  doors = [open(), open()];
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** Delivery is not played here: whatever was said stands in Slack. */
async function placeOf(key: string): Promise<{ channel: string; ts: string }> {
  await house.says(key);
  await sql`update message set ts = coalesce(ts, '1' || lpad(seq::text, 9, '0') || '.000000')`.execute(
    database.db,
  );
  const row = await database.db
    .selectFrom('message')
    .select(['channel', 'ts'])
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return { channel: row.channel, ts: row.ts ?? '' };
}

const person = ({ team, user }: Person) => ({ id: user, team_id: team });
const form = (payload: object): Payload => ({
  form: { payload: JSON.stringify({ api_app_id: 'A0GUARDIA', team: { id: TEAM }, ...payload }) },
});

function trigger(): { trigger_id: string } {
  triggers += 1;
  return { trigger_id: `trigger ${triggers}` };
}

async function clickOn(key: string, id: string, value: string, by: Person): Promise<SignedRequest> {
  const { channel, ts } = await placeOf(key);
  const action = { type: 'button', block_id: 'b', action_id: id, value, action_ts: '1.0' };
  return signed(
    form({
      ...{ type: 'block_actions', ...trigger(), user: person(by), channel: { id: channel }, message: { ts } },
      ...{ container: { type: 'message', message_ts: ts, channel_id: channel }, actions: [action] },
    }),
  );
}

function submissionOf(view: ModalView, by: Person): SignedRequest {
  const inputs = (view.blocks as KnownBlock[]).flatMap((block) =>
    block.type === 'input' ? [[block.block_id ?? '', block.element] as const] : [],
  );
  const values = inputs.map(([block, element]) => [
    block,
    { [element.action_id ?? '']: { type: element.type, ...typedInto(block) } },
  ]);
  const open = { ...view, id: 'V0DIALOG', state: { values: Object.fromEntries(values) } };
  return signed(form({ type: 'view_submission', ...trigger(), user: person(by), view: open }));
}

function typedInto(block: string) {
  if (block === 'runbook') return { selected_option: { value: 'shop/stuck' } };
  return block.startsWith('action:') ? { selected_option: { value: 'restart' } } : { value: REASON };
}

/** The dialog that a request opens. */
async function opened(request: SignedRequest): Promise<ModalView> {
  const { view } = await doors[0].receive(request);
  if (!view) throw new Error('no dialog was opened');
  return view;
}

/** A button of a diagnosis that starts an action. */
async function startButton(name: string): Promise<SignedRequest> {
  await house.flows.diagnose(diagnosis, 'd1');
  const { id } = await until('a diagnosis', () =>
    database.db.selectFrom('run').select('id').where('ended_at', 'is not', null).executeTakeFirst(),
  );
  const button = `${ACTIONS.remediate}:${name}`;
  const text = await house.says(`diagnosis:${id}`, (one) => one.includes(button));
  const blocks: { elements?: { action_id?: string; value?: string }[] }[] = JSON.parse(text).blocks;
  const shown = blocks.flatMap(({ elements = [] }) => elements).find(({ action_id }) => action_id === button);
  return clickOn(`diagnosis:${id}`, button, shown?.value ?? '', NOOR);
}

/** A plan in this state, and a click on one of its buttons. */
async function planButton(id: string, by: Person, action = 'purge'): Promise<SignedRequest> {
  const asked = { ...diagnosis, action, reason: REASON };
  await house.flows.remediate(asked, 'r0');
  const plan = await rows.plan();
  return clickOn(`plan:${plan.id}`, id, planRef(plan.id, plan.digest), by);
}

const submitted = async (request: Promise<SignedRequest>, by: Person) =>
  submissionOf(await opened(await request), by);
const says = async (event: string) =>
  (await auditEntries(database.db, 0, 1_000)).filter((one) => one.event === event).length;

async function brokenGlass(): Promise<SignedRequest> {
  const { id, digest } = await askedFor('purge');
  await house.flows.breakGlass({ plan: id, digest, by: NOOR, reason: REASON });
  await rows.reaches('done');
  return clickOn(`plan:${id}`, ACTIONS.review, planRef(id, digest), INES);
}

async function endedUnseen(): Promise<SignedRequest> {
  house.steps.failWith = new GuardiaError('deadline', 'no answer', { unconfirmed: true });
  const { id, digest } = await askedFor('restart');
  await rows.reaches('unknown');
  return clickOn(`unknown:${id}`, ACTIONS.wasDone, planRef(id, digest), SAM);
}

async function askedFor(action: string) {
  await house.flows.remediate({ ...diagnosis, action, reason: REASON }, 'r0');
  return rows.plan();
}

async function byHand(): Promise<SignedRequest> {
  const { id, digest } = await askedFor('turn');
  await until('the step', () => database.db.selectFrom('plan_step').select('plan').executeTakeFirst());
  return clickOn(`plan:${id}`, `${ACTIONS.handDone}:0`, planRef(id, digest), SAM);
}

function command(text: string): SignedRequest {
  const fields = { team_id: NOOR.team, user_id: NOOR.user, channel_id: CHANNEL, api_app_id: 'A0GUARDIA' };
  return signed({ form: { command: '/remediate', text, ...fields, response_url: '', ...trigger() } });
}

/** What Slack sends, how often the flows are asked in all, and what the record says of it once. */
const PAYLOADS: [string, () => Promise<SignedRequest>, asks: string | null, event: string][] = [
  ['a click that starts what is safe', () => startButton('look'), 'remediate', 'asked'],
  ['a click that starts what is disruptive', () => startButton('restart'), 'remediate', 'asked'],
  ['a click that asks why first', () => startButton('purge'), null, 'asked'],
  ['the answer to that question', () => submitted(startButton('purge'), NOOR), 'remediate', 'asked'],
  ['a command', async () => command('stuck look queue=orders'), 'remediate', 'asked'],
  [
    'a dialog in which an action was chosen',
    async () => submissionOf(await opened(command('stuck')), NOOR),
    'remediate',
    'asked',
  ],
  ['a click on Approve', () => planButton(ACTIONS.approve, SAM), 'viewPlan', 'viewed'],
  ['an agreement', () => submitted(planButton(ACTIONS.approve, SAM), SAM), 'approve', 'voted'],
  ['a denial', () => submitted(planButton(ACTIONS.deny, SAM), SAM), 'deny', 'denied'],
  ['a click on Claim', () => planButton(ACTIONS.claim, SAM), 'claim', 'claimed'],
  ['a click on Cancel', () => planButton(ACTIONS.cancel, NOOR), 'cancel', 'cancelled'],
  ['breaking the glass', () => submitted(planButton(ACTIONS.glass, NOOR), NOOR), 'breakGlass', 'break-glass'],
  ['a review', () => submitted(brokenGlass(), INES), 'review', 'reviewed'],
  ['a word on an end that nobody saw', endedUnseen, 'settle', 'settled'],
  ['a word on a step that is done by hand', byHand, 'byHand', 'step-ended'],
];

const again = (request: SignedRequest, retry: number): SignedRequest =>
  ({
    ...request,
    headers: {
      ...request.headers,
      'x-slack-retry-num': String(retry),
      'x-slack-retry-reason': 'http_timeout',
    },
  }) as SignedRequest;

const asks = (heard: readonly Heard[]) => heard.flatMap(({ asked }) => asked.map(({ method }) => method));

/** Those that open a dialog, and leave it open. */
const opens = new Set(['a click that asks why first', 'a click on Approve']);

describe.each(PAYLOADS)('%s that Slack sends again', (title, made, method, event) => {
  const wanted = method === null ? [] : [method];

  async function heldOnce(heard: readonly Heard[]): Promise<void> {
    expect(asks(heard)).toEqual(wanted);
    const dialogs = heard.filter(({ view }) => view !== null).length;
    expect(dialogs).toBe(opens.has(title) ? 1 : 0);
    if (method !== null) expect(await says(event)).toBe(1);
    const plans = await database.db.selectFrom('plan').select(['id', 'state']).execute();
    expect(plans.length).toBeLessThanOrEqual(1);
    if (plans.some(({ state }) => state === 'approved' || state === 'running')) await rows.reaches('done');
    expect(house.steps.performed.length).toBeLessThanOrEqual(1);
  }

  it('while the first is handled, to the same replica and to the other, is handled once', async () => {
    const request = await made();
    const [one, other] = doors;
    const heard = await Promise.all([
      one.receive(request),
      one.receive(request),
      one.receive(again(request, 1)),
      other.receive(request),
      other.receive(again(request, 2)),
    ]);
    await heldOnce(heard);
  });

  it('later, to the same replica and to the other, with and without a retry number, is handled once', async () => {
    const request = await made();
    const heard: Heard[] = [];
    const [one, other] = doors;
    for (const door of [one, one, other]) {
      heard.push(await door.receive(request));
      heard.push(await door.receive(again(request, 3)));
    }
    await heldOnce(heard);
  });
});
