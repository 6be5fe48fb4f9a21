import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Evidence, Fingerprint, Parameters } from '../../step-kind.ts';
import { changed, growth } from '../growth.ts';
import { count, counted } from '../text.ts';
import { keyPattern, keyShapes, meansEveryKey, SAMPLE, type Send, scanKeys } from './keys.ts';

/** Redis serves nobody else while it takes so many keys out. */
const AT_ONCE = 500;

export type DeletionInput = { delete: string; 'at-most': number } | { flush: true };

/** Keys that are to go, as they are now. */
export interface Deletion {
  /** `the keys that match session:*` */
  what: string;
  keys: number;
  /** What kinds of keys they are. */
  shapes(): Promise<Evidence[]>;
  /** Says how many there were when they went. */
  run(beforeEffect: BeforeEffect): Promise<number>;
}

/** Sends a command that changes something, too. */
export type Change = (argv: readonly string[], beforeEffect?: BeforeEffect) => Promise<unknown>;

/** Looks what there is. Throws 'refused' when more keys match than may be deleted at most. */
export async function deletionOf(
  send: Change,
  input: DeletionInput,
  parameters: Parameters,
): Promise<Deletion> {
  if ('flush' in input) return flush(send);
  const pattern = keyPattern(input.delete, parameters);
  if (meansEveryKey(pattern)) throw new GuardiaError('bad-input', everyKey(pattern));
  const most = input['at-most'];
  const { keys, more } = await scanKeys(send, pattern, most);
  const what = `the keys that match ${pattern}`;
  if (more) throw new GuardiaError('refused', `${what} are more than the ${count(most)} that may be deleted`);
  return {
    what,
    keys: keys.size,
    shapes: async () => keyShapes(keys),
    run: (beforeEffect) => removeKeys((argv) => send(argv, beforeEffect), keys),
  };
}

async function flush(send: Change): Promise<Deletion> {
  const keys = Number(await send(['DBSIZE']));
  return {
    what: 'every key',
    keys,
    shapes: async () => keyShapes((await scanKeys(send, '*', SAMPLE)).keys),
    async run(beforeEffect) {
      // The keys are gone at once; their memory is freed aside, so that a large database does not stand still.
      await send(['FLUSHDB', 'ASYNC'], beforeEffect);
      return keys;
    },
  };
}

/** What is wrong with a pattern before any parameter is known. */
export function deletionProblems(input: object): string[] {
  const pattern = 'delete' in input ? String(input.delete) : undefined;
  return pattern !== undefined && meansEveryKey(pattern) ? [everyKey(pattern)] : [];
}

function everyKey(pattern: string): string {
  return `${pattern} matches every key; write more of their names, or flush: true`;
}

/** Fewer keys than were approved are no reason to ask again; many more are, and so is any other database. */
export function deletionDrift(before: Fingerprint, now: Fingerprint): string[] {
  return [
    ...changed(before, now, ['what', 'where']),
    ...growth('the number of keys', before.substance.keys, now.substance.keys),
  ];
}

/**
 * A name that is not text came in altered, and is left alone: as it stands here it would be another key's.
 */
async function removeKeys(send: Send, keys: ReadonlySet<string>): Promise<number> {
  const named = [...keys].filter((key) => !key.includes('\uFFFD'));
  let removed = 0;
  for (let from = 0; from < named.length; from += AT_ONCE) {
    try {
      removed += Number(await send(['UNLINK', ...named.slice(from, from + AT_ONCE)]));
    } catch (error) {
      throw interrupted(error, removed, keys.size);
    }
  }
  return removed;
}

function interrupted(error: unknown, removed: number, of: number): unknown {
  if (!(error instanceof GuardiaError) || removed === 0) return error;
  return error.saying(`${error.message}, after ${count(removed)} of ${counted(of, 'key')} had been deleted`);
}
