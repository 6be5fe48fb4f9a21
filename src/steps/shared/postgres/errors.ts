import pg from 'pg';
import { type ErrorCode, GuardiaError, messageOf } from '../../../errors.ts';
import { closedEarly, networkError } from '../failures.ts';
import { firstLine } from '../text.ts';

/** SQLSTATEs, or how they begin, and what they mean; the first that fits counts. */
const MEANINGS: readonly (readonly [state: RegExp, code: ErrorCode, says: string, retryable?: true])[] = [
  [/^(28|3D)/, 'refused', 'refused the login'],
  [/^57014/, 'deadline', 'stopped the statement'],
  [/^(57P|08)/, 'unreachable', 'closes its connections', true],
  [/^25006/, 'refused', 'only lets this connection read'],
  [/^42501/, 'refused', 'refused the statement'],
  [/^(22|42|0A)/, 'bad-input', 'refused the statement'],
  [/^(53|40|55P03)/, 'refused', 'could not do it', true],
];

/**
 * SQLSTATEs of a statement that was refused, or rolled back as a whole. Not among them: what a pooler or a server going
 * down says (08, 57P), 40003 that says itself that nobody knows, a statement that was stopped half way (57014), and
 * faults of the server (58, XX).
 */
const NOT_DONE = /^(0A|2[2358DF]|3D|3F|40(001|002|P01)|42|44|53|54|55)/;

/** What went wrong with a server, in words about `whom`. The original error is left behind. */
export function postgresError(error: unknown, whom: string): GuardiaError {
  if (error instanceof GuardiaError) return error;
  if (error instanceof pg.DatabaseError) return refusal(error, whom);
  const message = messageOf(error);
  if (message.startsWith('Connection terminated')) return closedEarly(whom);
  if (message.startsWith('SASL'))
    return new GuardiaError('refused', `${whom} refused the login (${message})`);
  if (message.startsWith('The server does not support SSL'))
    return new GuardiaError('refused', `${whom} does not speak TLS`);
  if (message.startsWith('There was an error establishing an SSL'))
    return new GuardiaError('nonsense', `${whom} does not speak PostgreSQL's protocol`);
  return networkError(error, whom);
}

function refusal({ code: state = '', message }: pg.DatabaseError, whom: string): GuardiaError {
  const [, code = 'refused', says = 'refused', retryable = false] =
    MEANINGS.find(([pattern]) => pattern.test(state)) ?? [];
  const conclusive = NOT_DONE.test(state);
  return new GuardiaError(code, `${whom} ${says}: ${firstLine(message)}`, { retryable, conclusive });
}

/** `db.shop:5432` */
export function whomOf({ host, port }: Pick<pg.Client, 'host' | 'port'>): string {
  return `${host}:${port}`;
}
