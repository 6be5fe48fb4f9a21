/**
 * The catalogue of codes. Each says what went wrong in one word, so that logs, metrics and people
 * use the same one; docs/errors.md explains them for whoever reads a log.
 */
export const ERROR_CODES = {
  config: 'a setting is missing or wrong',
  catalogue: 'the catalogue of runbooks is not valid',
  'not-configured': 'a connection names a setting that is not there',
  'bad-input': 'what was asked for is not well formed',
  secret: 'a secret could not be had from Vault',
  unreachable: 'the other side could not be reached',
  refused: 'the other side answered that it will not',
  nonsense: 'the other side answered something that cannot be understood',
  'no-data': 'the other side answered, but has nothing to say',
  deadline: 'no answer came in time',
  aborted: 'the call was stopped from our side',
  'not-found': 'the thing asked for does not exist',
  conflict: 'somebody else was first',
  database: 'the database could not be used',
  slack: 'Slack refused or did not answer',
  internal: 'a fault in Guardia itself',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

interface Traits {
  /** The same call may succeed a moment later. */
  retryable: boolean;
  /**
   * The other side's own answer proves what was changed: nothing, or what the message tells. A step kind says so of
   * each answer by itself; without it nobody knows.
   */
  conclusive: boolean;
  /** A change had been sent off, and nobody knows whether it was made. The step executor says so. */
  unconfirmed: boolean;
}

/** The one error of the house. `message` says what was asked of whom and never carries a secret. */
export class GuardiaError extends Error implements Traits {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly conclusive: boolean;
  readonly unconfirmed: boolean;

  constructor(code: ErrorCode, message: string, options: Partial<Traits> & { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'GuardiaError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.conclusive = options.conclusive ?? false;
    this.unconfirmed = options.unconfirmed ?? false;
  }

  /** The same error in other words. */
  saying(message: string, other: Partial<Traits> = {}): GuardiaError {
    const { retryable, conclusive, unconfirmed } = this;
    return new GuardiaError(this.code, message, { retryable, conclusive, unconfirmed, ...other });
  }
}

/** What people read of an error that is not one of ours: its own words may say too much. */
export const OUR_FAULT = 'a fault in Guardia itself, and its log says more.';

/** What can be said of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
