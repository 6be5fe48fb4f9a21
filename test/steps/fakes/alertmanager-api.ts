import { type Asked, type HttpFake, startHttp } from './http-server.ts';

type Labels = Record<string, string>;

export interface FakeSilence {
  id: string;
  matchers: { name: string; value: string; isRegex?: boolean; isEqual?: boolean }[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  status: { state: string };
}

export interface AlertmanagerFake extends HttpFake {
  /** Labels of the alerts that it sends out. */
  alerts: Labels[];
  silences: FakeSilence[];
  /** Asked with this method. */
  sent(method: string): Asked[];
}

const HOUR_MS = 3_600_000;

/** A silence in force that names these labels. */
export function silenceOf(labels: Labels, more: Partial<FakeSilence> = {}): FakeSilence {
  return {
    id: `id-${JSON.stringify(labels).length}`,
    matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
    startsAt: '2026-11-21T09:00:00.000Z',
    endsAt: '2026-11-21T12:00:00.000Z',
    createdBy: 'ana',
    comment: 'deployment',
    status: { state: 'active' },
    ...more,
  };
}

/** Alertmanager's API v2 as far as it is asked; its filter of silences compares texts alone, as the real one does. */
export async function startAlertmanagerApi(
  instead: (asked: Asked) => { status: number; body: string } | undefined = () => undefined,
): Promise<AlertmanagerFake> {
  const [alerts, silences]: [Labels[], FakeSilence[]] = [[], []];
  const server = await startHttp((asked) => {
    const { pathname, searchParams } = new URL(asked.path, 'http://fake');
    const other = instead(asked);
    if (other) return other;
    const id = pathname.split('/')[4] ?? '';
    if (asked.method === 'DELETE') return ended(silences, id);
    if (asked.method === 'POST') return begun(silences, JSON.parse(asked.body));
    const wanted = searchParams.getAll('filter').map((text) => /^(\w+)="(.*)"$/.exec(text)?.slice(1) ?? []);
    if (pathname === '/api/v2/alerts') return json(alerts.filter(has(wanted)).map(alertOf));
    if (pathname === '/api/v2/silences')
      return json(silences.filter(({ matchers }) => has(wanted)(named(matchers))));
    return json(silences.find((one) => one.id === id));
  });
  return {
    ...server,
    alerts,
    silences,
    sent: (method) => server.asked.filter((one) => one.method === method),
  };
}

function ended(silences: FakeSilence[], id: string) {
  for (const one of silences) if (one.id === id) one.status.state = 'expired';
  return { body: '' };
}

function begun(silences: FakeSilence[], body: Omit<FakeSilence, 'id' | 'status'>) {
  const id = `new-${silences.length}`;
  silences.push({ ...body, id, status: { state: 'active' } });
  return json({ silenceID: id });
}

function has(wanted: readonly string[][]) {
  return (labels: Labels) => wanted.every(([name = '', value]) => labels[name] === value);
}

function named(matchers: FakeSilence['matchers']): Labels {
  return Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
}

function alertOf(labels: Labels) {
  const startsAt = new Date(Date.parse('2026-11-21T11:00:00Z') - HOUR_MS).toISOString();
  return {
    labels,
    annotations: { summary: `${labels.alertname} happens` },
    startsAt,
    status: { state: 'active' },
  };
}

function json(value: unknown) {
  return { body: JSON.stringify(value) };
}
