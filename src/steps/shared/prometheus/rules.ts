import { z } from 'zod';
import type { Evidence, Observation, StepCall } from '../../step-kind.ts';
import { fillText } from '../placeholders.ts';
import { withoutUserinfo } from '../secrets/redaction.ts';
import { clipped, count, counted } from '../text.ts';
import { askPrometheus, type PrometheusConnection } from './client.ts';

const MOST_DESCRIBED = 3;
const MOST_LISTED = 50;

/** Which rules: those of this group, or of this name, or both; all of them without either. */
export const wantedRules = z.strictObject({
  group: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
});

const rule = z.object({
  name: z.string(),
  type: z.enum(['alerting', 'recording']),
  /** `unknown` until it was evaluated for the first time. */
  health: z.enum(['ok', 'err', 'unknown']),
  lastError: z.string().default(''),
  /** Of alerting rules. */
  state: z.enum(['inactive', 'pending', 'firing']).optional(),
});
const groups = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) });

type Rule = z.output<typeof rule> & { group: string };
type Wanted = z.output<typeof wantedRules>;
type Call = Pick<StepCall<unknown, PrometheusConnection>, 'clients' | 'connection' | 'parameters' | 'signal'>;

/** How alerting and recording rules fare: whether they can be evaluated, and which fire. None at all is a finding. */
export async function observeRules(call: Call, asked: Wanted): Promise<Observation> {
  const request = {
    method: 'GET',
    path: '/api/v1/rules',
    parameters: {},
    what: 'the list of rules',
  } as const;
  const wanted = Object.entries(asked).map(([key, text]) => [key, fillText(text, call.parameters, plain)]);
  const { group, name }: Wanted = Object.fromEntries(wanted);
  const { data } = await askPrometheus(call, request, groups);
  const found = data.groups
    .flatMap((one) => one.rules.map((each) => ({ ...each, group: one.name })))
    .filter(
      (one) => (group === undefined || one.group === group) && (name === undefined || one.name === name),
    );
  const which = wanted.map(([key, text]) => `${key} ${text}`).join(' and ');
  return observation(call, found, which);
}

function observation(call: Call, found: readonly Rule[], which: string): Observation {
  const unhealthy = found.filter(({ health }) => health !== 'ok');
  const inState = (state: Rule['state']) => found.filter((one) => one.state === state);
  const [firing, pending] = [inState('firing'), inState('pending')];
  return {
    value: {
      rules: found.length,
      unhealthy: unhealthy.length,
      pending: pending.length,
      firing: firing.length,
    },
    says: found.length === 0 ? none(which) : inWords(found, unhealthy, firing, pending),
    evidence: evidenceOf(call, [...new Set([...unhealthy, ...firing, ...pending])], which),
  };
}

function none(which: string): string {
  return which === '' ? 'Prometheus has no rules' : `no rule has ${which}`;
}

function inWords(
  found: readonly Rule[],
  unhealthy: readonly Rule[],
  firing: readonly Rule[],
  pending: readonly Rule[],
): string {
  return [
    unhealthy.length === 0
      ? `${counted(found.length, 'rule')} evaluated`
      : `${count(unhealthy.length)} of ${counted(found.length, 'rule')} not evaluated: ${first(unhealthy, described)}`,
    ...(firing.length > 0 ? [`${count(firing.length)} firing: ${first(firing, ({ name }) => name)}`] : []),
    ...(pending.length > 0
      ? [`${count(pending.length)} pending: ${first(pending, ({ name }) => name)}`]
      : []),
  ].join('; ');
}

function first(rules: readonly Rule[], inText: (rule: Rule) => string): string {
  const rest = rules.length - MOST_DESCRIBED;
  const named = rules.slice(0, MOST_DESCRIBED).map(inText).join(', ');
  return rest > 0 ? `${named} and ${count(rest)} more` : named;
}

function described({ name, health, lastError }: Rule): string {
  if (health === 'unknown') return `${name} (not yet)`;
  return lastError === '' ? name : `${name} (${clipped(lastError, 200)})`;
}

function evidenceOf(call: Call, notable: readonly Rule[], which: string): Evidence[] {
  const base = withoutUserinfo(call.connection.link ?? call.connection.url);
  const lines = notable
    .slice(0, MOST_LISTED)
    .map((one) => `${one.group} · ${described(one)}${one.state ? ` · ${one.state}` : ''}`);
  return [
    { label: 'Prometheus', text: `${base}/rules` },
    ...(lines.length > 0
      ? [{ label: which === '' ? 'Rules' : `Rules with ${which}`, text: lines.join('\n') }]
      : []),
  ];
}

function plain(text: string): string {
  return text;
}
