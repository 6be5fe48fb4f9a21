import type { Person } from '../approval/person.ts';
import { MESSAGE_PREFIX } from './message.ts';

export type TimeStyle = 'time' | 'date-time' | 'ago';

/** How everything ends that was cut. */
export const CUT = '… (cut';
const NOTE = `${CUT})`;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** More than any message shows; keeps an annotation of a megabyte cheap. */
const LONGEST = 8_000;
/** Control, zero-width, bidirectional and tag characters: what can reorder or hide text. Emoji may keep their style. */
const UNSEEN = /[[\p{Cc}\p{Default_Ignorable_Code_Point}]--[\ufe0e\ufe0f]]/gv;
const DAY_MS = 24 * 3_600_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * One line of text from outside, safe in mrkdwn: it cannot mention, link, open a code span, reorder or hide anything.
 * What is invisible is shown by its name, so that nobody approves `celery` and gets another queue.
 */
export function safe(text: string, limit = 300): string {
  return escapedWithin(oneLine(text).replaceAll('`', 'ˋ'), limit);
}

/** The same as inline code. */
export function code(text: string, limit = 200): string {
  return `\`${safe(text, limit) || ' '}\``;
}

/** Slack takes none of its marks for one that follows a letter or a figure, or that ends before one. */
const FORMATTED = /(?<![\p{L}\p{N}])([*_~]).*\1(?![\p{L}\p{N}])|:[a-z0-9_+-]+:/su;

/** What runs, as it is written: where Slack would take two of its marks for bold or italic, as code. */
export function asWritten(text: string, limit = 300): string {
  return FORMATTED.test(text) ? code(text, limit) : safe(text, limit);
}

/** Several lines as a code block of at most `limit` characters, fences included. */
export function pre(text: string, limit = 2_900): string {
  const inner = visible(text).replaceAll('```', 'ˋˋˋ').trimEnd();
  return `\`\`\`\n${escapedWithin(inner, limit - 8) || ' '}\n\`\`\``;
}

/** One line for places that know no markup (buttons, titles, options); never empty, since Slack refuses that. */
export function label(text: string, limit: number): string {
  return cut(oneLine(text), limit) || '(no title)';
}

/** At most `limit` characters; says so when something was cut. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const note = limit > 40 ? NOTE : '…';
  return `${text.slice(0, Math.max(0, limit - note.length)).replace(/[\ud800-\udbff]$/, '')}${note}`;
}

/** Whole parts only, so that no markup is torn apart; says how many were left out. */
export function joinWithin(parts: readonly string[], limit: number, separator = '\n'): string {
  const whole = parts.join(separator);
  if (whole.length <= limit) return whole;
  const kept: string[] = [];
  let room = limit - 40;
  for (const part of parts) {
    room -= part.length + separator.length;
    if (room < 0) break;
    kept.push(part);
  }
  return [...kept, `${CUT}: ${parts.length - kept.length} more)`].join(separator);
}

/** Calls a person by name, which notifies when it is posted and not when it is edited in. */
export function mention(person: Person): string {
  return /^[UW][A-Z0-9]{1,30}$/.test(person.user) ? `<@${person.user}>` : safe(person.user, 40);
}

export function mentions(people: readonly Person[]): string {
  return people.length === 0 ? 'nobody' : people.slice(0, 10).map(mention).join(', ');
}

/** A Slack channel, to be opened. */
export function channelName(id: string): string {
  return /^[CG][A-Z0-9]{1,30}$/.test(id) ? `<#${id}>` : safe(id, 40);
}

/** A link to another message of ours, by its key. */
export function messageLink(key: string, words: string): string {
  return `<${MESSAGE_PREFIX}${key}|${safe(words)}>`;
}

/** A Slack user group, called. */
export function group(id: string): string {
  return /^S[A-Z0-9]{1,30}$/.test(id) ? `<!subteam^${id}>` : safe(id, 40);
}

const FORMATS = { time: '{time}', 'date-time': '{date_short_pretty}, {time}', ago: '{ago}' } as const;

/** A moment in the reader's zone; `ago` is relative and stays true by itself. */
export function time(iso: string, style: TimeStyle): string {
  const at = instant(iso);
  if (at === null) return 'an unknown time';
  const fallback = style === 'time' ? clock(at) : `${day(at)} ${clock(at)}`;
  return `<!date^${Math.floor(at / 1_000)}^${FORMATS[style]}|${fallback}>`;
}

/** The time of a moment, with its day when that is not plain from `now`. */
export function moment(iso: string, now: string): string {
  return time(iso, isNear(iso, now) ? 'time' : 'date-time');
}

/** The same without markup, in UTC: for a message's `text`. */
export function plainMoment(iso: string, now: string): string {
  const at = instant(iso);
  if (at === null) return 'an unknown time';
  return isNear(iso, now) ? clock(at) : `${day(at)} ${clock(at)}`;
}

/** Milliseconds from one moment to another; null when one of them is not known. */
export function between(from: string, to: string): number | null {
  const start = instant(from);
  const end = instant(to);
  return start === null || end === null ? null : Math.max(0, end - start);
}

/** A link for http and https addresses; for anything else, or one that carries credentials, just the text. */
export function link(url: string, text: string): string {
  const shown = safe(text, 150).replaceAll('|', '¦') || 'link';
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) return shown;
  const href = parsed.href.replaceAll('|', '%7C').replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
  if (href.length > 1_000) return shown;
  return `<${href}|${/:\/\/|^www\./i.test(text) ? safe(parsed.host, 150) : shown}>`;
}

function oneLine(text: string): string {
  return visible(text)
    .replace(/[^\S\u00a0]+/g, ' ')
    .trim();
}

function visible(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(UNSEEN, (sign) => (sign === '\n' || sign === '\t' ? sign : named(sign)));
}

function named(sign: string): string {
  return `⟨U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** Escapes what Slack reads as markup and keeps the result within the limit without tearing an entity apart. */
function escapedWithin(text: string, limit: number): string {
  const whole = text.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
  if (whole.length <= limit) return whole;
  let kept = '';
  for (const sign of text) {
    const next = ENTITIES[sign] ?? sign;
    if (kept.length + next.length > limit - NOTE.length) break;
    kept += next;
  }
  return kept + NOTE;
}

/** Unix milliseconds; null for what is no time, and for the year 1 that Alertmanager sends for "not yet". */
export function instant(iso: string): number | null {
  const at = Date.parse(iso);
  return Number.isNaN(at) || at < Date.UTC(2000) || at > Date.UTC(2200) ? null : at;
}

function isNear(iso: string, now: string): boolean {
  return Math.abs(Date.parse(iso) - Date.parse(now)) < DAY_MS * 0.75;
}

function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}

function day(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}
