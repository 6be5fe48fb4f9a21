import { z } from 'zod';
import { durationMs } from '../catalogue/schema-parts.ts';
import { evidenceOf, type MatchedLines, matchLines, shownLine } from './shared/logs/lines.ts';
import { matcherFor, patternProblems } from './shared/logs/pattern.ts';
import { elasticsearchConnection } from './shared/logs/search.ts';
import {
  type Extent,
  extentInWords,
  type Reading,
  readContainer,
  readPods,
  readUnit,
  searchIndex,
} from './shared/logs/sources.ts';
import { unknownPlaceholders } from './shared/placeholders.ts';
import { clipped, count, counted } from './shared/text.ts';
import type { Observation, StepCall, StepKind } from './step-kind.ts';

/** Without a word about how much. */
const DEFAULT_TAIL = 100;
const DEFAULT_SINCE = '10m';
const LIKE = 120;

const text = z.string().min(1).max(1_000);
const extent = {
  since: z
    .string()
    .regex(/^\d{1,5}(s|m|h|d)$/, 'write a duration such as 10m or 8h')
    .optional(),
  tail: z.number().int().min(1).max(10_000).optional(),
  /** As it stands, or /a regular expression/ with or without an i behind it. */
  match: z.string().min(1).max(200).optional(),
};
const connection = { connection: z.string().optional() };

const input = z.union([
  z.strictObject({ pods: text, ...extent, ...connection }),
  z.strictObject({ container: text, ...extent, ...connection }),
  z.strictObject({ unit: text, on: z.string().min(1), ...extent }),
  z.strictObject({ index: text, query: text, ...extent, ...connection }),
]);

type Input = z.output<typeof input>;
type Call = StepCall<Input, unknown>;

/**
 * Lines of pods, a container, a systemd unit or an index of Elasticsearch. The value is how many match; the evidence
 * groups them by their shape. Where there was more than is read, the number is the least that it can be, and says so.
 */
export const logs: StepKind<Input> = {
  name: 'logs',
  about: 'Counts and groups matching lines from Kubernetes, Docker, journald or Elasticsearch.',
  input,
  connections: { elasticsearch: elasticsearchConnection },
  connectionFor,
  check: (asked, parameterNames) => [
    ...unknownPlaceholders(asked, parameterNames),
    ...(asked.match === undefined ? [] : patternProblems(asked.match)),
  ],
  async observe(call) {
    const { match } = call.input;
    const matcher = match === undefined ? undefined : matcherFor(match, call.parameters);
    const reading = await read(call);
    const lines = await matchLines(reading.texts, matcher, call.signal);
    return observation(call.input, reading, lines, matcher?.words);
  },
};

function connectionFor(asked: Input): { kind: string; name: string } | undefined {
  if ('unit' in asked) return undefined;
  const kind = 'pods' in asked ? 'kubernetes' : 'container' in asked ? 'docker' : 'elasticsearch';
  return { kind, name: asked.connection ?? kind };
}

function read(call: Call): Promise<Reading> {
  const { input: asked } = call;
  const of = extentOf(asked);
  if ('unit' in asked) return readUnit(call, asked.on, asked.unit, of);
  const name = connectionFor(asked)?.name ?? '';
  if ('pods' in asked) return readPods(call, name, asked.pods, of);
  if ('container' in asked) return readContainer(call, name, asked.container, of);
  return searchIndex(call, name, asked, of);
}

/** An index is never read from its beginning, and nothing without a bound. */
function extentOf(asked: Input): Extent {
  const { tail } = asked;
  const since = asked.since ?? ('index' in asked ? DEFAULT_SINCE : undefined);
  if (since === undefined) return { tail: tail ?? DEFAULT_TAIL };
  return { sinceSeconds: durationMs(since) / 1_000, ...(tail === undefined ? {} : { tail }) };
}

function observation(
  asked: Input,
  { what, cut, total = 0 }: Reading,
  lines: MatchedLines,
  looked: string | undefined,
): Observation {
  const all = Math.max(total, lines.read);
  const value = looked === undefined ? all : lines.matching;
  const unread = cut || (looked !== undefined && all > lines.read);
  const found =
    looked === undefined
      ? counted(all, 'line')
      : `${count(value)} of ${counted(lines.read, 'line')} with ${looked}`;
  const newest = all > lines.read ? `; read are the newest ${count(lines.read)}` : '';
  const where = `${what}${extentInWords(extentOf(asked))}${newest}`;
  return {
    value,
    says: [found, ...(unread ? ['there is more than was read'] : []), ...mostOften(lines)].join('; '),
    evidence: [{ label: 'Logs', text: where }, ...evidenceOf(lines)],
  };
}

function mostOften({ groups, matching }: MatchedLines): string[] {
  const [first] = groups;
  if (!first) return [];
  const line = clipped(shownLine(first.first), LIKE);
  return [matching === 1 ? line : `${count(first.lines)} like: ${line}`];
}
