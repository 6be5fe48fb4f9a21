import { z } from 'zod';
import type { Observation, StepCall } from '../../step-kind.ts';
import { fillText } from '../placeholders.ts';
import { withoutUserinfo } from '../secrets/redaction.ts';
import { clipped, count } from '../text.ts';
import { askPrometheus, type PrometheusConnection } from './client.ts';

const MOST_DESCRIBED = 3;
const MOST_LISTED = 50;

const target = z.object({
  labels: z.record(z.string(), z.string()),
  scrapeUrl: z.string().default(''),
  lastError: z.string().default(''),
  /** `unknown` until it was scraped for the first time. */
  health: z.enum(['up', 'down', 'unknown']),
});
const targets = z.object({ activeTargets: z.array(target) });

type Target = z.output<typeof target>;
type Call = Pick<StepCall<unknown, PrometheusConnection>, 'clients' | 'connection' | 'parameters' | 'signal'>;

/** How those fare that Prometheus scrapes and that carry all of these labels. None at all is a finding. */
export async function observeTargets(
  call: Call,
  labels: Readonly<Record<string, string>>,
): Promise<Observation> {
  const request = {
    method: 'GET',
    path: '/api/v1/targets',
    parameters: { state: 'active' },
    what: 'the list of targets',
  } as const;
  const wanted = Object.entries(labels).map(
    ([label, value]) => [label, fillText(value, call.parameters, (text) => text)] as const,
  );
  const { data } = await askPrometheus(call, request, targets);
  const found = data.activeTargets.filter((one) =>
    wanted.every(([label, value]) => one.labels[label] === value),
  );
  return observation(call, found, wanted.map(([label, value]) => `${label}=${value}`).join(', '));
}

function observation(call: Call, found: readonly Target[], wanted: string): Observation {
  const of = (health: Target['health']) => found.filter((one) => one.health === health);
  const bad = [...of('down'), ...of('unknown')];
  const lines = [...bad, ...of('up')].slice(0, MOST_LISTED).map(described);
  const base = withoutUserinfo(call.connection.link ?? call.connection.url);
  return {
    value: { targets: found.length, up: of('up').length, down: of('down').length },
    says: found.length === 0 ? `no target has ${wanted}` : inWords(found, bad),
    evidence: [
      { label: 'Prometheus', text: `${base}/targets` },
      ...(lines.length > 0 ? [{ label: `Targets with ${wanted}`, text: lines.join('\n') }] : []),
    ],
  };
}

function inWords(found: readonly Target[], bad: readonly Target[]): string {
  const rest = bad.length - MOST_DESCRIBED;
  return [
    `${count(found.length - bad.length)} of ${count(found.length)} up`,
    ...bad.slice(0, MOST_DESCRIBED).map(described),
    ...(rest > 0 ? [`and ${count(rest)} more`] : []),
  ].join('; ');
}

/** `denis-1:8084 down: connection refused` */
function described({ labels, scrapeUrl, health, lastError }: Target): string {
  const name = labels.instance ?? scrapeUrl;
  if (health === 'unknown') return `${name} not scraped yet`;
  return health === 'up' || lastError === ''
    ? `${name} ${health}`
    : `${name} down: ${clipped(lastError, 200)}`;
}
