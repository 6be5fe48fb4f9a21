import { z } from 'zod';
import { durationMs } from '../../../catalogue/schema-parts.ts';
import type { Evidence, Observation } from '../../step-kind.ts';
import { clipped, count, counted, firstLine, plainText } from '../text.ts';
import { type Cluster, listKubernetes, pathIn } from './client.ts';

const MOST_SHOWN = 50;
const MOST_DESCRIBED = 3;
/** Whose events a selector is about, beside its pods: what would make them and cannot. */
const OWNERS = ['replicasets', 'statefulsets', 'daemonsets'] as const;

const time = z.string().nullish();
const event = z.object({
  metadata: z.object({ creationTimestamp: time }),
  involvedObject: z.object({ kind: z.string().default(''), name: z.string().default('') }),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().nullish(),
  lastTimestamp: time,
  eventTime: time,
  series: z.object({ count: z.number().nullish(), lastObservedTime: time }).nullish(),
});
const named = z.object({ metadata: z.object({ name: z.string() }) });

type Event = z.output<typeof event>;

/**
 * Warnings that were seen last within a time, the newest first; of one that came again and again it is known how often
 * it came in all, not how often within the time, so it counts once.
 */
export async function observeEvents(
  cluster: Cluster,
  selector: string | undefined,
  since: string,
): Promise<Observation> {
  const path = pathIn(cluster.connection, 'v1', 'events');
  const query = { fieldSelector: 'type=Warning' };
  const { items, more } = await listKubernetes(cluster, { path, query }, event);
  const from = Date.now() - durationMs(since);
  const concerns = selector === undefined ? () => true : await concerning(cluster, selector);
  const seen = items
    .filter((one) => lastSeen(one) >= from && concerns(one))
    .sort((a, b) => lastSeen(b) - lastSeen(a));
  const cut = more ? ` (of the first ${count(items.length)} of the namespace)` : '';
  const of = selector === undefined ? '' : ` about ${selector}`;
  return {
    value: seen.length,
    says: `${inWords(seen, since)}${cut}`,
    evidence: [
      { label: 'Kubernetes', text: `warnings of the last ${since}${of} in ${cluster.connection.namespace}` },
      ...linesOf(seen),
    ],
  };
}

/** Events about pods that the selector matches, about what makes such pods, and about pods of that which are gone. */
async function concerning(cluster: Cluster, labelSelector: string): Promise<(event: Event) => boolean> {
  const namesIn = async (group: string, resource: string) => {
    const path = pathIn(cluster.connection, group, resource);
    const { items } = await listKubernetes(cluster, { path, query: { labelSelector } }, named);
    return items.map(({ metadata }) => metadata.name);
  };
  const [pods, ...owners] = await Promise.all([
    namesIn('v1', 'pods'),
    ...OWNERS.map((resource) => namesIn('apps/v1', resource)),
  ]);
  const [podNames, ownerNames] = [new Set(pods), new Set(owners.flat())];
  return ({ involvedObject: { kind, name } }) =>
    kind === 'Pod'
      ? podNames.has(name) || ownerNames.has(name.replace(/-[a-z0-9]+$/, ''))
      : ownerNames.has(name);
}

function lastSeen({ metadata, lastTimestamp, eventTime, series }: Event): number {
  const at = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Date.parse(at ?? '') || 0;
}

function inWords(seen: readonly Event[], since: string): string {
  if (seen.length === 0) return `no warning in the last ${since}`;
  const told = seen.slice(0, MOST_DESCRIBED).map((one) => clipped(described(one), 120));
  const rest = seen.length - MOST_DESCRIBED;
  return [
    `${counted(seen.length, 'warning')}: ${told[0]}`,
    ...told.slice(1),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('; ');
}

/** `redis-0 BackOff 45 times, Back-off restarting failed container` */
function described(one: Event): string {
  const times = one.series?.count ?? one.count ?? 1;
  const often = times > 1 ? ` ${count(times)} times` : '';
  return `${one.involvedObject.name} ${one.reason}${often}, ${firstLine(plainText(one.message))}`;
}

function linesOf(seen: readonly Event[]): Evidence[] {
  if (seen.length === 0) return [];
  const lines = seen.slice(0, MOST_SHOWN).map((one) => {
    const at = new Date(lastSeen(one)).toISOString().slice(11, 19);
    return `${at} UTC ${one.involvedObject.kind} ${clipped(described(one), 300)}`;
  });
  const rest = seen.length - MOST_SHOWN;
  return [{ label: 'Warnings', text: [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n') }];
}
