import type { Drill } from '../catalogue/schema.ts';

/** The alert of a drill has fired for a while before anyone reads it. */
const FIRED_BEFORE_MS = 4 * 60_000;

/** What Alertmanager (webhook version 4) would send for a drill's alert. */
export function alertOf(
  running: { id: string; title: string; startedAt: number },
  alert: NonNullable<Drill['alert']>,
  serviceLabels: Readonly<Record<string, string>>,
  status: 'firing' | 'resolved',
): object {
  const { alertname, summary } = alert;
  const labels = labelsOf(alert, serviceLabels);
  const annotations = { drill: running.title, ...(summary === undefined ? {} : { summary }) };
  const startsAt = new Date(running.startedAt - FIRED_BEFORE_MS).toISOString();
  const endsAt = status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z';
  const one = { status, labels, annotations, startsAt, endsAt, generatorURL: '', fingerprint: running.id };
  return {
    version: '4',
    groupKey: `{}:{alertname="${alertname}",drill="${running.id}-${running.startedAt}"}`,
    truncatedAlerts: 0,
    status,
    receiver: 'practice',
    groupLabels: { alertname },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://alertmanager.invalid',
    alerts: [one],
  };
}

export function labelsOf(
  { alertname, severity, labels = {} }: NonNullable<Drill['alert']>,
  serviceLabels: Readonly<Record<string, string>>,
): Record<string, string> {
  return { alertname, severity, ...serviceLabels, ...labels };
}
