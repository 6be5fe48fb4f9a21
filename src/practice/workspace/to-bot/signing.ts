import { createHmac } from 'node:crypto';

/**
 * The two headers by which Slack proves that a request is its own.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function signatureHeaders(secret: string, body: string, atSeconds: number): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(atSeconds), 'x-slack-signature': `v0=${digest}` };
}
