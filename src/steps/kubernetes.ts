import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import type { KubernetesAction } from './shared/kubernetes/action.ts';
import { restartOf, scaleTo, workloadChange } from './shared/kubernetes/changes.ts';
import { type KubernetesConnection, kubernetesConnection } from './shared/kubernetes/client.ts';
import { kubernetesDrift } from './shared/kubernetes/drift.ts';
import { observeEvents } from './shared/kubernetes/events.ts';
import { jobRun } from './shared/kubernetes/jobs.ts';
import {
  objectNamed,
  selectorOf,
  WORKLOAD,
  wholeNumber,
  workloadNamed,
  written,
} from './shared/kubernetes/names.ts';
import { podDeletion } from './shared/kubernetes/pod-deletion.ts';
import { describePod, isReady, listPods, type Pod, restartsOf, troubleOf } from './shared/kubernetes/pods.ts';
import { undoTo } from './shared/kubernetes/revisions.ts';
import { observeServices } from './shared/kubernetes/services.ts';
import { describeRollout, failureOf, readWorkload, rolloutOf } from './shared/kubernetes/workloads.ts';
import { unknownPlaceholders } from './shared/placeholders.ts';
import type { Observation, StepCall, StepKind } from './step-kind.ts';

const MOST_DESCRIBED = 3;
const MOST_SHOWN = 50;
const ACTS = ['rollout-restart', 'scale', 'rollout-undo', 'delete-pod', 'job'];
const REPLICAS = { what: 'number of replicas', min: 0, max: 1_000 };
const REVISION = { what: 'revision', min: 1, max: Number.MAX_SAFE_INTEGER };

const connectionName = { connection: z.string().optional() };
const name = z.string().min(1);
const workload = z.string().regex(WORKLOAD, 'write deployment/name, statefulset/name or daemonset/name');
const scalable = z.string().regex(/^(deployment|statefulset)\//, 'write deployment/name or statefulset/name');
const parameter = z.string().regex(/^\{[a-z][a-z0-9-]*\}$/, 'write a whole number, or {parameter}');
const since = z.string().regex(/^\d+(s|m|h|d)$/, 'write a duration such as 10m or 1h');

const input = z.union([
  z.strictObject({ pods: name, ...connectionName }),
  z.strictObject({ rollout: workload, ...connectionName }),
  /** One by its name, or those that a label selector matches. */
  z.strictObject({ services: name, ...connectionName }),
  /** Warnings about what a label selector matches, or `true` for the whole namespace. */
  z.strictObject({
    events: z.union([z.literal(true), name]),
    since: since.default('10m'),
    ...connectionName,
  }),
  z.strictObject({ 'rollout-restart': workload, ...connectionName }),
  z.strictObject({
    scale: scalable,
    replicas: z.union([z.number().int().min(0).max(1_000), parameter]),
    ...connectionName,
  }),
  z.strictObject({
    'rollout-undo': workload,
    /** A revision's number; the one before when it is left out. */
    to: z.union([z.number().int().min(1), parameter]).optional(),
    ...connectionName,
  }),
  z.strictObject({ 'delete-pod': name, ...connectionName }),
  /** Name of a CronJob, whose template is run. */
  z.strictObject({ job: name, ...connectionName }),
]);

type Input = z.output<typeof input>;
type Call = StepCall<Input, KubernetesConnection>;

/**
 * Pods, rollouts, services and events to look at. What it does is first checked by the API server in a dry run, is bound
 * to the very object that was seen, and is followed to its end.
 */
export const kubernetes: StepKind<Input, KubernetesConnection> = {
  name: 'kubernetes',
  about:
    'Looks at pods, rollouts, services and events of a namespace; restarts, scales or takes back a workload, deletes a pod, runs a job.',
  input,
  connection: kubernetesConnection,
  asks: (asked) => (ACTS.some((act) => act in asked) ? 'act' : 'look'),
  check: unknownPlaceholders,
  async observe(call) {
    const { input: asked, parameters } = call;
    if ('pods' in asked) return observePods(call, selectorOf(asked.pods, parameters));
    if ('rollout' in asked) return observeRollout(call, asked.rollout);
    if ('services' in asked) return observeServices(call, asked.services, parameters);
    if (!('events' in asked)) throw new GuardiaError('bad-input', 'a check may only look');
    const about = asked.events === true ? undefined : selectorOf(asked.events, parameters);
    return observeEvents(call, about, asked.since);
  },
  preview: (call) => actionOf(call).preview(),
  fingerprint: (call) => actionOf(call).fingerprint(),
  drift: kubernetesDrift,
  perform: (call) => actionOf(call).perform(),
};

function actionOf(call: Call): KubernetesAction {
  const { input: asked, parameters } = call;
  if ('job' in asked) return jobRun(call, objectNamed(asked.job, parameters));
  if ('delete-pod' in asked) return podDeletion(call, objectNamed(asked['delete-pod'], parameters));
  if ('rollout-restart' in asked) {
    const of = workloadNamed(asked['rollout-restart'], parameters);
    return workloadChange(call, of, restartOf(of));
  }
  if ('scale' in asked) {
    const of = workloadNamed(asked.scale, parameters);
    return workloadChange(call, of, scaleTo(of, wholeNumber(asked.replicas, parameters, REPLICAS)));
  }
  if (!('rollout-undo' in asked))
    throw new GuardiaError('bad-input', `an action of kubernetes is one of ${ACTS.join(', ')}`);
  const of = workloadNamed(asked['rollout-undo'], parameters);
  const to = asked.to === undefined ? undefined : wholeNumber(asked.to, parameters, REVISION);
  return workloadChange(call, of, undoTo(call, of, to));
}

async function observeRollout(call: Call, template: string): Promise<Observation> {
  const of = workloadNamed(template, call.parameters);
  const now = await readWorkload({ ...call, workload: of });
  const rollout = rolloutOf(of, now);
  const failure = failureOf(of, now);
  return {
    value: { ...rollout, failed: failure !== undefined },
    says: `${failure ? `${failure.says}; ` : ''}${describeRollout(rollout)}`,
    evidence: [lookedAt(call, written(of))],
  };
}

async function observePods(call: Call, selector: string): Promise<Observation> {
  const { pods, more } = await listPods(call.clients, call.connection, selector, call.signal);
  const crashing = pods.filter(troubleOf).length;
  const restarts = pods.reduce((total, pod) => total + restartsOf(pod), 0);
  const value = { pods: pods.length, ready: pods.filter(isReady).length, restarts, crashing };
  const lines = pods.slice(0, MOST_SHOWN).map(describePod).join('\n');
  const evidence = [
    lookedAt(call, `pods with ${selector}`),
    ...(lines ? [{ label: 'Pods', text: lines }] : []),
  ];
  return { value, says: `${podsInWords(pods, selector)}${more ? ' (of the first 500)' : ''}`, evidence };
}

function podsInWords(pods: readonly Pod[], selector: string): string {
  if (pods.length === 0) return `no pod matches ${selector}`;
  const bad = pods.filter((pod) => !isReady(pod) || troubleOf(pod));
  if (bad.length === 0) return `${pods.length} of ${pods.length} ready`;
  const rest = bad.length - MOST_DESCRIBED;
  return [...bad.slice(0, MOST_DESCRIBED).map(describePod), ...(rest > 0 ? [`and ${rest} more`] : [])].join(
    '; ',
  );
}

function lookedAt({ connection }: Call, what: string) {
  return { label: 'Kubernetes', text: `${what} in ${connection.namespace}` };
}
