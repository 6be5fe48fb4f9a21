import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { inSeconds } from './shared/deadline.ts';
import { type KubernetesConnection, kubernetesConnection } from './shared/kubernetes-client.ts';
import { fillText, parameterNamed, placeholdersIn, unknownPlaceholders } from './shared/placeholders.ts';
import { describePod, isReady, listPods, type Pod, restartsOf, troubleOf } from './shared/pods.ts';
import { counted } from './shared/text.ts';
import {
  changeWorkload,
  describeRollout,
  imagesOf,
  type Rollout,
  readWorkload,
  rolloutOf,
  type Workload,
  type WorkloadCall,
  type WorkloadName,
} from './shared/workloads.ts';
import type { Observation, Parameters, Preview, StepCall, StepKind } from './step-kind.ts';

const POLL_MS = 1_000;
/** A rollout is followed until so long before the deadline, so that what is known can still be said. */
const LAST_WORD_MS = 500;
const MOST_DESCRIBED = 3;
const WORKLOAD = /^(deployment|statefulset|daemonset)\/(.+)$/;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

const connectionName = { connection: z.string().optional() };
const workload = z.string().regex(WORKLOAD, 'write deployment/name, statefulset/name or daemonset/name');
const scalable = z.string().regex(/^(deployment|statefulset)\//, 'write deployment/name or statefulset/name');
const replicas = z.union([z.number().int().min(0).max(1_000), z.string().regex(/^\{[a-z][a-z0-9-]*\}$/)]);

const input = z.union([
  z.strictObject({ pods: z.string().min(1), ...connectionName }),
  z.strictObject({ rollout: workload, ...connectionName }),
  z.strictObject({ 'rollout-restart': workload, ...connectionName }),
  z.strictObject({ scale: scalable, replicas, ...connectionName }),
]);

type Input = z.output<typeof input>;
type Call = StepCall<Input, KubernetesConnection>;

/** Pods by label and rollouts to look at; restart and scale to do, each followed to its end. */
export const kubernetes: StepKind<Input, KubernetesConnection> = {
  name: 'kubernetes',
  about: 'Looks at pods and rollouts of a namespace; restarts or scales a workload.',
  input,
  connection: kubernetesConnection,
  check: unknownPlaceholders,
  async observe(call) {
    if ('pods' in call.input) return observePods(call, call.input.pods);
    if (!('rollout' in call.input))
      throw new GuardiaError('bad-input', 'a check may only look at pods or a rollout');
    const of = workloadNamed(call.input.rollout, call.parameters);
    const rollout = rolloutOf(of, await readWorkload(target(call, of)));
    return { value: { ...rollout }, says: describeRollout(rollout), evidence: [asked(call, written(of))] };
  },
  async preview(call) {
    const action = actionOf(call);
    const before = await readWorkload(target(call, action.of));
    refuseUseless(action, before);
    await changeWorkload(target(call, action.of), { ...action.change, dryRun: true });
    return previewOf(call, action, before);
  },
  async fingerprint(call) {
    const now = await readWorkload(target(call, actionOf(call).of));
    const { uid, generation } = now.metadata;
    return { substance: { uid, replicas: desiredOf(now), image: imagesOf(now), generation } };
  },
  async perform(call) {
    const action = actionOf(call);
    const before = await readWorkload(target(call, action.of));
    refuseUseless(action, before);
    await changeWorkload(target(call, action.of), action.change);
    const rollout = await followed(call, action);
    return { says: `${action.did}: ${describeRollout(rollout)}`, evidence: [asked(call, action.did)] };
  },
};

interface Action {
  of: WorkloadName;
  /** `restart deployment/denis-workers`, and the same once it is done. */
  does: string;
  did: string;
  change: { body: unknown; subresource?: string };
  replicas?: number;
}

function actionOf(call: Call): Action {
  const { input: asks, parameters } = call;
  if ('scale' in asks) {
    const of = workloadNamed(asks.scale, parameters);
    const to = replicasOf(asks.replicas, parameters);
    const change = { body: { spec: { replicas: to } }, subresource: '/scale' };
    const phrase = `${written(of)} to ${counted(to, 'replica')}`;
    return { of, does: `scale ${phrase}`, did: `scaled ${phrase}`, change, replicas: to };
  }
  if (!('rollout-restart' in asks))
    throw new GuardiaError('bad-input', 'an action is rollout-restart or scale');
  const of = workloadNamed(asks['rollout-restart'], parameters);
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const body = { spec: { template: { metadata: { annotations } } } };
  return { of, does: `restart ${written(of)}`, did: `restarted ${written(of)}`, change: { body } };
}

/** What Kubernetes would accept and then do nothing about. */
function refuseUseless({ of, replicas: to }: Action, { spec }: Workload): void {
  if (to !== undefined) return;
  if (spec.paused)
    throw new GuardiaError('refused', `${written(of)} is paused, so a restart would not begin`);
  if (spec.updateStrategy?.type === 'OnDelete') {
    throw new GuardiaError('refused', `${written(of)} replaces pods only when they are deleted (OnDelete)`);
  }
}

function previewOf(call: Call, { does, replicas: to }: Action, before: Workload): Preview {
  const now = desiredOf(before);
  return {
    what: `${does} in ${call.connection.namespace}`,
    amount:
      to === undefined
        ? `${counted(now, 'pod')}, replaced step by step`
        : `from ${now} to ${counted(to, 'replica')}`,
    evidence: [
      { label: 'Image', text: imagesOf(before) },
      { label: 'Dry run', text: 'the API server checked the change and would accept it' },
    ],
  };
}

/** Until it is done; an API server that is away for a moment is asked again. */
async function followed(call: Call, { of, did, replicas: to }: Action): Promise<Rollout> {
  const deadline = performance.now() + call.deadlineMs - LAST_WORD_MS;
  for (let last = 'nothing was seen of it yet'; ; ) {
    const rollout = await passing(readWorkload(target(call, of)).then((now) => rolloutOf(of, now)));
    if (rollout) {
      if (rollout.done && (to === undefined || rollout.ready === to)) return rollout;
      last = describeRollout(rollout);
    }
    const left = deadline - performance.now();
    if (left <= 0)
      throw new GuardiaError('deadline', `${did}, but not done in ${inSeconds(call.deadlineMs)}: ${last}`);
    await sleep(Math.min(POLL_MS, left, call.deadlineMs / 20), undefined, { signal: call.signal });
  }
}

async function passing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error) => {
    if (error instanceof GuardiaError && error.retryable) return undefined;
    throw error;
  });
}

async function observePods(call: Call, template: string): Promise<Observation> {
  const selector = fillText(template, call.parameters, labelValue);
  const { pods, more } = await listPods(call.clients, call.connection, selector, call.signal);
  const crashing = pods.filter(troubleOf).length;
  const restarts = pods.reduce((total, pod) => total + restartsOf(pod), 0);
  const value = { pods: pods.length, ready: pods.filter(isReady).length, restarts, crashing };
  const lines = pods.slice(0, 50).map(describePod).join('\n');
  const evidence = [asked(call, `pods with ${selector}`), ...(lines ? [{ label: 'Pods', text: lines }] : [])];
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

function workloadNamed(template: string, parameters: Parameters): WorkloadName {
  const [, kind, name = ''] = WORKLOAD.exec(template) ?? [];
  const filled = fillText(name, parameters, (value) => value);
  if (!DNS_NAME.test(filled))
    throw new GuardiaError('bad-input', `${JSON.stringify(filled)} is not a name in Kubernetes`);
  return { kind: kind as WorkloadName['kind'], name: filled };
}

function labelValue(value: string): string {
  if (LABEL_VALUE.test(value)) return value;
  throw new GuardiaError('bad-input', `${JSON.stringify(value)} is not a label's value in Kubernetes`);
}

function replicasOf(given: number | string, parameters: Parameters): number {
  if (typeof given === 'number') return given;
  const value = Number(parameterNamed(placeholdersIn(given)[0]?.name ?? '', parameters));
  if (Number.isInteger(value) && value >= 0 && value <= 1_000) return value;
  throw new GuardiaError('bad-input', `${value} is not a number of replicas`);
}

function desiredOf({ spec, status }: Workload): number {
  return spec.replicas ?? (status.desiredNumberScheduled || 1);
}

function target({ clients, connection, signal }: Call, of: WorkloadName): WorkloadCall {
  return { clients, connection, workload: of, signal };
}

function written({ kind, name }: WorkloadName): string {
  return `${kind}/${name}`;
}

function asked({ connection }: Call, what: string) {
  return { label: 'Kubernetes', text: `${what} in ${connection.namespace}` };
}
