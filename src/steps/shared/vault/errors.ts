import { GuardiaError, messageOf } from '../../../errors.ts';
import { redact } from '../secrets/redaction.ts';
import { clipped, firstLine } from '../text.ts';

const SEALED = /sealed/i;

/** What a failed call means, in words about a Vault. Throws a 'secret'; its cause is the status where there was one. */
export function explained(error: unknown, whom: string, what: string): never {
  if (error instanceof GuardiaError) throw secretError(error.message, { retryable: error.retryable });
  const { statusCode: status, body } =
    (error as { response?: { statusCode: number; body: unknown } }).response ?? {};
  if (status === undefined) throw secretError(`${whom} could not ${what}: ${messageOf(error)}`);
  const said = saidIn(body);
  const retryable = status === 429 || status >= 500;
  if (SEALED.test(said)) throw secretError(`${whom} is sealed`, { retryable, cause: status });
  if (status === 404) throw secretError(`${whom} has nothing there: ${what}`, { cause: status });
  const answer = said === '' ? `status ${status}` : `${said} (status ${status})`;
  throw secretError(`${whom} would not ${what}: ${answer}`, { retryable, cause: status });
}

/** The status of Vault's answer that an error stands for. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof GuardiaError && typeof error.cause === 'number' ? error.cause : undefined;
}

export function secretError(
  message: string,
  options: { retryable?: boolean; cause?: number } = {},
): GuardiaError {
  return new GuardiaError('secret', message, options);
}

/** `{ "errors": ["permission denied"] }` */
function saidIn(body: unknown): string {
  const errors = (body as { errors?: unknown } | null)?.errors;
  const texts = Array.isArray(errors) ? errors.filter((text) => typeof text === 'string') : [];
  return clipped(redact(firstLine(texts.join('; ').replace(/\s+/g, ' '))), 200);
}
