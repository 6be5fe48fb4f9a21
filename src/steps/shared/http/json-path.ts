import { GuardiaError } from '../../../errors.ts';
import { count } from '../text.ts';

/** Those of a list whose field is so, compared as text. */
export interface Filter {
  field: string;
  is: string;
}

export type JsonPath = readonly (string | number | Filter)[];

/** `status.pods[0].name`, `['a.b'].c`, `items[name=redis].p95`, with or without a leading `$`. */
const PART =
  /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]|\[([A-Za-z_$][\w$-]*)=(?:'([^']*)'|"([^"]*)"|([^\]'"]+))\]/y;

/** The parts of a small JSON path; undefined when it is not one. */
export function parseJsonPath(path: string): JsonPath | undefined {
  const text = path.replace(/^\$(?=[.[])/, '');
  const parts: (string | number | Filter)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (!match) return undefined;
    const [, name, index, single, double, field, ...values] = match;
    if (field !== undefined) parts.push({ field, is: values.find((value) => value !== undefined) ?? '' });
    else parts.push(index === undefined ? (name ?? single ?? double ?? '') : Number(index));
  }
  return parts.length > 0 ? parts : undefined;
}

/** Changes each text of a path, so that what is filled in can never become a part of its own. */
export function mapJsonPath(path: JsonPath, change: (text: string) => string): JsonPath {
  return path.map((part) => {
    if (typeof part === 'number') return part;
    return typeof part === 'string' ? change(part) : { ...part, is: change(part.is) };
  });
}

/** What stands there; undefined when the path leads nowhere. Throws 'nonsense' when a filter finds more than one. */
export function atJsonPath(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((at, part) => {
    const found = oneStep(at, part);
    return isFilter(part) ? onlyOne(found, part) : found;
  }, value);
}

/** The same, where all that a filter at the end of the path finds are wanted. */
export function listAtJsonPath(value: unknown, path: JsonPath): unknown {
  const last = path.at(-1);
  return last === undefined ? value : oneStep(atJsonPath(value, path.slice(0, -1)), last);
}

function oneStep(at: unknown, part: JsonPath[number]): unknown {
  if (at === null || typeof at !== 'object') return undefined;
  if (isFilter(part)) return Array.isArray(at) ? at.filter((item) => isSo(item, part)) : undefined;
  return Object.hasOwn(at, part) ? (at as Record<string | number, unknown>)[part] : undefined;
}

function isSo(item: unknown, { field, is }: Filter): boolean {
  if (item === null || typeof item !== 'object' || !Object.hasOwn(item, field)) return false;
  const value = (item as Record<string, unknown>)[field];
  return (value === null || typeof value !== 'object') && String(value) === is;
}

function onlyOne(found: unknown, { field, is }: Filter): unknown {
  if (!Array.isArray(found) || found.length <= 1) return Array.isArray(found) ? found[0] : undefined;
  throw new GuardiaError(
    'nonsense',
    `${count(found.length)} entries have ${field}=${is}, and one was expected`,
  );
}

function isFilter(part: JsonPath[number]): part is Filter {
  return typeof part === 'object';
}
