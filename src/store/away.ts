import { GuardiaError } from '../errors.ts';

const LONGEST_WAIT_MS = 5_000;

/** Classes of PostgreSQL's own words for "not now": connection, rolled back, out of room, stopped by an operator. */
const SQLSTATE = /^(08|40|53|57P)/;
const CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  '25006',
]);
const SAID =
  /connection terminated|timeout exceeded when trying to connect|not queryable|client has encountered a connection error/i;

/** Whether the database was away, or another transaction in the way: the same work may succeed a moment later. */
export function isAway(error: unknown): boolean {
  if (error instanceof GuardiaError) return false;
  const { code, message, errors } = (error ?? {}) as { code?: unknown; message?: unknown; errors?: unknown };
  if (Array.isArray(errors)) return errors.some(isAway);
  return SQLSTATE.test(String(code)) || CODES.has(String(code)) || SAID.test(String(message));
}

/** Does work on the database again until the database is there to take it. */
export async function persistently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error)) throw error;
      await new Promise((next) => setTimeout(next, waitMs));
    }
  }
}
