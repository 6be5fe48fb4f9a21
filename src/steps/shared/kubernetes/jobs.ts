import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { GuardiaError, messageOf } from '../../../errors.ts';
import type { Evidence, Fingerprint, Performed, Preview } from '../../step-kind.ts';
import { inSeconds, withDeadline } from '../deadline.ts';
import { clipped, counted } from '../text.ts';
import {
  type ActionCall,
  followed,
  type KubernetesAction,
  lastMoment,
  refuseOther,
  type Sight,
} from './action.ts';
import { type Attempt, askKubernetes, type Cluster, pathIn } from './client.ts';
import { podLogs } from './pod-logs.ts';
import { imagesOf, podTemplate } from './workloads.ts';

const BATCH = 'batch/v1';
const LOG_LINES = 20;
const MOST_LOGS = 5;
/** Its own lines in the sentence about a job that failed. */
const LAST_LINES = 3;
const KEPT_FOR_SECONDS = 86_400;
/** Less, and it could be gone before its end was seen. */
const SEEN_FOR_SECONDS = 300;
/** With a dash and a suffix of eight, a name of 63 characters at most. */
const MOST_NAME = 54;

const text = z.record(z.string(), z.string()).default({});
const cronJob = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.number().default(0) }),
  spec: z.object({
    concurrencyPolicy: z.string().default('Allow'),
    jobTemplate: z.object({
      metadata: z.object({ labels: text, annotations: text }).prefault({}),
      spec: z.looseObject({
        suspend: z.boolean().default(false),
        ttlSecondsAfterFinished: z.number().nullish(),
        template: podTemplate,
      }),
    }),
  }),
  status: z.object({ active: z.array(z.object({ name: z.string() })).nullish() }).prefault({}),
});
const job = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z
    .object({
      startTime: z.string().nullish(),
      active: z.number().default(0),
      succeeded: z.number().default(0),
      failed: z.number().default(0),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().default(''),
            message: z.string().default(''),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .nullish(),
    })
    .prefault({}),
});

type CronJob = z.output<typeof cronJob>;
type Job = z.output<typeof job>;

/** Runs the template of a CronJob once, now, and follows that job to its end. */
export function jobRun(call: ActionCall, name: string): KubernetesAction {
  const look = async () => {
    const path = pathIn(call.connection, BATCH, 'cronjobs', name);
    return refuseRun(await askKubernetes(call, { path }, cronJob));
  };
  return {
    async preview() {
      const seen = await look();
      await create(call, jobFrom(seen), { dryRun: true });
      return previewOf(call, seen);
    },
    async fingerprint() {
      return fingerprintOf(await look());
    },
    async perform() {
      const until = lastMoment(call);
      const seen = await look();
      refuseOther(call, fingerprintOf(seen), ['uid', 'image', 'generation']);
      const made = await created(call, jobFrom(seen));
      const did = `ran ${name} as ${made.metadata.name}`;
      const end = await followed(call, { did, until }, () => sightOf(call, did, made.metadata.name));
      return performed(did, end, await lastLines(call, made, until));
    },
  };
}

/** What would break a promise of the CronJob's, or never begin. */
function refuseRun(seen: CronJob): CronJob {
  const { name } = seen.metadata;
  const active = seen.status.active?.length ?? 0;
  if (active > 0 && seen.spec.concurrencyPolicy === 'Forbid') {
    throw new GuardiaError(
      'refused',
      `${name} is running already, as ${seen.status.active?.[0]?.name}, and may not run twice at a time`,
      { retryable: true },
    );
  }
  if (seen.spec.jobTemplate.spec.suspend)
    throw new GuardiaError('refused', `jobs of ${name} are made suspended, so none would begin`);
  return seen;
}

/** As `kubectl create job --from` makes it; it belongs to its CronJob, and goes with it. */
function jobFrom({ metadata: { name, uid }, spec: { jobTemplate } }: CronJob) {
  const { suspend: _, ttlSecondsAfterFinished: kept, ...spec } = jobTemplate.spec;
  const ttlSecondsAfterFinished = Math.max(kept ?? KEPT_FOR_SECONDS, SEEN_FOR_SECONDS);
  return {
    apiVersion: BATCH,
    kind: 'Job',
    metadata: {
      name: `${name.slice(0, MOST_NAME)}-${randomBytes(4).toString('hex')}`,
      labels: jobTemplate.metadata.labels,
      annotations: { ...jobTemplate.metadata.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: BATCH, kind: 'CronJob', name, uid, controller: true }],
    },
    spec: { ...spec, ttlSecondsAfterFinished },
  };
}

type Made = ReturnType<typeof jobFrom>;

function create(cluster: Cluster, body: Made, attempt: Attempt): Promise<Job> {
  const path = pathIn(cluster.connection, BATCH, 'jobs');
  const query = { fieldManager: 'guardia', ...(attempt.dryRun ? { dryRun: 'All' } : {}) };
  const beforeEffect = attempt.dryRun ? undefined : attempt.beforeEffect;
  return askKubernetes(cluster, { method: 'POST', path, query, body, beforeEffect }, job);
}

/** When the answer does not say so the job may be there all the same; its name is ours, so that can be seen. */
async function created(cluster: ActionCall, body: Made): Promise<Job> {
  try {
    return await create(cluster, body, { dryRun: false, beforeEffect: cluster.beforeEffect });
  } catch (error) {
    if (!(error instanceof GuardiaError) || error.conclusive) throw error;
    return readJob(cluster, body.metadata.name).catch(() => {
      throw error;
    });
  }
}

function readJob(cluster: Cluster, name: string): Promise<Job> {
  return askKubernetes(cluster, { path: pathIn(cluster.connection, BATCH, 'jobs', name) }, job);
}

/** How a job ended. */
interface End {
  ok: boolean;
  says: string;
}

async function sightOf(cluster: Cluster, did: string, name: string): Promise<Sight<End>> {
  const { status } = await readJob(cluster, name).catch((error) => {
    throw unseen(error, did);
  });
  const end = (status.conditions ?? []).find(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  const says = `${status.active} active, ${status.succeeded} succeeded, ${status.failed} failed`;
  if (!end) return { says };
  const took = Date.parse(end.lastTransitionTime ?? '') - Date.parse(status.startTime ?? '');
  const after = Number.isFinite(took) ? ` after ${inSeconds(took)}` : '';
  if (end.type === 'Complete') return { says, end: { ok: true, says: `it succeeded${after}` } };
  const why = clipped([end.reason, end.message].filter(Boolean).join(': '), 300);
  return { says, end: { ok: false, says: `it failed${after}${why ? ` (${why})` : ''}` } };
}

/** A CronJob that keeps no jobs removes it right at its end, and nobody knows which. */
function unseen(error: unknown, did: string): unknown {
  if (!(error instanceof GuardiaError) || error.code !== 'not-found') return error;
  return new GuardiaError('deadline', `${did}, and it was removed before its end was seen`);
}

/** Never the reason that a job counts as failed. */
async function lastLines(call: ActionCall, { metadata }: Job, until: number): Promise<Evidence[]> {
  const limits = { what: `log of ${metadata.name}`, deadlineMs: Math.max(200, until - performance.now()) };
  const selector = `job-name=${metadata.name}`;
  try {
    const logs = await withDeadline({ ...limits, signal: call.signal }, (signal) =>
      podLogs(call.clients, call.connection, { selector, tail: LOG_LINES, signal }),
    );
    return logs
      .filter(({ text: lines }) => lines.trim() !== '')
      .slice(0, MOST_LOGS)
      .map(({ pod, text: lines }) => ({ label: `Log of ${pod}`, text: clipped(lines.trimEnd(), 2_000) }));
  } catch (error) {
    return [{ label: 'Log', text: `it could not be read: ${messageOf(error)}` }];
  }
}

function performed(did: string, end: End, logs: readonly Evidence[]): Performed {
  if (end.ok) return { says: `${did}: ${end.says}`, evidence: logs };
  const last = logs.flatMap(({ text: lines }) => lines.split('\n').slice(-LAST_LINES)).slice(-LAST_LINES);
  const said = clipped(last.join(' | '), 500);
  const lines = said ? `; its last lines: ${said}` : '';
  throw new GuardiaError('refused', `${did}, but ${end.says}${lines}`, { conclusive: true });
}

function previewOf({ connection }: ActionCall, { metadata, spec, status }: CronJob): Preview {
  const active = status.active?.length ?? 0;
  return {
    what: `run ${metadata.name} once as a job in ${connection.namespace}`,
    amount: active > 0 ? `1 job, beside ${counted(active, 'job')} of it that run now` : '1 job',
    evidence: [
      { label: 'Image', text: imagesOf(spec.jobTemplate.spec.template) },
      { label: 'Dry run', text: 'the API server checked the job and would accept it' },
    ],
  };
}

function fingerprintOf({ metadata: { name, uid, generation }, spec }: CronJob): Fingerprint {
  const image = imagesOf(spec.jobTemplate.spec.template);
  return { substance: { what: `cronjob/${name}`, uid, image, generation } };
}
