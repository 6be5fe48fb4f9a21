import { randomUUID } from 'node:crypto';
import type { KnownBlock, ModalView } from '@slack/types';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import { versionOf } from '../../src/catalogue/version.ts';
import type { Flows } from '../../src/flows/requests.ts';
import { ACTIONS, BLOCKS, planRef, startRef } from '../../src/report/ids.ts';
import { say } from '../../src/store/messages.ts';
import { insertRun } from '../../src/store/runs.ts';
import { TEAM } from '../helpers/house.ts';
import type { Ask, Click } from './commands.ts';
import type { Done } from './deeds.ts';
import type { Door, Heard, Payload } from './slack.ts';
import type { Standing } from './standing.ts';
import { person, type World } from './world.ts';

/** What a person's hands do in Slack for an act: commands that are typed, buttons, and dialogs that are filled in. */

const CHANNEL = 'C0SHOP';
const REASON = 'duplicates';

/** Sends one payload after the other, and remembers the last, which Slack may send again. */
interface Hands {
  world: World;
  done: Done;
  by: Person;
  door: Door;
}

/** Does it through Slack; answers whether the flows were asked for just that, and said yes. */
export async function throughSlack(
  world: World,
  done: Done,
  known: readonly Standing[],
): Promise<{ ok: boolean }> {
  const by = person(done.act.by);
  const hands = { world, done, by, door: world.replicas[done.act.at].door() };
  const { does } = done.act;
  if (done.act.does === 'ask') return said(await ask(hands, done.act.via), 'remediate');
  const [button, method] = BUTTONS[done.act.does];
  const heard = await click(hands, done.act, button, known);
  // An approver who only looks does not go on to the vote.
  return said(does === 'view' ? heard : await submit(hands, heard), method);
}

/** Slack sends the last payload once more, to the other replica. */
export async function sendAgain(world: World, { act, sent }: Done): Promise<Heard> {
  if (!sent) throw new Error('nothing was sent');
  return world.replicas[act.at === 'a' ? 'b' : 'a'].door().send(sent);
}

const BUTTONS: Record<Click['does'], [button: string, method: keyof Flows]> = {
  view: [ACTIONS.approve, 'viewPlan'],
  approve: [ACTIONS.approve, 'approve'],
  deny: [ACTIONS.deny, 'deny'],
  claim: [ACTIONS.claim, 'claim'],
  cancel: [ACTIONS.cancel, 'cancel'],
  'break-glass': [ACTIONS.glass, 'breakGlass'],
  review: [ACTIONS.review, 'review'],
  settle: [ACTIONS.wasDone, 'settle'],
};

function said({ asked }: Heard, wanted: keyof Flows): { ok: boolean } {
  return { ok: asked.some(({ method, ok }) => method === wanted && ok) };
}

async function send({ door, done, by, world }: Hands, payload: Payload): Promise<Heard> {
  done.sent = payload;
  const heard = await door.send(payload);
  for (const { method, request } of heard.asked) {
    const same = request.by.team === by.team && request.by.user === by.user;
    if (!same) world.ledger.failed.push(new Error(`${method} was asked in the name of ${request.by.user}`));
  }
  return heard;
}

async function ask(hands: Hands, via: Ask['via']): Promise<Heard> {
  const { queue } = hands.world;
  const whole = `stuck purge queue="${queue}"`;
  switch (via) {
    case 'command':
      return command(hands, `${whole} reason="${REASON}"`);
    case 'question':
      return submit(hands, await command(hands, whole));
    case 'chooser':
      return submit(hands, await command(hands, 'stuck'));
    case 'mention':
      return mention(hands, `${whole} reason="${REASON}"`);
    case 'button':
      return submit(hands, await clickInThread(hands));
    case 'flows':
      throw new Error('this way does not lead through Slack');
  }
}

function command(hands: Hands, text: string): Promise<Heard> {
  const { by, done } = hands;
  const form = { command: '/remediate', text, team_id: by.team, user_id: by.user, channel_id: CHANNEL };
  return send(hands, { form: { ...form, api_app_id: 'A0GUARDIA', response_url: '', trigger_id: done.id } });
}

let mentions = 0;

function mention(hands: Hands, text: string): Promise<Heard> {
  const { by, done } = hands;
  mentions += 1;
  const ts = `${2_000_000_000 + mentions}.000100`;
  const event = { type: 'app_mention', channel: CHANNEL, ts, text: `<@U0GUARDIA> remediate ${text}` };
  return send(hands, {
    json: {
      ...{ type: 'event_callback', api_app_id: 'A0GUARDIA', team_id: TEAM, event_id: done.id },
      event: { ...event, user: by.user, user_team: by.team },
    },
  });
}

/** A diagnosis that offers the action stands in the channel. */
async function clickInThread(hands: Hands): Promise<Heard> {
  const { world, done } = hands;
  const id = randomUUID();
  const asked = {
    ...{ service: 'shop', runbook: 'stuck', parameters: { queue: world.queue } },
    ...{ by: null, place: { channel: CHANNEL } },
  };
  const { db } = world.database;
  await insertRun(db, { id, request: `diagnosis for ${done.id}`, asked, alert: null });
  await say(db, { key: `run:${id}`, channel: CHANNEL, message: { text: `run:${id}`, blocks: [] } });
  await everythingStands(world);
  const place = await placeOf(world, `run:${id}`);
  const service = world.replicas[done.act.at].catalogue.now.services.get('shop');
  const runbook = service?.runbooks.get('stuck');
  const purge = runbook?.actions.find(({ name }) => name === 'purge');
  if (!service || !runbook || !purge) throw new Error('the catalogue has no such action');
  const value = startRef(`run:${id}`, versionOf(service, runbook, purge, asked.parameters));
  return press(hands, { id: `${ACTIONS.remediate}:purge`, value }, place);
}

async function click(hands: Hands, act: Click, id: string, known: readonly Standing[]): Promise<Heard> {
  const { world, done } = hands;
  const plan = known[done.index];
  const digest = act.digest === 'shown' ? (plan?.digest ?? '0'.repeat(64)) : 'f'.repeat(64);
  const value = planRef(plan?.id ?? '00000000-0000-4000-8000-000000000000', digest);
  await everythingStands(world);
  const other = known.find((one) => one !== plan) ?? null;
  const stands = act.via === 'swapped' ? other : plan;
  const place = act.via === 'home' || !stands ? null : await placeOf(world, `plan:${stands.id}`);
  if (act.via === 'copied') return press(hands, { id, value }, { channel: 'C0ELSE', ts: '1.000001' });
  if (act.via === 'swapped' && !place) return { asked: [], view: null };
  return press(hands, { id, value }, place);
}

/** `place`: of the message with the button; null on the home tab. */
function press(hands: Hands, button: { id: string; value: string }, place: Place | null): Promise<Heard> {
  const { by, done } = hands;
  const where = place
    ? {
        container: { type: 'message', message_ts: place.ts, channel_id: place.channel },
        ...{ channel: { id: place.channel }, message: { ts: place.ts } },
      }
    : { container: { type: 'view', view_id: 'V0HOME' }, view: { id: 'V0HOME', type: 'home' } };
  const payload = {
    ...{ type: 'block_actions', api_app_id: 'A0GUARDIA', team: { id: TEAM }, trigger_id: done.id },
    user: { id: by.user, team_id: by.team },
    ...where,
    actions: [
      { type: 'button', block_id: 'buttons', action_id: button.id, value: button.value, action_ts: '1.0' },
    ],
  };
  return send(hands, { form: { payload: JSON.stringify(payload) } });
}

/** Fills in the dialog that was opened and submits it; a button that opens none, or one that is only read, is the end. */
async function submit(hands: Hands, heard: Heard): Promise<Heard> {
  const { view } = heard;
  if (!view?.submit) return heard;
  const { by, done } = hands;
  const payload = {
    ...{ type: 'view_submission', api_app_id: 'A0GUARDIA', team: { id: TEAM } },
    ...{ trigger_id: `${done.id}, submitted`, user: { id: by.user, team_id: by.team } },
    view: { ...view, id: 'V0DIALOG', state: { values: filledIn(view, hands.world.queue) } },
  };
  const after = await send(hands, { form: { payload: JSON.stringify(payload) } });
  return { ...after, asked: [...heard.asked, ...after.asked] };
}

function filledIn({ blocks }: ModalView, queue: string) {
  const inputs = (blocks as KnownBlock[]).flatMap((block) =>
    block.type === 'input' && block.block_id ? [{ block: block.block_id, element: block.element }] : [],
  );
  return Object.fromEntries(
    inputs.map(({ block, element }) => [
      block,
      { [element.action_id ?? '']: { type: element.type, ...answerTo(block, queue) } },
    ]),
  );
}

function answerTo(block: string, queue: string) {
  if (block === BLOCKS.runbook) return { selected_option: { value: 'shop/stuck' } };
  if (block.startsWith(`${BLOCKS.action}:`)) return { selected_option: { value: 'purge' } };
  return { value: block === BLOCKS.reason ? REASON : queue };
}

interface Place {
  channel: string;
  ts: string;
}

/** Delivery is not played here: whatever was said stands in Slack. */
async function everythingStands({ database }: World): Promise<void> {
  await sql`
    update message set delivered_version = version,
      ts = coalesce(ts, '1' || lpad(seq::text, 9, '0') || '.000000')
    where ts is null and not given_up`.execute(database.db);
}

async function placeOf({ database }: World, key: string): Promise<Place | null> {
  const { rows } = await sql<Place>`select channel, ts from message where key = ${key}`.execute(database.db);
  return rows[0] ?? null;
}
