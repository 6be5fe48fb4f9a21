import type { SecretRule } from './rule.ts';
import { lineEnd, type Span } from './spans.ts';

const KIND = /\bkind\\{0,3}["']?\s{0,9}:\s{0,9}\\{0,3}["']?Secret\\{0,3}["']?(?=\s|,|\}|$)/g;
const KIND_LINE = /^kind:\s*["']?Secret["']?\s*$/;
const DATA_LINE = /^(?:stringData|data):\s*$/;
const FLOW_DATA = /^(?:stringData|data):\s*\{(?=.*\}\s*$)/;
const DATA_BEFORE_BRACE = /\b(?:stringData|data)\\{0,3}["']?\s{0,9}:\s{0,20}$/;
const BRACES = /[{}]/g;
const PAIR =
  /(\\{0,3}["']?[\w.-]{1,253}\\{0,3}["']?\s{0,9}:\s{0,9})(\\{0,3}"(?:[^"\\]|\\(?!\\{0,2}"))*|'[^']*|[^\s,"'][^,\n]*)/g;
const EMPTY = /^(?:|[|>][+-]?|""|'')$/;

/** All values of a Kubernetes Secret, whatever their keys are called: as YAML and JSON have them, and JSON in a text. */
export const kubernetesSecretRule: SecretRule = {
  keywords: ['kind'],
  find(text, start) {
    KIND.lastIndex = start;
    const spans = KIND.test(text) ? [...inYaml(text), ...inJson(text)] : [];
    return [...spans, { start: text.length, end: text.length }];
  },
};

/** A mapping of YAML: the lines between two that are less far in. */
interface Mapping {
  indent: number;
  isSecret: boolean;
  data: Span[];
  /** Whether what is further in is data, and up to which line. */
  inData: boolean;
}

function inYaml(text: string): Span[] {
  const found: Span[] = [];
  const open: Mapping[] = [];
  const close = (indent: number) => {
    while (open.length > 0 && (open.at(-1) as Mapping).indent >= indent) {
      const { isSecret, data } = open.pop() as Mapping;
      if (isSecret) found.push(...data);
    }
  };
  let start = 0;
  for (const line of text.split('\n')) {
    const content = line.trimStart();
    const dash = /^(?:- )+/.exec(content)?.[0].length ?? 0;
    const indent = line.length - content.length + dash;
    const data = open.find(({ inData }) => inData);
    if (content.startsWith('---')) close(-1);
    else if (data && content !== '' && indent <= data.indent) data.inData = false;
    if (open.some(({ inData }) => inData)) data?.data.push(...yamlValue(line, start));
    else if (content !== '') {
      close(dash > 0 ? indent - dash + 1 : indent + 1);
      read(open, indent, text, start + indent);
    }
    start += line.length + 1;
  }
  close(-1);
  return found;
}

function read(open: Mapping[], indent: number, text: string, start: number): void {
  const line = text.slice(start, lineEnd(text, start));
  if (open.at(-1)?.indent !== indent) open.push({ indent, isSecret: false, data: [], inData: false });
  const mapping = open.at(-1) as Mapping;
  if (KIND_LINE.test(line)) mapping.isSecret = true;
  if (DATA_LINE.test(line)) mapping.inData = true;
  const flow = FLOW_DATA.exec(line)?.[0].length;
  if (flow !== undefined) mapping.data.push(...pairsIn(text, start + flow, start + line.length - 1));
}

function yamlValue(line: string, start: number): Span[] {
  const before = /^\s*(?:[\w.-]+:\s*)?/.exec(line)?.[0].length ?? 0;
  const end = line.trimEnd().length;
  return EMPTY.test(line.slice(before, end)) ? [] : [{ start: start + before, end: start + end }];
}

/** An object in braces. */
interface Braces {
  start: number;
  /** Where the first one in it begins. */
  inner?: number;
  isData: boolean;
  isSecret: boolean;
  data: Span[];
}

function inJson(text: string): Span[] {
  const found: Span[] = [];
  KIND.lastIndex = 0;
  const kinds = [...text.matchAll(KIND)].map(({ index }) => index).reverse();
  const open: Braces[] = [];
  const close = (end: number) => {
    const closed = open.pop();
    if (closed?.isSecret) found.push(...closed.data);
    if (closed?.isData) open.at(-1)?.data.push(...valuesIn(text, closed, end));
  };
  const seeKinds = (until: number) => {
    while ((kinds.at(-1) ?? until) < until) {
      kinds.pop();
      const around = open.at(-1);
      if (around) around.isSecret = true;
    }
  };
  for (const { index, 0: brace } of text.matchAll(BRACES)) {
    seeKinds(index);
    const isData = DATA_BEFORE_BRACE.test(text.slice(Math.max(0, index - 50), index));
    const around = open.at(-1);
    if (brace === '{' && around) around.inner ??= index;
    if (brace === '}') close(index);
    else open.push({ start: index, isData, isSecret: false, data: [] });
  }
  seeKinds(text.length);
  while (open.length > 0) close(text.length);
  return found;
}

/** What stands in braces itself, is hidden together with all that follows. */
function valuesIn(text: string, { start, inner }: Braces, end: number): Span[] {
  const pairs = pairsIn(text, start + 1, inner ?? end);
  return inner === undefined ? pairs : [...pairs, { start: inner, end }];
}

function pairsIn(text: string, from: number, to: number): Span[] {
  return [...text.slice(from, to).matchAll(PAIR)].flatMap(({ index, 1: key = '', 2: value = '' }) => {
    const start = from + index + key.length;
    const quotes = /^\\{0,3}["']?/.exec(value)?.[0].length ?? 0;
    const end = start + value.trimEnd().length;
    return end > start + quotes ? [{ start: start + quotes, end }] : [];
  });
}
