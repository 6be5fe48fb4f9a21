import type { ApiCall, SentRequest, StoredMessage } from './state.ts';

/** Something that happened, in the order it happened; the page, tests and waits all live on it. */
export type Change =
  | { type: 'message'; message: StoredMessage }
  | { type: 'message_deleted'; channel: string; ts: string; onlyFor?: string }
  | { type: 'modals'; user: string }
  | { type: 'home'; user: string }
  | { type: 'notice'; user: string; text: string }
  | { type: 'channels' }
  | { type: 'drills' }
  | { type: 'call'; call: ApiCall }
  | { type: 'sent'; request: SentRequest };

export interface Entry {
  revision: number;
  change: Change;
}

export interface Journal {
  revision(): number;
  add(change: Change): void;
  /** Entries after a revision, or undefined when some of them are gone or it is not of this workspace. */
  since(revision: number): Entry[] | undefined;
  listen(listener: (entry: Entry) => void): () => void;
}

const KEPT = 5_000;

export function createJournal(): Journal {
  const entries: Entry[] = [];
  const listeners = new Set<(entry: Entry) => void>();
  // Starts above every revision of an earlier run, so that a page that outlived it is told to load anew.
  let revision = Date.now();
  return {
    revision: () => revision,
    add(change) {
      revision += 1;
      const entry = { revision, change };
      entries.push(entry);
      if (entries.length > KEPT) entries.shift();
      for (const listener of [...listeners]) listener(entry);
    },
    since(from) {
      const first = entries[0]?.revision ?? revision + 1;
      if (!(from <= revision && from >= first - 1)) return undefined;
      return entries.slice(from - first + 1);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
