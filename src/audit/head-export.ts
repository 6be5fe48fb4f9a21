import { appendFile } from 'node:fs/promises';
import axios from 'axios';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import type { Warning } from '../telemetry/warnings.ts';
import type { ChainHead } from './chain.ts';

/** Somewhere outside of the database, where whoever could change the record cannot change what was said of it. */
export interface Outside {
  name: string;
  /** Rejects when it was not taken; it is offered again with the next head. */
  take(head: ChainHead, at: string): Promise<void>;
}

export interface HeadExport {
  /** Places that did not take the newest head. */
  warnings(): Warning[];
  start(): void;
  /** Tells the last head, too. */
  stop(): Promise<void>;
}

const EVERY_MS = 15 * 60_000;
const HTTP_MS = 10_000;

/**
 * Tells every place the record's newest entry and its hash, whenever there is a new one. A tail that is cut off later
 * then shows: `guardia audit verify --heads FILE`.
 */
export function createHeadExport(parts: {
  places: readonly Outside[];
  head(): Promise<ChainHead>;
  now(): Promise<Date>;
  logger: Logger;
}): HeadExport {
  const { places, logger } = parts;
  const told = new Map<Outside, number>();
  const failing = new Map<Outside, string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function tellAll(): Promise<void> {
    const head = await parts.head();
    const at = (await parts.now()).toISOString();
    await Promise.all(
      places.filter((place) => told.get(place) !== head.seq).map((place) => tell(place, head, at)),
    );
  }

  async function tell(place: Outside, head: ChainHead, at: string): Promise<void> {
    try {
      if (head.seq > 0) await place.take(head, at);
      told.set(place, head.seq);
      failing.delete(place);
    } catch (error) {
      failing.set(place, messageOf(error));
      logger.error({ place: place.name, why: messageOf(error) }, "the record's head could not be told");
    }
  }

  function next(): Promise<void> {
    running = running.then(tellAll).catch((error: unknown) => {
      logger.error({ err: error }, "the record's head could not be read");
    });
    return running;
  }

  return {
    warnings: () =>
      [...failing].map(([{ name }, why]) => ({
        name: 'audit-head',
        says: `The head of the audit record could not be told to ${name}: ${why}. It is tried again every 15 minutes.`,
      })),
    start() {
      if (places.length === 0) return;
      void next();
      timer = setInterval(next, EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      if (places.length > 0) await next();
    },
  };
}

/** `2026-11-14T03:12:00.000Z 1234:<hash>`, a line each. */
export function toFile(path: string): Outside {
  return { name: path, take: ({ seq, hash }, at) => appendFile(path, `${at} ${seq}:${hash}\n`) };
}

/** `POST {"seq", "hash", "at"}`; anything but a 2xx is a refusal. Userinfo in the address is sent as basic authentication. */
export function toUrl(url: string): Outside {
  const { origin, pathname } = new URL(url);
  return {
    name: origin + pathname,
    async take({ seq, hash }, at) {
      await axios.post(url, { seq, hash, at }, { timeout: HTTP_MS, maxRedirects: 0, proxy: false });
    },
  };
}

/** The heads that `toFile` wrote. Throws, in words, when a line is none, and when there is none at all. */
export function readHeads(text: string): ChainHead[] {
  const heads = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [headIn(line, index + 1)]));
  if (heads.length === 0) throw new Error('there is no head: write SEQ:HASH');
  return heads;
}

function headIn(line: string, number: number): ChainHead {
  const match = /(?:^|\s)(\d{1,15}):([0-9a-f]{64})$/.exec(line.trim());
  if (!match) throw new Error(`line ${number} is not a head: write SEQ:HASH`);
  return { seq: Number(match[1]), hash: String(match[2]) };
}
