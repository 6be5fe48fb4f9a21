import type { Logger } from 'pino';
import type { AlertGroup } from '../flows/requests.ts';
import { turnedAway } from '../http/bearer.ts';
import { readJson } from '../http/body.ts';
import { type Answer, answer, type Route } from '../http/route.ts';
import { type ParsedGroup, parseAlertmanager, parseGrafana } from './parse.ts';

/** Alertmanager's own default for a whole group stays far below. */
const BODY_LIMIT = 1_024 * 1_024;
/** Alertmanager and Grafana try again on 5xx alone. */
const COME_BACK_SECONDS = 5;

export interface AlertWebhook {
  /** Bearer token that senders show; without one the endpoints are closed. */
  token: string | undefined;
  /** Resolves once the group is stored for good; rejects when it could not be. */
  store(group: AlertGroup): Promise<void>;
  logger: Logger;
}

type Parse = (body: unknown) => ParsedGroup;

/** `POST /alerts/alertmanager` and `POST /alerts/grafana`: answered 200 once the group is stored. */
export function alertRoutes(webhook: AlertWebhook): Route[] {
  return [
    routeOf('/alerts/alertmanager', parseAlertmanager, webhook),
    routeOf('/alerts/grafana', parseGrafana, webhook),
  ];
}

function routeOf(path: string, parse: Parse, webhook: AlertWebhook): Route {
  return {
    method: 'POST',
    path,
    async handle(request, response) {
      answer(response, await take(request, parse, webhook));
    },
  };
}

async function take(
  request: Parameters<Route['handle']>[0],
  parse: Parse,
  webhook: AlertWebhook,
): Promise<Answer> {
  const { token } = webhook;
  const away = turnedAway(request, { token, setting: 'ALERT_WEBHOOK_TOKEN', name: 'alert webhook token' });
  if (away) return away;
  const body = await readJson(request, BODY_LIMIT);
  if (!body.ok) return body.answer;
  const parsed = parse(body.value);
  if (!parsed.ok)
    return { status: 400, error: 'bad-input', message: `Not an alert group: ${parsed.reason}.` };
  return keep(parsed.groups, webhook);
}

async function keep(group: AlertGroup, { store, logger }: AlertWebhook): Promise<Answer> {
  try {
    await store(group);
    return { status: 200, body: { stored: group.alerts.length } };
  } catch (err) {
    logger.error(
      { err, groupKey: group.groupKey },
      'an alert group could not be stored; the sender tries again',
    );
    return {
      status: 503,
      error: 'database',
      message: 'The alert group could not be stored. Send it again.',
      headers: { 'retry-after': String(COME_BACK_SECONDS) },
    };
  }
}
