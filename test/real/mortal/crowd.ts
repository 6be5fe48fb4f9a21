import type { Person } from '../../../src/approval/person.ts';
import type { AuditEntry, AuditEvent } from '../../../src/audit/chain.ts';
import type { Answer } from '../../../src/flows/requests.ts';
import { GUEST, INES, NOOR, SAM } from '../../helpers/house.ts';
import { NAMES, type Name } from './pair.ts';

/** What somebody does about a plan, and at which replica it arrives. */
export interface Act {
  at: Name;
  does: Deed;
  by: Person;
}

/** Null when the replica died before it answered. */
export interface Acted extends Act {
  answer: Answer | null;
}

/** What can be done, how often it is, and how the record calls it. */
const DEEDS = {
  approve: { often: 7, event: 'voted' },
  deny: { often: 1, event: 'denied' },
  cancel: { often: 2, event: 'cancelled' },
  breakGlass: { often: 2, event: 'break-glass' },
  viewPlan: { often: 2, event: 'viewed' },
  claim: { often: 1, event: 'claimed' },
} as const satisfies Record<string, { often: number; event: AuditEvent }>;
type Deed = keyof typeof DEEDS;

const PEOPLE = [NOOR, SAM, INES, GUEST];
const OFTEN = (Object.keys(DEEDS) as Deed[]).flatMap((deed) => Array<Deed>(DEEDS[deed].often).fill(deed));
/** Of all clicks, these come twice: a double click, or a payload that Slack sends once more. */
const TWICE = 0.4;

export type Chance = ReturnType<typeof chanceOf>;

export function chanceOf(random: () => number) {
  return {
    upTo: (most: number) => 1 + Math.floor(random() * most),
    happens: (probability: number) => random() < probability,
    one: <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item,
  };
}

/** Several people who click at the same moment. */
export function crowd({ upTo, happens, one }: Chance): Act[] {
  const acts = Array.from(
    { length: 1 + upTo(5) },
    (): Act => ({ at: one(NAMES), does: one(OFTEN), by: one(PEOPLE) }),
  );
  return acts.flatMap((act) => (happens(TWICE) ? [act, { ...act, at: one(NAMES) }] : [act]));
}

/**
 * Where answers and record differ: each deed that was answered with yes stands there once, whoever came second got a
 * plain answer, and nothing stands there that nobody did.
 */
export function unfair(acted: readonly Acted[], record: readonly AuditEntry[]): string[] {
  const wordless = acted.filter(({ answer }) => answer?.ok === false && answer.says.trim() === '');
  const cells = (Object.keys(DEEDS) as Deed[]).flatMap((does) => PEOPLE.map((by) => ({ does, by })));
  return [
    ...wordless.map(({ does }) => `${does} was refused without a word`),
    ...cells.flatMap(({ does, by }) => {
      const clicks = acted.filter((one) => one.does === does && one.by === by);
      const yes = clicks.filter(({ answer }) => answer?.ok).length;
      const unsure = clicks.filter(({ answer }) => answer === null).length;
      const entries = record.filter(
        ({ event, user }) => event === DEEDS[does].event && user === by.user,
      ).length;
      return isFair(does, { yes, unsure, entries })
        ? []
        : [`${does} by ${by.user}: ${yes} times yes, ${unsure} times cut off, ${entries} entries`];
    }),
  ];
}

/** Somebody who looks at it already may say so once more; all else counts once, or each time that it is done. */
function isFair(
  does: Deed,
  { yes, unsure, entries }: { yes: number; unsure: number; entries: number },
): boolean {
  const least = does === 'claim' ? Math.min(yes, 1) : yes;
  const most = does === 'claim' ? 1 : yes + unsure;
  const once = does === 'viewPlan' || entries <= 1;
  return entries >= least && entries <= most && once;
}
