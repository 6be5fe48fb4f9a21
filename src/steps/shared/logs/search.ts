import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { Clients, Parameters } from '../../step-kind.ts';
import { hostPort, httpCall, jsonOf, jsonOr } from '../http/client.ts';
import { fillText } from '../placeholders.ts';
import { urlOf } from '../settings.ts';
import { clipped, plainText } from '../text.ts';

const MAX_BYTES = 8 * 1_048_576;
const INDEX = /^(?![-_+.])[a-z0-9*][a-z0-9*._,-]{0,254}$/;
/** Beyond it Elasticsearch counts no further: a million lines are a million too many. */
const MOST_COUNTED = 1_000_000;
/** It stops by itself before the check does, and says that it did. */
const TIMEOUT_SHARE = 0.8;
const MESSAGE_FIELDS = ['message', 'msg', 'log'];

/** OpenSearch as well. */
export const elasticsearchConnection = z.strictObject({
  kind: z.literal('elasticsearch'),
  url: urlOf('http', 'https'),
  headers: z.record(z.string(), z.string()).optional(),
});

export interface SearchRequest {
  /** May have asterisks, and several separated by commas. */
  index: string;
  /** In the language of `query_string`; parameters in it stand for themselves. */
  query: string;
  parameters: Parameters;
  sinceSeconds: number;
  /** How many of the newest lines are fetched. */
  lines: number;
  deadlineMs: number;
  signal: AbortSignal;
}

export interface SearchResult {
  where: string;
  /** The query as it was sent. */
  query: string;
  total: number;
  /** The newest, the last one last. */
  lines: string[];
  /** There are more than `total`, or not all shards were asked. */
  incomplete: boolean;
}

const source = z.record(z.string(), z.unknown());
const answer = z.object({
  timed_out: z.boolean().default(false),
  _shards: z.object({ failed: z.number().default(0) }).prefault({}),
  hits: z.object({
    total: z.object({ value: z.number(), relation: z.string().default('eq') }),
    hits: z.array(z.object({ _source: source.default({}) })),
  }),
});
const reason = z.object({ type: z.string().default(''), reason: z.string().nullish() });
const failure = z.object({ error: reason.extend({ root_cause: z.array(reason).default([]) }) });

/** Counts what a query finds and gives its newest lines. Throws 'not-found' when no index is called so. */
export async function searchLines(
  clients: Clients,
  connection: z.output<typeof elasticsearchConnection>,
  request: SearchRequest,
): Promise<SearchResult> {
  const whom = `Elasticsearch at ${hostPort(connection.url)}`;
  const index = indexNamed(request);
  const query = fillText(request.query, request.parameters, queryText);
  const response = await httpCall(clients, connection, {
    method: 'POST',
    path: `/${encodeURIComponent(index)}/_search?allow_no_indices=false&ignore_unavailable=true`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodyFor(query, request)),
    maxBytes: MAX_BYTES,
    signal: request.signal,
  });
  if (response.status >= 400) throw refusal(response, whom);
  const parsed = answer.safeParse(jsonOf(response, whom));
  if (!parsed.success)
    throw new GuardiaError(
      'nonsense',
      `${whom} answered something that is not its API (status ${response.status})`,
    );
  const { timed_out, _shards, hits } = parsed.data;
  return {
    where: `${index} at ${hostPort(connection.url)}`,
    query,
    total: hits.total.value,
    lines: hits.hits.map(({ _source }) => lineOf(_source)).reverse(),
    incomplete: timed_out || _shards.failed > 0 || hits.total.relation !== 'eq',
  };
}

function indexNamed({ index: template, parameters }: SearchRequest): string {
  const index = fillText(template, parameters, (value) => value.replaceAll('*', '').replaceAll(',', ''));
  if (INDEX.test(index)) return index;
  throw new GuardiaError('bad-input', `${JSON.stringify(index)} is not the name of an index`);
}

/** `<` and `>` cannot be escaped, and a word such as OR would be an operator. */
function queryText(value: string): string {
  const text = value.replace(/[<>]/g, ' ').trim();
  if (text === '') throw new GuardiaError('bad-input', 'a parameter of the query is empty');
  if (/^(AND|OR|NOT|TO)$/.test(text)) return `\\${text}`;
  return text.replace(/[+\-=&|!(){}[\]^"~*?:\\/\s]/g, '\\$&');
}

function bodyFor(query: string, { sinceSeconds, lines, deadlineMs }: SearchRequest) {
  return {
    size: lines,
    track_total_hits: MOST_COUNTED,
    timeout: `${Math.round(deadlineMs * TIMEOUT_SHARE)}ms`,
    query: {
      bool: {
        must: [{ query_string: { query, lenient: true } }],
        filter: [{ range: { '@timestamp': { gte: `now-${sinceSeconds}s` } } }],
      },
    },
    sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
  };
}

/** `2026-11-21T10:39:04Z error Redis does not answer`; a document without a message as it is. */
function lineOf(document: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const message = MESSAGE_FIELDS.map((field) => text(document[field])).find((found) => found !== undefined);
  const level = text(document.level) ?? text(document['log.level']) ?? levelIn(document.log);
  const parts = [text(document['@timestamp']), level, message ?? JSON.stringify(document)];
  return plainText(parts.filter(Boolean).join(' ')).replaceAll('\n', ' ');
}

function levelIn(log: unknown): string | undefined {
  const level = log !== null && typeof log === 'object' ? (log as { level?: unknown }).level : undefined;
  return typeof level === 'string' ? level : undefined;
}

function refusal({ status, text }: { status: number; text: string }, whom: string): GuardiaError {
  if (status === 401 || status === 403)
    return new GuardiaError('refused', `${whom} refused the credentials (status ${status})`);
  const said = failure.safeParse(jsonOr(text)).data?.error;
  const because = said?.root_cause[0]?.reason ?? said?.reason ?? said?.type;
  const message = `${whom} refused: ${because ? clipped(because, 400) : `status ${status}`}`;
  if (status === 400) return new GuardiaError('bad-input', message);
  if (status === 404) return new GuardiaError('not-found', message);
  return new GuardiaError('refused', message, { retryable: status === 429 || status >= 500 });
}
