import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import type { App, Receiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { readBody } from '../http/body.ts';
import { answer as refuse } from '../http/route.ts';
import { isFromSlack } from './signature.ts';

/** Slack's largest payloads carry a whole view and stay well below. */
const BODY_LIMIT = 1024 * 1024;

export interface HttpReceiver {
  receiver: Receiver;
  /** Handles `POST /slack/events`; resolves once the request is answered and its work is done. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

/** Bolt's receiver on the house's own HTTP server: checks who sends, acknowledges, hands on. */
export function createReceiver(parts: {
  signingSecret: string;
  logger: Logger;
  acknowledged(ms: number): void;
  now?: () => number;
}): HttpReceiver {
  const now = parts.now ?? Date.now;
  let app: App | null = null;

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const read = await readBody(req, BODY_LIMIT);
    if (!read.ok) return refuse(res, read.answer);
    const body = read.value;
    const begun = performance.now();
    const payload = parse(req.headers['content-type'] ?? '', body);
    // Slack's check of the certificate carries no signature and asks for nothing.
    if (payload?.ssl_check === '1') return answer(res, 200);
    if (!isFromSlack(req, body, parts.signingSecret, now())) {
      parts.logger.warn('a request to /slack/events is not signed by Slack');
      return answer(res, 401);
    }
    if (payload === null) return answer(res, 400);
    if (payload.type === 'url_verification') return answer(res, 200, { challenge: payload.challenge });
    if (app === null) return answer(res, 503);
    await process(app, req, res, payload, () => parts.acknowledged(performance.now() - begun));
  }

  async function process(
    to: App,
    req: IncomingMessage,
    res: ServerResponse,
    body: Record<string, unknown>,
    acknowledged: () => void,
  ): Promise<void> {
    const retry = Number(req.headers['x-slack-retry-num']);
    await to.processEvent({
      body,
      retryNum: Number.isInteger(retry) && retry > 0 ? retry : undefined,
      ack: async (response?: unknown) => {
        if (res.headersSent) return;
        answer(res, 200, response);
        acknowledged();
      },
    });
    if (!res.headersSent) answer(res, 404);
  }

  return {
    receiver: {
      init: (given: App) => {
        app = given;
      },
      start: async () => undefined,
      stop: async () => {
        app = null;
      },
    },
    handle: (req, res) =>
      handle(req, res).catch((error: unknown) => {
        parts.logger.error({ err: error }, 'a request from Slack could not be handled');
        if (!res.headersSent) answer(res, 500);
      }),
  };
}

/** Commands are forms, interactions are JSON in a form's `payload`, events are JSON. */
function parse(contentType: string, body: Buffer): Record<string, unknown> | null {
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return asJson(body.toString());
  const { payload, ...fields } = parseForm(body.toString());
  return payload === undefined ? fields : asJson(String(payload));
}

function asJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function answer(res: ServerResponse, status: number, body?: unknown): void {
  if (body === undefined || body === '') {
    res.writeHead(status, { 'content-length': 0 });
    res.end();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  res.end(text);
}
