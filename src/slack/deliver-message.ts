import type { KnownBlock } from '@slack/types';
import type { Logger } from 'pino';
import { cut } from '../report/text.ts';
import type { Database } from '../store/database.ts';
import * as outbox from '../store/outbox.ts';
import { holdOff, postingTo, take, UPDATE } from '../store/pace.ts';
import type { SlackConnection } from './connection.ts';
import { type Failure, type FailureKind, failureOf } from './failures.ts';
import { fillLinks, linksIn } from './links.ts';
import { lookFor, MARK } from './look.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { type Filled, fillPictures, type Uploads, withoutPictures } from './pictures.ts';

export interface Courier {
  db: Database;
  connection: SlackConnection;
  uploads: Uploads;
  logger: Logger;
  metrics: DeliveryMetrics;
  /** Something may be due earlier than was thought. */
  wake(): void;
  /** Told each time when a message cannot be posted where it is to stand. */
  notPosted(key: string): Promise<void>;
}

/** What a message's blocks name, as far as Slack has it. */
interface Ready extends Filled {
  /** Whether a message that it leads to does not stand yet. */
  unlinked: boolean;
}

/** Slack refuses longer texts when it edits. */
const TEXT_LIMIT = 4_000;
/** A lease must not end while the message is on its way. */
const LATEST_START_MS = 15_000;
/** Slack takes a moment until a block may name a new file. */
const FILE_READY_SECONDS = 0.3;
/** A message waits so long for another one that is about to be posted. */
const LINK_READY_SECONDS = 0.15;
/** Pictures and links are given up after about a minute and a half. */
const PICTURE_TRIES = 14;
const REFUSED_TRIES = 3;
/**
 * A message that Slack has failed on so often, in half a minute or more, while it answered other calls, leaves its
 * place in the line: the others go on without it.
 */
const STRIKES = 8;
const OUT_OF_LINE_SECONDS = 30;

/** Brings one message to where it should stand, or notes when to try again. Rejects only when the database does. */
export async function deliver(courier: Courier, taken: outbox.OutboxRow): Promise<void> {
  const begun = performance.now();
  let row = taken;
  try {
    if (row.uncertain && (await adopt(courier, row))) return;
    const { blocks, missing: unlinked, soon } = await fillLinks(courier, row);
    if (soon) return await outbox.giveBack(courier.db, row.key, LINK_READY_SECONDS, true);
    row = { ...row, uncertain: false, payload: { ...row.payload, blocks } };
    const filled = { ...(await fillPictures(courier.db, blocks)), unlinked };
    if (waitsForRest(row) && isBare(filled)) return await wantRest(courier, row, filled);
    const late = performance.now() - begun > LATEST_START_MS;
    const wait = late ? 1 : await take(courier.db, paceOf(row));
    if (wait > 0) return await outbox.giveBack(courier.db, row.key, wait / 1_000);
    await bring(courier, row, filled);
  } catch (error) {
    await failed(courier, row, failureOf(error));
  }
}

function paceOf(row: outbox.OutboxRow) {
  return row.ts === null ? postingTo(row.channel) : UPDATE;
}

/** Something that it names is not there yet, and follows by an edit. */
function isBare({ missing, unlinked }: Ready): boolean {
  return missing.length > 0 || unlinked;
}

/** Its words stand there as they should: only pictures and links are to come. */
function waitsForRest(row: outbox.OutboxRow): boolean {
  return row.bare && row.version === row.deliveredVersion;
}

async function adopt(courier: Courier, row: outbox.OutboxRow): Promise<boolean> {
  const found = await lookFor(courier.connection, row);
  if (!found) return false;
  courier.logger.info({ key: row.key }, 'a message whose posting nobody saw end stands in Slack');
  const { missing, pictures } = await fillPictures(courier.db, row.payload.blocks);
  const bare = pictures || missing.length > 0 || linksIn(row.payload.blocks).length > 0;
  await outbox.delivered(courier.db, row.key, { ...found, bare });
  return true;
}

/** Words first: they go out at once, without the pictures that Slack does not have yet. */
async function bring(courier: Courier, row: outbox.OutboxRow, filled: Ready): Promise<void> {
  const { bare, ts } = await sendFitting(courier, row, filled).catch(async (error: unknown) => {
    const { kind, retryAfterMs } = failureOf(error);
    if (kind === 'limited') await holdOff(courier.db, paceOf(row), retryAfterMs);
    throw error;
  });
  await outbox.delivered(courier.db, row.key, {
    version: row.version,
    ts,
    bare,
    // A picture that Slack has and does not show yet needs a moment; one that is missing is uploaded at once.
    lookAgainSeconds: bare && filled.missing.length === 0 ? FILE_READY_SECONDS : 0,
  });
  courier.metrics.delivered(row.ts === null ? 'post' : 'edit', Date.now() - row.createdAt.getTime());
}

/** Blocks that Slack does not take are tried without their pictures, then the text goes alone. */
async function sendFitting(
  courier: Courier,
  row: outbox.OutboxRow,
  filled: Ready,
): Promise<{ ts: string; bare: boolean }> {
  const bare = isBare(filled);
  try {
    return { ts: await send(courier, row, row.payload.text, filled.blocks), bare };
  } catch (error) {
    if (failureOf(error).kind !== 'unfit' || waitsForRest(row)) throw error;
    if (filled.pictures) return sendWords(courier, row);
    return { ts: await sendTextAlone(courier, row, error), bare: false };
  }
}

async function sendWords(courier: Courier, row: outbox.OutboxRow): Promise<{ ts: string; bare: boolean }> {
  try {
    const words = withoutPictures(row.payload.blocks);
    return { ts: await send(courier, row, row.payload.text, words), bare: true };
  } catch (error) {
    if (failureOf(error).kind !== 'unfit') throw error;
    return { ts: await sendTextAlone(courier, row, error), bare: false };
  }
}

async function sendTextAlone(courier: Courier, row: outbox.OutboxRow, because: unknown): Promise<string> {
  const { code } = failureOf(because);
  courier.logger.error({ key: row.key, code }, "Slack does not take a message's blocks; its text goes alone");
  courier.metrics.failed('unfit', code);
  const note = '\n_The details cannot be shown: Slack did not take them. They are in the log._';
  return send(courier, row, cut(row.payload.text, TEXT_LIMIT - note.length - 100) + note, []);
}

async function send(
  { connection: { client } }: Courier,
  row: outbox.OutboxRow,
  text: string,
  blocks: readonly KnownBlock[],
): Promise<string> {
  const message = {
    channel: row.channel,
    text: cut(text, TEXT_LIMIT),
    blocks: [...blocks],
    metadata: { event_type: MARK, event_payload: { key: row.key, version: row.version } },
  };
  if (row.ts !== null) {
    await client.chat.update({ ...message, ts: row.ts });
    return row.ts;
  }
  const thread = row.threadTs === null ? {} : { thread_ts: row.threadTs };
  const answer = await client.chat.postMessage({
    ...message,
    ...thread,
    unfurl_links: false,
    unfurl_media: false,
  });
  if (!answer.ts) throw new Error('Slack named no ts');
  return answer.ts;
}

async function wantRest(courier: Courier, row: outbox.OutboxRow, filled: Ready): Promise<void> {
  const code = filled.missing.length > 0 ? 'not_uploaded' : 'not_linked';
  if (row.attempts > PICTURE_TRIES) return giveUpRest(courier, row, code);
  await outbox.putOff(courier.db, row.key, {
    seconds: backoff(row.attempts),
    error: 'waits for its pictures or links',
    uncertain: false,
  });
  if (filled.missing.length === 0) return;
  courier.uploads.want(filled.missing, async () => {
    await outbox.picturesCame(courier.db, row.key, FILE_READY_SECONDS);
    courier.wake();
  });
}

async function giveUpRest(courier: Courier, row: outbox.OutboxRow, code: string): Promise<void> {
  courier.logger.error({ key: row.key, code }, 'a message stays without its pictures or links');
  courier.metrics.failed('unfit', code);
  await outbox.delivered(courier.db, row.key, { version: row.version, ts: row.ts ?? '', bare: false });
}

async function failed(courier: Courier, row: outbox.OutboxRow, failure: Failure): Promise<void> {
  const { code, kind } = failure;
  courier.metrics.failed(kind, code);
  courier.logger.warn({ key: row.key, kind, code, attempts: row.attempts }, 'a message is not delivered yet');
  if (kind === 'gone' && row.ts !== null) return outbox.forgotten(courier.db, row.key);
  if (kind === 'unfit' && waitsForRest(row) && row.attempts > PICTURE_TRIES) {
    return giveUpRest(courier, row, code);
  }
  if (kind === 'token') courier.connection.tokenRefused(code);
  const giveUp = GIVES_UP.has(kind) && row.attempts >= REFUSED_TRIES && !waitsForRest(row);
  // A call that only looked for it says nothing about the message.
  const strikes = row.strikes + (row.ts === null && kind === 'unclear' && !row.uncertain ? 1 : 0);
  const outOfLine = strikes >= STRIKES;
  await outbox.putOff(courier.db, row.key, {
    seconds: outOfLine ? OUT_OF_LINE_SECONDS : pauseAfter(failure, row.attempts),
    error: code,
    uncertain: row.ts === null && (kind === 'unclear' || row.uncertain),
    giveUp,
    passable: outOfLine || kind === 'closed' || GIVES_UP.has(kind),
    strikes,
  });
  if (row.ts === null && (kind === 'closed' || giveUp)) await courier.notPosted(row.key);
}

const GIVES_UP: ReadonlySet<FailureKind> = new Set(['refused', 'unfit', 'gone']);

/** Seconds: a channel that the bot cannot write in is tried slowly, for people may let it in. */
function pauseAfter({ kind, retryAfterMs }: Failure, attempts: number): number {
  if (kind === 'limited') return retryAfterMs / 1_000;
  if (kind === 'token') return 1;
  if (kind === 'closed') return Math.min(300, 15 * 2 ** (attempts - 1));
  return backoff(attempts);
}

/** Doubles from half a second to ten, with jitter so that replicas do not come all at once. */
function backoff(attempts: number): number {
  const longest = Math.min(10, 0.5 * 2 ** Math.max(0, attempts - 1));
  return longest * (0.6 + 0.4 * Math.random());
}
