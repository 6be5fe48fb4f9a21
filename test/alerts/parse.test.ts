import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAlertmanager, parseGrafana } from '../../src/alerts/parse.ts';
import type { AlertGroup } from '../../src/flows/requests.ts';
import { alert, alertmanagerBody, grafanaBody } from './group.ts';

function groupOf(body: unknown): AlertGroup {
  const parsed = parseAlertmanager(body);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.groups;
}

function reasonOf(body: unknown): string {
  const parsed = parseAlertmanager(body);
  return parsed.ok ? 'it is a group' : parsed.reason;
}

describe('parseAlertmanager', () => {
  it('reads a group', () => {
    expect(groupOf(alertmanagerBody({ truncatedAlerts: 3 }))).toEqual({
      groupKey: '{}/{service="denis"}:{alertname="CeleryQueueGrowing"}',
      status: 'firing',
      receiver: 'guardia',
      labels: { alertname: 'CeleryQueueGrowing', severity: 'critical', namespace: 'denis' },
      annotations: { summary: 'The queue grows' },
      alerts: [
        {
          status: 'firing',
          labels: {
            alertname: 'CeleryQueueGrowing',
            severity: 'critical',
            namespace: 'denis',
            queue: 'celery',
          },
          annotations: { summary: 'The queue grows' },
          startsAt: '2025-11-20T02:12:00.123Z',
          endsAt: null,
          fingerprint: 'c6eadffa33fcdf37',
          generatorURL: 'http://prometheus:9090/graph?g0.expr=celery_queue_length',
        },
      ],
      truncated: 3,
      externalURL: 'http://alertmanager:9093/',
    });
  });

  it('knows an end only of what has ended, and never in the year 1', () => {
    const ended = { status: 'resolved', endsAt: '2025-11-20T02:23:00Z' };
    const alerts = [
      alert(ended),
      alert({ ...ended, status: 'firing' }),
      alert({ ...ended, endsAt: '0001-01-01T00:00:00Z' }),
    ];
    expect(groupOf(alertmanagerBody({ alerts })).alerts.map((one) => one.endsAt)).toEqual([
      '2025-11-20T02:23:00.000Z',
      null,
      null,
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'not a link',
    '',
    `http://x/${'a'.repeat(3_000)}`,
  ])('keeps no link to %.30p', (generatorURL) => {
    const group = groupOf(alertmanagerBody({ alerts: [alert({ generatorURL })], externalURL: generatorURL }));
    expect([group.alerts[0]?.generatorURL, group.externalURL]).toEqual([null, null]);
  });

  it('does not mind keys that it does not know', () => {
    expect(
      groupOf(alertmanagerBody({ notificationReason: 'x', alerts: [alert({ more: {} })] })).alerts,
    ).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['the body must be an object', null],
    ['the body must be an object', 'text'],
    ['version must be "4"', alertmanagerBody({ version: '3' })],
    ['groupKey is missing', alertmanagerBody({ groupKey: undefined })],
    ['groupKey must not be empty', alertmanagerBody({ groupKey: '' })],
    ['status must be "firing" or "resolved"', alertmanagerBody({ status: 'odd' })],
    ['alerts must be a list', alertmanagerBody({ alerts: {} })],
    ['alerts must not be empty', alertmanagerBody({ alerts: [] })],
    [
      'alerts[1].startsAt must be a time as in RFC 3339',
      alertmanagerBody({ alerts: [alert(), alert({ startsAt: 'now' })] }),
    ],
    [
      'alerts[0].startsAt must be a time as in RFC 3339',
      alertmanagerBody({ alerts: [alert({ startsAt: '+022222-01-01T00:00:00Z' })] }),
    ],
    [
      'alerts[0].labels.queue must be a string',
      alertmanagerBody({ alerts: [alert({ labels: { queue: 3 } })] }),
    ],
    [
      'alerts[0].fingerprint is longer than 200',
      alertmanagerBody({ alerts: [alert({ fingerprint: 'f'.repeat(201) })] }),
    ],
    ['truncatedAlerts must be a whole number', alertmanagerBody({ truncatedAlerts: 1.5 })],
    ['alerts[0].status must be "firing" or "resolved" (and 3 more)', { ...alertmanagerBody(), alerts: [{}] }],
  ])('says "%s"', (reason, body) => {
    expect(reasonOf(body)).toBe(reason);
  });

  it('never throws', () => {
    const keys = Object.keys({ ...alertmanagerBody(), ...alert() });
    const body = fc.dictionary(
      fc.constantFrom(...keys),
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), body, body.map(alertmanagerBody)), (given) => {
        expect(typeof parseAlertmanager(given).ok).toBe('boolean');
        expect(typeof parseGrafana(given).ok).toBe('boolean');
      }),
    );
  });
});

describe('what is too much', () => {
  it('cuts an annotation of a million characters and says how much', () => {
    const group = groupOf(alertmanagerBody({ commonAnnotations: { description: 'x'.repeat(1_000_000) } }));
    expect(group.annotations.description).toMatch(/^x{8000} … \(992,000 characters cut\)$/);
  });

  it('cuts ten thousand labels, keeps the telling ones, and says how many are missing', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`l${index}`, 'v']));
    const labels = { ...many, severity: 'critical', alertname: 'X' };
    const group = groupOf(
      alertmanagerBody({ commonLabels: labels, groupLabels: {}, alerts: [alert({ labels })] }),
    );
    expect(group.labels).toMatchObject({ alertname: 'X', severity: 'critical', l0: 'v' });
    expect(Object.keys(group.labels)).toHaveLength(64);
    expect(group.annotations.cut).toBe('9938 labels left out');
    expect(group.alerts[0]?.annotations.cut).toBe('9938 labels left out');
  });

  it('keeps two hundred of five thousand alerts, those that fire first, and counts the others', () => {
    const alerts = Array.from({ length: 5_000 }, (_, index) =>
      alert({ fingerprint: `f${index}`, status: index < 4_900 ? 'resolved' : 'firing' }),
    );
    const group = groupOf(alertmanagerBody({ alerts, truncatedAlerts: 7 }));
    expect(group.alerts).toHaveLength(200);
    expect(group.alerts.filter((one) => one.status === 'firing')).toHaveLength(100);
    expect(group.truncated).toBe(4_807);
  });

  it('keeps long group keys apart, and short enough for an index', () => {
    const keys = ['a', 'b'].map(
      (end) => groupOf(alertmanagerBody({ groupKey: 'k'.repeat(100_000) + end })).groupKey,
    );
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(500);
  });

  it('leaves nothing that a database cannot store', () => {
    const odd = 'a\u0000b\ud800c';
    const group = groupOf(
      alertmanagerBody({
        groupKey: odd,
        receiver: odd,
        alerts: [alert({ labels: { [odd]: odd }, fingerprint: odd })],
      }),
    );
    const stored = JSON.stringify(group);
    expect(stored).not.toMatch(/\\u0000|\\ud800/);
    expect(group.alerts[0]?.labels).toEqual({ 'a\ufffdb\ufffdc': 'a\ufffdb\ufffdc' });
  });

  it('takes a label named __proto__ for a label', () => {
    const labels = JSON.parse('{"__proto__": "x", "alertname": "A"}');
    const group = groupOf(alertmanagerBody({ alerts: [alert({ labels })] }));
    expect(group.alerts[0]?.labels.alertname).toBe('A');
    expect(Object.getPrototypeOf(group.alerts[0]?.labels)).toBe(Object.prototype);
  });
});

describe('parseGrafana', () => {
  it('reads what Grafana sends, as the same kind of group', () => {
    const parsed = parseGrafana(grafanaBody());
    expect(parsed).toMatchObject({
      ok: true,
      groups: { status: 'firing', labels: { severity: 'critical' } },
    });
    expect(parsed.ok && Object.keys(parsed.groups)).toEqual(Object.keys(groupOf(alertmanagerBody())));
  });

  it('ends nothing that fires, though Grafana says when it would', () => {
    const parsed = parseGrafana(grafanaBody({ alerts: [alert({ endsAt: '2099-01-01T00:00:00Z' })] }));
    expect(parsed.ok && parsed.groups.alerts[0]?.endsAt).toBeNull();
  });

  it('refuses what Alertmanager sends', () => {
    expect(parseGrafana(alertmanagerBody())).toEqual({ ok: false, reason: 'version must be "1"' });
  });
});
