import { GuardiaError } from '../../errors.ts';

const LOST = ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_BAD_RESPONSE'];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/;

/** What a broken connection means, in words about `whom` (`host:port`). The original error may hold secrets and is left behind. */
export function networkError(error: unknown, whom: string): GuardiaError {
  if (error instanceof GuardiaError) return error;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return unreachable(`refused by ${whom}`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return unreachable(`no address is known for ${whom}`);
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return unreachable(`no way to ${whom} (${code})`);
  if (LOST.includes(code)) return closedEarly(whom);
  if (CERTIFICATE.test(code))
    return new GuardiaError('refused', `the certificate of ${whom} is not trusted (${code})`);
  if (code.startsWith('HPE_')) return new GuardiaError('nonsense', `${whom} does not speak HTTP (${code})`);
  return unreachable(`${whom} could not be asked${code ? ` (${code})` : ''}`);
}

function unreachable(message: string): GuardiaError {
  return new GuardiaError('unreachable', message, { retryable: true });
}

/** Somebody was asked, and the connection ended before there was an answer. */
export function closedEarly(whom: string, before = 'it had answered'): GuardiaError {
  return unreachable(`${whom} closed the connection before ${before}`);
}

/** The code of a system error, also when it stands in its cause or in one of several tries. */
export function codeOf(error: unknown): string {
  if (error === null || typeof error !== 'object') return '';
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return codeOf(cause) || (Array.isArray(errors) ? codeOf(errors[0]) : '');
}
