import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { GuardiaError, messageOf } from '../errors.ts';

/**
 * What a failed call to Slack means for whoever made it:
 * - `limited`: come again after `retryAfterMs`; nothing was done.
 * - `unsent`: Slack was not reached; nothing was done.
 * - `unclear`: no answer that counts (5xx, HTML, a timeout, a closed socket); it may have been done.
 * - `token`: Slack does not take the bot's token.
 * - `closed`: the bot cannot write in that channel.
 * - `gone`: the message or the view does not stand there.
 * - `unfit`: the blocks or the text are not taken.
 * - `refused`: anything else that Slack said no to.
 */
export type FailureKind =
  | 'limited'
  | 'unsent'
  | 'unclear'
  | 'token'
  | 'closed'
  | 'gone'
  | 'unfit'
  | 'refused';

export interface Failure {
  kind: FailureKind;
  /** Slack's own word for it, or ours. */
  code: string;
  retryAfterMs: number;
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  ratelimited: 'limited',
  rate_limited: 'limited',
  fatal_error: 'unclear',
  internal_error: 'unclear',
  request_timeout: 'unclear',
  service_unavailable: 'unclear',
  invalid_auth: 'token',
  not_authed: 'token',
  account_inactive: 'token',
  token_revoked: 'token',
  token_expired: 'token',
  not_allowed_token_type: 'token',
  missing_scope: 'token',
  channel_not_found: 'closed',
  is_archived: 'closed',
  not_in_channel: 'closed',
  restricted_action: 'closed',
  restricted_action_read_only_channel: 'closed',
  restricted_action_thread_only_channel: 'closed',
  message_not_found: 'gone',
  not_found: 'gone',
  view_not_found: 'gone',
  msg_too_long: 'unfit',
  msg_blocks_too_long: 'unfit',
  invalid_blocks: 'unfit',
  invalid_blocks_format: 'unfit',
  no_text: 'unfit',
};

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export function failureOf(error: unknown): Failure {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'limited', code: 'ratelimited', retryAfterMs: error.retryAfter * 1_000 };
  }
  if (error instanceof WebAPIPlatformError) return platformFailure(error.data.error);
  if (error instanceof WebAPIHTTPError) {
    return { kind: 'unclear', code: `http_${error.statusCode}`, retryAfterMs: 0 };
  }
  if (error instanceof WebAPIRequestError) return requestFailure(error.original);
  // The client throws a bare Error for a 429 that does not say how long to wait.
  if (/Retry header did not contain/.test(messageOf(error))) {
    return { kind: 'limited', code: 'ratelimited', retryAfterMs: 5_000 };
  }
  return requestFailure(error);
}

function platformFailure(code: string): Failure {
  // An answer that is no JSON becomes the error's text.
  if (!/^[a-z][a-z0-9_]{1,60}$/.test(code)) return { kind: 'unclear', code: 'not_json', retryAfterMs: 0 };
  return { kind: KINDS[code] ?? 'refused', code, retryAfterMs: 5_000 };
}

function requestFailure(error: unknown): Failure {
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : null) ?? 'no_answer';
  return { kind: NEVER_SENT.has(code) ? 'unsent' : 'unclear', code, retryAfterMs: 0 };
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'TimeoutError') return 'timeout';
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The same as the house's own error: `asked` says what was asked of Slack. */
export function slackError(asked: string, error: unknown): GuardiaError {
  const { kind, code } = failureOf(error);
  const retryable = kind === 'limited' || kind === 'unsent' || kind === 'unclear';
  return new GuardiaError('slack', `${asked}: Slack said ${code}.`, { retryable, cause: error });
}
