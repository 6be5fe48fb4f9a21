import { type ErrorCode, GuardiaError } from '../../../errors.ts';
import { networkError } from '../failures.ts';
import { clipped, firstLine } from '../text.ts';

/** The server's own words for a statement that it did not run. */
const NOT_RUN = /^Neo\.ClientError\.(Statement|Procedure|Security|Request|Database)\./;

/** What the codes of server and driver mean; the first that fits counts. */
const MEANINGS: readonly (readonly [code: RegExp, means: ErrorCode, says: string, retryable?: true])[] = [
  [/^(ServiceUnavailable|SessionExpired)$/, 'unreachable', 'closed the connection', true],
  [/^ProtocolError$/, 'nonsense', 'answered something that is not Bolt'],
  [/AccessMode$/, 'refused', 'only lets this session read'],
  [
    /\.Security\.(Unauthorized|CredentialsExpired|Authentication\w*|TokenExpired)$/,
    'refused',
    'refused the login',
  ],
  [/\.Transaction\.TransactionTimedOut/, 'deadline', 'stopped the statement'],
  [/^Neo\.ClientError\.(Statement|Procedure)\./, 'bad-input', 'refused the statement'],
  [/^Neo\.TransientError\./, 'refused', 'could not do it', true],
];

/** What went wrong with a server, in words about `whom`. The original error is left behind. */
export function neo4jError(error: unknown, whom: string): GuardiaError {
  if (error instanceof GuardiaError) return error;
  if (!(error instanceof Error) || !('code' in error)) return networkError(error, whom);
  const code = String(error.code);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code));
  if (!meaning && !code.startsWith('Neo.')) return networkError(error, whom);
  const [, means = 'refused', says = 'refused', retryable = false] = meaning ?? [];
  if (means === 'unreachable' || means === 'nonsense')
    return new GuardiaError(means, `${whom} ${says}`, { retryable });
  const message = `${whom} ${says}: ${clipped(firstLine(error.message), 300)}`;
  return new GuardiaError(means, message, { retryable, conclusive: NOT_RUN.test(code) });
}
