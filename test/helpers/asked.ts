import type { AlertGroup, RemediateRequest } from '../../src/flows/requests.ts';
import { NOOR } from './house.ts';

/** What people and Alertmanager ask of the small service of helpers/shop.ts. */
const base = {
  service: 'shop',
  runbook: 'stuck',
  parameters: { queue: 'orders' },
  by: NOOR,
  place: { channel: 'C0SHOP' },
};
export const diagnosis = base;
export const purge: RemediateRequest = { ...base, action: 'purge', reason: 'duplicates' };
export const restart: RemediateRequest = { ...base, action: 'restart' };
/** Nothing verifies it. */
export const look: RemediateRequest = { ...base, action: 'look' };

/** An alert group of the shop, as alerts/ hands it on: QueueStuck fires since a minute. */
export function alertGroup(groupKey = 'g1', overrides: Partial<AlertGroup> = {}): AlertGroup {
  const labels = { alertname: 'QueueStuck', severity: 'critical', team: 'shop', ...overrides.labels };
  const status = overrides.status ?? 'firing';
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  const endsAt = status === 'resolved' ? new Date().toISOString() : null;
  const alert = { status, labels, annotations: {}, startsAt, endsAt, fingerprint: 'f', generatorURL: null };
  return {
    groupKey,
    status,
    receiver: 'guardia',
    annotations: { summary: 'It is stuck' },
    alerts: [alert],
    truncated: 0,
    externalURL: null,
    ...overrides,
    labels,
  };
}

export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const over = Date.now() + 10_000;
  while (Date.now() < over) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error(`there never was ${what}`);
}
