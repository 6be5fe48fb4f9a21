import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const WINDOW_SECONDS = 300;

/**
 * Whether Slack itself sent this body: HMAC-SHA256 over it and its time, which lies within five minutes of now in
 * the past and in the future. A header that is missing or stands twice is no proof.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isFromSlack(
  request: Pick<IncomingMessage, 'rawHeaders'>,
  body: Buffer,
  secret: string,
  nowMs: number,
): boolean {
  const timestamp = only(request.rawHeaders, 'x-slack-request-timestamp');
  const signature = only(request.rawHeaders, 'x-slack-signature');
  if (!timestamp || !signature || !/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) {
    return false;
  }
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > WINDOW_SECONDS) return false;
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature.slice(3), 'hex'));
}

/** A header that stands there exactly once; Node itself would join two of them into one. */
function only(rawHeaders: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== name) continue;
    if (found !== null) return null;
    found = rawHeaders[i + 1] ?? null;
  }
  return found;
}
