import type { Evidence } from '../../step-kind.ts';
import { clipped, count } from '../text.ts';
import type { Alert, Labels, Silence } from './client.ts';

const MOST_LISTED = 20;
const MOST_NAMED = 5;

/** `service=hotel, severity=critical` */
export function labelsInWords(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

export function alertName({ labels }: Alert): string {
  return labels.alertname ?? 'an alert without a name';
}

/** `RedisDown since 2026-11-21 10:39 UTC: Redis does not answer (service=denis)` */
export function alertInWords(alert: Alert): string {
  const { alertname: _, ...rest } = alert.labels;
  const summary = alert.annotations.summary ? `: ${clipped(alert.annotations.summary, 200)}` : '';
  return `${alertName(alert)} since ${minute(alert.startsAt)}${summary} (${clipped(labelsInWords(rest), 200)})`;
}

/** `until 2026-11-21 12:00 UTC by ana: deployment` */
export function silenceInWords({ endsAt, createdBy, comment }: Silence): string {
  return `until ${minute(endsAt)} by ${createdBy || 'nobody'}: ${clipped(comment, 200)}`;
}

/** Names, each once, the most frequent first: `HighLatency (3), RedisDown`. */
export function named(names: readonly string[]): string {
  const groups = Object.entries(Object.groupBy(names, (name) => name)).map(
    ([name, all = []]) => [name, all.length] as const,
  );
  const shown = groups
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_NAMED)
    .map(([name, times]) => (times === 1 ? name : `${name} (${count(times)})`));
  const rest = groups.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${count(rest)} more`] : [])].join(', ');
}

export function listed<Item>(
  label: string,
  items: readonly Item[],
  shown: (item: Item) => string,
): Evidence[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_LISTED;
  const lines = [
    ...items.slice(0, MOST_LISTED).map(shown),
    ...(rest > 0 ? [`(and ${count(rest)} more)`] : []),
  ];
  return [{ label, text: lines.join('\n') }];
}

/** `2026-11-21 10:39 UTC`; as it came when it is no time. */
export function minute(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime())
    ? clipped(time, 40)
    : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
