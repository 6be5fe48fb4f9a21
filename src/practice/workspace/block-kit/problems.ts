import type { Json } from '../json.ts';
import { asArray, asText, isObject } from '../json.ts';

/** Collects what is wrong with a JSON value, in Slack's words: `must be less than 76 characters [json-pointer:…]`. */
export interface Problems {
  add(problem: string, pointer: string): void;
  list(): string[];
  /** A file that blocks may show. */
  fileReady(id: string): boolean;
}

export function createProblems(fileReady: (id: string) => boolean): Problems {
  const found: string[] = [];
  return {
    add: (problem, pointer) => void found.push(`${problem} [json-pointer:${pointer}]`),
    list: () => found,
    fileReady,
  };
}

/** Whether it is an object at all. */
export function object(problems: Problems, value: unknown, at: string): value is Json {
  if (isObject(value)) return true;
  problems.add('must provide an object', at);
  return false;
}

/** Whether its type is one of those allowed here. */
export function typed(problems: Problems, value: Json, allowed: readonly string[], at: string): boolean {
  if (allowed.includes(asText(value.type))) return true;
  problems.add(`unsupported type: ${asText(value.type)}`, `${at}/type`);
  return false;
}

/** Refuses fields that Slack does not know, which it does too. */
export function onlyFields(problems: Problems, value: Json, allowed: readonly string[], at: string): void {
  for (const field of Object.keys(value)) {
    if (!allowed.includes(field)) problems.add(`invalid additional property: ${field}`, at);
  }
}

export function required(problems: Problems, value: Json, field: string, at: string): boolean {
  if (value[field] !== undefined && value[field] !== null) return true;
  problems.add(`missing required field: ${field}`, at);
  return false;
}

/** A string of a field that may be missing. */
export function shortString(problems: Problems, value: unknown, max: number, at: string): void {
  if (value === undefined) return;
  if (typeof value !== 'string') problems.add('must be a string', at);
  else if (value.length > max) problems.add(`must be less than ${max + 1} characters`, at);
}

export function oneOf(problems: Problems, value: unknown, allowed: readonly string[], at: string): void {
  if (value !== undefined && !allowed.includes(asText(value)))
    problems.add(`value must be one of: ${allowed.join(', ')}`, at);
}

/** An array of a bounded length; answers its items, none when it is no array. */
export function items(problems: Problems, value: unknown, min: number, max: number, at: string): unknown[] {
  if (!Array.isArray(value)) {
    problems.add('must provide an array', at);
    return [];
  }
  if (value.length > max) problems.add(`no more than ${max} items allowed`, at);
  if (value.length < min) problems.add(`no fewer than ${min} items allowed`, at);
  return asArray(value);
}

/** A text object, `plain_text` or (unless `plain`) `mrkdwn`. */
export function textObject(
  problems: Problems,
  value: unknown,
  rule: { max: number; plain?: boolean },
  at: string,
): void {
  if (value === undefined) return;
  if (!object(problems, value, at)) return;
  if (!typed(problems, value, rule.plain ? ['plain_text'] : ['plain_text', 'mrkdwn'], at)) return;
  onlyFields(problems, value, ['type', 'text', value.type === 'mrkdwn' ? 'verbatim' : 'emoji'], at);
  shortString(problems, value.text ?? null, rule.max, `${at}/text`);
  if (value.text === '') problems.add('must be more than 0 characters', `${at}/text`);
}

export function webUrl(problems: Problems, value: unknown, at: string): void {
  if (value === undefined) return;
  shortString(problems, value, 3_000, at);
  const scheme = URL.canParse(asText(value)) ? new URL(asText(value)).protocol : '';
  if (scheme !== 'http:' && scheme !== 'https:')
    problems.add('invalid url: must start with http:// or https://', at);
}

/** `image_url` or `slack_file`, one of them; a file must be uploaded and processed before a block may name it. */
export function imageSource(problems: Problems, value: Json, at: string): void {
  if (required(problems, value, 'alt_text', at))
    shortString(problems, value.alt_text, 2_000, `${at}/alt_text`);
  if ((value.image_url === undefined) === (value.slack_file === undefined)) {
    problems.add('must provide exactly one of: image_url, slack_file', at);
  } else if (value.slack_file === undefined) webUrl(problems, value.image_url, `${at}/image_url`);
  else slackFile(problems, value.slack_file, `${at}/slack_file`);
}

function slackFile(problems: Problems, value: unknown, at: string): void {
  if (!object(problems, value, at)) return;
  onlyFields(problems, value, ['id', 'url'], at);
  const id = asText(value.id) || asText(value.url).split('/').at(-1) || '';
  if (!/^F[A-Z0-9]{8,}$/.test(id))
    problems.add('input must match regex pattern: ^[F][A-Z0-9]{8,}$', `${at}/id`);
  else if (!problems.fileReady(id)) problems.add('invalid slack file', at);
}

/** The dialog that asks once more before an element acts. */
export function confirmDialog(problems: Problems, value: unknown, at: string): void {
  if (value === undefined) return;
  if (!object(problems, value, at)) return;
  onlyFields(problems, value, ['title', 'text', 'confirm', 'deny', 'style'], at);
  required(problems, value, 'text', at);
  textObject(problems, value.title, { max: 100, plain: true }, `${at}/title`);
  textObject(problems, value.text, { max: 300 }, `${at}/text`);
  textObject(problems, value.confirm, { max: 30, plain: true }, `${at}/confirm`);
  textObject(problems, value.deny, { max: 30, plain: true }, `${at}/deny`);
  oneOf(problems, value.style, ['primary', 'danger'], `${at}/style`);
}
