import type { KnownBlock } from '@slack/types';
import type { Logger } from 'pino';
import { GuardiaError } from '../errors.ts';
import { PICTURE_PREFIX } from '../report/message.ts';
import type { Database } from '../store/database.ts';
import { findPicture, pictureUploaded, type StoredPicture, slackFilesOf } from '../store/pictures.ts';
import type { SlackConnection } from './connection.ts';
import { failureOf } from './failures.ts';

/** Blocks as Slack can take them now. `missing` are the keys of pictures that Slack does not have yet. */
export interface Filled {
  blocks: KnownBlock[];
  missing: string[];
  /** Whether the blocks name any uploaded picture. */
  pictures: boolean;
}

/** Puts Slack's file ids where pictures are named; a picture that Slack does not have is left out. */
export async function fillPictures(db: Database, blocks: readonly KnownBlock[]): Promise<Filled> {
  const keys = picturesIn(blocks);
  if (keys.length === 0) return { blocks: [...blocks], missing: [], pictures: false };
  const files = await slackFilesOf(db, keys);
  const missing = keys.filter((key) => !files.has(key));
  return { blocks: replaced(blocks, files), missing, pictures: files.size > 0 };
}

/** The same blocks without any picture of ours. */
export function withoutPictures(blocks: readonly KnownBlock[]): KnownBlock[] {
  return replaced(blocks, new Map());
}

function picturesIn(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(picturesIn))];
  if (typeof value !== 'object' || value === null) return [];
  const key = pictureKey(value);
  return key === null ? picturesIn(Object.values(value)) : [key];
}

function pictureKey(value: object): string | null {
  if (!('slack_file' in value)) return null;
  const { id } = value.slack_file as { id?: unknown };
  return typeof id === 'string' && id.startsWith(PICTURE_PREFIX) ? id.slice(PICTURE_PREFIX.length) : null;
}

function replaced(blocks: readonly KnownBlock[], files: ReadonlyMap<string, string>): KnownBlock[] {
  const kept = blocks.map((block) => replace(block, files)).filter((block) => block !== undefined);
  return kept.filter((block) => !isEmptied(block)) as KnownBlock[];
}

/** undefined for a picture that is not there, so that whatever holds it drops it. */
function replace(value: unknown, files: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) {
    return value.map((part) => replace(part, files)).filter((part) => part !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  const key = pictureKey(value);
  if (key !== null) {
    const id = files.get(key);
    return id === undefined ? undefined : { ...value, slack_file: { id } };
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, part]) => [name, replace(part, files)])
      .filter(([, part]) => part !== undefined),
  );
}

function isEmptied(block: unknown): boolean {
  const { type, elements } = block as { type: string; elements?: unknown[] };
  return (type === 'context' || type === 'actions') && elements?.length === 0;
}

export interface Uploads {
  /** Begins to upload what is missing; `then` is called when this message may be looked at again. */
  want(keys: readonly string[], then: () => Promise<void>): void;
  /** How many uploads are under way. */
  count(): number;
  settled(): Promise<void>;
}

/** Uploads in the background, each picture once at a time; whoever wants it asks again if it fails. */
export function createUploads(parts: { db: Database; connection: SlackConnection; logger: Logger }): Uploads {
  const underWay = new Map<string, Promise<void>>();
  const waiting = new Set<Promise<void>>();

  function upload(key: string): Promise<void> {
    const known = underWay.get(key);
    if (known) return known;
    const begun = uploadOne(parts.db, parts.connection, key).finally(() => underWay.delete(key));
    underWay.set(key, begun);
    return begun;
  }
  return {
    want(keys, then) {
      const all = Promise.all(keys.map(upload))
        .then(then)
        .catch((error: unknown) =>
          parts.logger.warn({ code: failureOf(error).code, keys }, 'a picture could not be uploaded'),
        )
        .finally(() => waiting.delete(all));
      waiting.add(all);
    },
    count: () => waiting.size,
    async settled() {
      await Promise.allSettled(waiting);
    },
  };
}

async function uploadOne(db: Database, connection: SlackConnection, key: string): Promise<void> {
  const picture = await findPicture(db, key);
  if (!picture) throw new GuardiaError('not-found', `There is no picture ${key}.`);
  if (picture.slackFile === null) await pictureUploaded(db, key, await send(connection, picture));
}

/** Not shared into any channel: a block that names the file shows it. */
async function send({ client, times }: SlackConnection, picture: StoredPicture): Promise<string> {
  const { upload_url: url, file_id: id } = await client.files.getUploadURLExternal({
    filename: `${picture.key.replace(/[^a-z0-9-]+/gi, '-').slice(0, 80)}.png`,
    length: picture.png.length,
    alt_text: picture.alt.slice(0, 1_000),
  });
  if (!url || !id) throw new GuardiaError('nonsense', 'Slack gave no address for an upload.');
  const answer = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(picture.png),
    headers: { 'content-type': 'image/png' },
    signal: AbortSignal.timeout(times.callMs),
  });
  await answer.body?.cancel();
  if (!answer.ok)
    throw new GuardiaError('slack', `Slack took no upload: ${answer.status}.`, { retryable: true });
  await client.files.completeUploadExternal({ files: [{ id, title: picture.title }] });
  return id;
}
