import { setTimeout as pause } from 'node:timers/promises';
import type { OriginView } from '../../flows/requests.ts';
import { ANSWERS } from '../../report/answers.ts';
import { readPlanRef, readStartRef } from '../../report/ids.ts';
import { standingAt } from '../../store/messages.ts';
import type { Asked } from '../asked.ts';
import type { PlanMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';

/** A click on a button of ours. */
export interface Click extends Asked {
  /** The button's value: an id, never data. */
  value: string;
  /** What follows `:` in the action id: an action's, a runbook's or a check's name. */
  name: string | null;
  /** The message that the button stands on; null on the home tab. */
  message: { channel: string; ts: string; thread?: string } | null;
}

export interface Button {
  /** Its action id, or what stands before `:` in it. */
  id: string;
  run(click: Click, tools: Tools): Promise<void>;
}

const MOVED = 'This button does not belong here. Use the one on the message in its own channel.';
const OUTDATED = 'This button is out of date. Look at the message as it stands now.';

/**
 * Why a button does not count here; null when it does. It counts only on the message of ours that it was made for,
 * in that message's own channel: not copied elsewhere, and not with another plan's value.
 */
export async function misplaced(
  tools: Pick<Tools, 'db'>,
  message: { channel: string; ts: string } | null,
  id: string,
): Promise<string | null> {
  if (message === null) return null;
  const standing = await standingSoon(tools.db, message.channel, message.ts);
  if (!standing) return MOVED;
  return standing.key.includes(id) || JSON.stringify(standing.payload).includes(id) ? null : OUTDATED;
}

/** A message that Slack has shown already may not be written down yet: it answers people first, and then us. */
async function standingSoon(db: Tools['db'], channel: string, ts: string) {
  const until = Number(ts) * 1_000 + NEW_MS;
  for (;;) {
    const standing = await standingAt(db, channel, ts);
    if (standing || Date.now() > until) return standing;
    await pause(LOOK_AGAIN_MS);
  }
}

const NEW_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** The thread that a button works for; null when the person was told why it does not. */
export async function originOf(click: Click, tools: Tools): Promise<OriginView | null> {
  const read = readStartRef(click.value);
  const problem = read ? await misplaced(tools, click.message, read.id) : OUTDATED;
  const origin = read && !problem ? await tools.flows.origin(read.ref) : null;
  const says = problem ?? (origin ? elsewhere(click, origin) : ANSWERS.noOrigin);
  if (says) await click.tell(says);
  return says ? null : origin;
}

function elsewhere(click: Click, origin: OriginView): string | null {
  return click.message && click.message.channel !== origin.place.channel ? MOVED : null;
}

/** The plan that a button was made for; null when the person was told why it does not count. */
export async function planOf(
  click: Click,
  tools: Tools,
): Promise<{ plan: string; digest: string; by: Click['by'] } | null> {
  const ref = readPlanRef(click.value);
  const problem = ref ? await misplaced(tools, click.message, ref.plan) : OUTDATED;
  if (problem) await click.tell(problem);
  return ref && !problem ? { ...ref, by: click.by } : null;
}

export function planMetadataOf(click: Click): string {
  const metadata: PlanMetadata = { ref: click.value, message: click.message };
  return JSON.stringify(metadata);
}
