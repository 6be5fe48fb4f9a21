import { z } from 'zod';
import type { AlertGroup, GroupedAlert } from '../flows/requests.ts';
import { BOUNDS, boundedKey, boundedStrings, cut, link } from './bounds.ts';

export type ParsedGroup = { ok: true; groups: AlertGroup } | { ok: false; reason: string };

/** Where a note of what was cut stands among the annotations. */
const CUT_NOTE = 'cut';

const strings = z.record(z.string(), z.string());
/** With a year of four digits, as RFC 3339 has it and PostgreSQL stores it. */
const time = z
  .string()
  .refine((text) => /^(?!0000)\d{4}-/.test(inUtc(text)), 'must be a time as in RFC 3339');
const status = z.enum(['firing', 'resolved']);

const alert = z.object({
  status,
  labels: strings,
  annotations: strings.default({}),
  startsAt: time,
  endsAt: time.optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1).max(200),
});

const group = z.object({
  groupKey: z.string().min(1),
  status,
  receiver: z.string(),
  groupLabels: strings,
  commonLabels: strings,
  commonAnnotations: strings.default({}),
  externalURL: z.string().optional(),
  truncatedAlerts: z.number().int().min(0).default(0),
  alerts: z.array(alert).min(1),
});

const alertmanager = group.extend({ version: z.literal('4') });
/** Grafana says version 1, and adds title, message, dashboard and silence links, which nobody here uses. */
const grafana = group.extend({ version: z.literal('1').optional() });

function inUtc(text: string): string {
  const at = Date.parse(text);
  return Number.isFinite(at) ? new Date(at).toISOString() : '';
}

type GroupBody = z.output<typeof group>;

/** The body of Alertmanager's webhook, version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export function parseAlertmanager(body: unknown): ParsedGroup {
  return parse(alertmanager, body);
}

/** The body of Grafana's alerting webhook, which has Alertmanager's shape. */
export function parseGrafana(body: unknown): ParsedGroup {
  return parse(grafana, body);
}

function parse(schema: z.ZodType<GroupBody>, body: unknown): ParsedGroup {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return { ok: false, reason: reasonOf(parsed.error) };
  return { ok: true, groups: bounded(parsed.data) };
}

function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'the body is not understood';
  const path = issue.path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  );
  const others = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${cut(path, 200) || 'the body'} ${wordsFor(issue)}${others}`;
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${article(issue.expected)}`;
  }
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}`;
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code === 'too_big') return `is longer than ${String(issue.maximum)}`;
  return issue.message;
}

function article(type: string): string {
  if (type === 'record' || type === 'object') return 'an object';
  if (type === 'int') return 'a whole number';
  return type === 'array' ? 'a list' : `a ${type}`;
}

function bounded(body: GroupBody): AlertGroup {
  const labels = boundedStrings({ ...body.commonLabels, ...body.groupLabels }, BOUNDS.label);
  const kept = mostTelling(body.alerts);
  return {
    groupKey: boundedKey(body.groupKey),
    status: body.status,
    receiver: cut(body.receiver, BOUNDS.name),
    labels: labels.values,
    annotations: annotated(body.commonAnnotations, labels.left),
    alerts: kept.map(boundedAlert),
    truncated: body.truncatedAlerts + body.alerts.length - kept.length,
    ...(labels.left > 0 ? { labelsLeft: labels.left } : {}),
    externalURL: link(body.externalURL),
  };
}

/** Those that fire come before those that ended, when not all can be kept. */
function mostTelling(alerts: GroupBody['alerts']): GroupBody['alerts'] {
  if (alerts.length <= BOUNDS.alerts) return alerts;
  const firing = alerts.filter((one) => one.status === 'firing');
  return [...firing, ...alerts.filter((one) => one.status === 'resolved')].slice(0, BOUNDS.alerts);
}

function boundedAlert(body: z.output<typeof alert>): GroupedAlert {
  const labels = boundedStrings(body.labels, BOUNDS.label);
  return {
    status: body.status,
    labels: labels.values,
    annotations: annotated(body.annotations, labels.left),
    startsAt: new Date(body.startsAt).toISOString(),
    endsAt: endOf(body),
    fingerprint: cut(body.fingerprint, BOUNDS.name),
    generatorURL: link(body.generatorURL),
  };
}

/** What still fires has no end: Alertmanager writes the year 1, Grafana sometimes a time to come. */
function endOf({ status: is, endsAt }: z.output<typeof alert>): string | null {
  if (is === 'firing' || endsAt === undefined) return null;
  const end = new Date(endsAt);
  return end.getUTCFullYear() <= 1 ? null : end.toISOString();
}

function annotated(annotations: Record<string, string>, labelsLeft: number): Record<string, string> {
  const { values, left } = boundedStrings(annotations, BOUNDS.annotation);
  const missing = [
    labelsLeft > 0 ? `${labelsLeft} labels` : '',
    left > 0 ? `${left} annotations` : '',
  ].filter(Boolean);
  return missing.length === 0 ? values : { ...values, [CUT_NOTE]: `${missing.join(' and ')} left out` };
}
