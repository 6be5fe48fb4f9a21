import { type Sign, signed } from './signs.ts';
import type { Criterion } from './states.ts';
import { joinWithin, moment, safe } from './text.ts';

const LINES = 1_400;

const MET: Readonly<Record<Criterion['met'], Sign>> = {
  met: { sign: '✅', word: 'Met' },
  nearly: { sign: '⚠️', word: 'Nearly' },
  unknown: { sign: '❔', word: 'Not known' },
  'not-met': { sign: '➖', word: 'Not met' },
  'by-hand': { sign: '✋', word: 'For a person to see' },
  informs: { sign: '▫️', word: 'To know' },
};

/** What justifies an action, each with its figure; that nothing does is said first. Empty where nothing has to. */
export function criteriaInWords(criteria: readonly Criterion[], now: string): string[] {
  return criteria.length === 0
    ? []
    : [...criteriaInShort(criteria, now), joinWithin(criteria.map(line), LINES)];
}

/** How many were met, for what has been decided. */
export function criteriaInShort(criteria: readonly Criterion[], now: string): string[] {
  return criteria.slice(0, 1).map(({ at }) => `${howMany(criteria)} · looked at ${moment(at, now)}`);
}

function howMany(criteria: readonly Criterion[]): string {
  const asked = criteria.filter(({ met }) => met !== 'informs').length;
  const met = criteria.filter((one) => one.met === 'met').length;
  if (asked === 0) return '*To know before*';
  if (met > 0) return `*Criteria*  ${met} of ${asked} met`;
  return `⚠️ *${asked === 1 ? 'Its criterion is not met' : `None of its ${asked} criteria is met`}*`;
}

function line({ title, met, says, limit }: Criterion): string {
  const bound = limit ? `   _(${safe(asCriterion(limit), 90)})_` : '';
  return `${signed(MET[met])} · ${safe(title, 90)}: ${safe(says, 240)}${bound}`;
}

/** A check that fails is a criterion that is met. */
function asCriterion(limit: string): string {
  return limit.replace(/^failing /, 'met ').replace(/^warning /, 'nearly ');
}
