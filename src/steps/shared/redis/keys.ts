import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { Evidence, Parameters } from '../../step-kind.ts';
import { groupsInWords, shapeCounter } from '../logs/shape.ts';
import { fillText } from '../placeholders.ts';
import { clipped, count } from '../text.ts';

/** How many keys Redis looks at in one go: it serves nobody else meanwhile. */
const AT_ONCE = 1_000;
const MOST_SHAPES = 10;
/** So many keys tell what kinds there are. */
export const SAMPLE = 1_000;

/** Sends one command to the connection of a call. */
export type Send = (argv: readonly string[]) => Promise<unknown>;

export interface KeyScan {
  /** Each once, though SCAN may give one twice. */
  keys: Set<string>;
  /** Whether there may be more than these. */
  more: boolean;
}

const page = z.tuple([z.string(), z.array(z.string())]);

/** A glob-style pattern; what a parameter says stands in it for itself, whatever its characters mean to Redis. */
export function keyPattern(template: string, parameters: Parameters): string {
  return fillText(template, parameters, (value) => value.replace(/[*?[\]^\\-]/g, '\\$&'));
}

/** Whether a pattern says nothing about a key's name, and so means every key. */
export function meansEveryKey(pattern: string): boolean {
  return pattern.replace(/(?<!\\)(?:[*?]|\[[^\]]*\])/g, '') === '';
}

/** Goes through all keys of the database until `most` match, or until `isOver` says that it takes too long. */
export async function scanKeys(
  send: Send,
  pattern: string,
  most: number,
  isOver: () => boolean = () => false,
): Promise<KeyScan> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const answer = await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(AT_ONCE)]);
    const parsed = page.safeParse(answer);
    if (!parsed.success) throw new GuardiaError('nonsense', 'Redis answered SCAN with something else');
    cursor = parsed.data[0];
    for (const key of parsed.data[1]) keys.add(key);
    if (keys.size > most || (cursor !== '0' && isOver())) return { keys, more: true };
  } while (cursor !== '0');
  return { keys, more: false };
}

/** What kinds of keys these are. Names themselves may be secrets, such as those of sessions. */
export function keyShapes(keys: ReadonlySet<string>): Evidence[] {
  if (keys.size === 0) return [];
  const counter = shapeCounter();
  for (const key of [...keys].slice(0, SAMPLE)) counter.add(key);
  const text = groupsInWords(counter.groups(), MOST_SHAPES, ({ shape }) => clipped(shape, 80));
  return [{ label: keys.size > SAMPLE ? `Keys by shape, of ${count(SAMPLE)}` : 'Keys by shape', text }];
}
