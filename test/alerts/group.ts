/** Bodies as the senders send them. */

export function alertmanagerBody(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: '4',
    groupKey: '{}/{service="denis"}:{alertname="CeleryQueueGrowing"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'guardia',
    groupLabels: { alertname: 'CeleryQueueGrowing' },
    commonLabels: { alertname: 'CeleryQueueGrowing', severity: 'critical', namespace: 'denis' },
    commonAnnotations: { summary: 'The queue grows' },
    externalURL: 'http://alertmanager:9093',
    alerts: [alert()],
    ...change,
  };
}

export function alert(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    status: 'firing',
    labels: { alertname: 'CeleryQueueGrowing', severity: 'critical', namespace: 'denis', queue: 'celery' },
    annotations: { summary: 'The queue grows' },
    startsAt: '2025-11-20T03:12:00.123456789+01:00',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph?g0.expr=celery_queue_length',
    fingerprint: 'c6eadffa33fcdf37',
    ...change,
  };
}

export function grafanaBody(change: Record<string, unknown> = {}): Record<string, unknown> {
  const links = { silenceURL: 'https://grafana/silence', dashboardURL: '', panelURL: '', imageURL: '' };
  return {
    ...alertmanagerBody(),
    version: '1',
    orgId: 1,
    title: '[FIRING:1] The queue grows',
    state: 'alerting',
    message: 'The queue grows',
    groupKey: '{}:{alertname="CeleryQueueGrowing"}',
    alerts: [alert({ ...links, values: { B: 1_840 }, valueString: '[ var="B" value=1840 ]' })],
    ...change,
  };
}
