import { GuardiaError } from '../errors.ts';

/** For people: no internals, and what to do next. */
export function whatWentWrong(error: unknown): string {
  if (!(error instanceof GuardiaError)) {
    return 'Guardia could not do that; the reason is in its log. Look whether the thread shows anything, then try again.';
  }
  switch (error.code) {
    case 'internal':
    case 'catalogue':
      return 'Guardia could not do that; the reason is in its log.';
    case 'database':
      return 'Guardia cannot reach its database. Look whether the thread shows anything, then try again.';
    default:
      return error.retryable ? `${error.message} Try again in a moment.` : error.message;
  }
}
