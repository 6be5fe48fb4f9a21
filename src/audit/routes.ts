import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { turnedAway } from '../http/bearer.ts';
import { type Answer, answer, type Route } from '../http/route.ts';
import type { AuditEntry, ChainHead } from './chain.ts';

const PAGE = 100;
const LARGEST_PAGE = 1_000;

export interface AuditRecord {
  /** Entries after `after`, in order, at most `limit`. */
  entries(after: number, limit: number): Promise<AuditEntry[]>;
  head(): Promise<ChainHead>;
}

interface AuditRoutes {
  /** Bearer token that auditors show; without one the endpoints are closed. */
  token: string | undefined;
  record: AuditRecord;
  logger: Logger;
}

/** `GET /audit/events?after=&limit=` and `GET /audit/head`: the record as auditors copy it, page by page. */
export function auditRoutes(routes: AuditRoutes): Route[] {
  return [
    routeOf('/audit/head', routes, () => routes.record.head()),
    routeOf('/audit/events', routes, async (search) => {
      const after = whole(search, 'after', { is: 0, to: Number.MAX_SAFE_INTEGER });
      const limit = whole(search, 'limit', { is: PAGE, from: 1, to: LARGEST_PAGE });
      const events = await routes.record.entries(after, limit);
      const last = events.at(-1);
      return { events, next: last && events.length === limit ? last.seq : null };
    }),
  ];
}

class BadQuery extends Error {}

function routeOf(
  path: string,
  { token, logger }: AuditRoutes,
  body: (search: URLSearchParams) => Promise<unknown>,
): Route {
  const given = async (request: IncomingMessage): Promise<Answer> => {
    const away = turnedAway(request, { token, setting: 'AUDIT_TOKEN', name: 'audit token' });
    if (away) return away;
    try {
      return { status: 200, body: await body(new URL(`http://here${request.url}`).searchParams) };
    } catch (err) {
      if (err instanceof BadQuery) return { status: 400, error: 'bad-input', message: err.message };
      logger.error({ err }, 'the record could not be read');
      return { status: 503, error: 'database', message: 'The record cannot be read now. Try again.' };
    }
  };
  return {
    method: 'GET',
    path,
    async handle(request, response) {
      answer(response, await given(request));
    },
  };
}

function whole(
  search: URLSearchParams,
  name: string,
  { is, from = 0, to }: { is: number; from?: number; to: number },
): number {
  const text = search.get(name);
  if (text === null) return is;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new BadQuery(`Write ${name} as a whole number from ${from} to ${to}.`);
}
