import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { CommandResult, Observation } from '../../step-kind.ts';
import { jsonOr } from '../http/client.ts';
import { clipped, count, counted, firstLine } from '../text.ts';

export const INSPECTIONS = ['ping', 'active', 'reserved', 'stats', 'active_queues'] as const;
export type Inspection = (typeof INSPECTIONS)[number];

const job = z.object({ id: z.string(), name: z.string(), time_start: z.number().nullish() });
const byWorker = {
  ping: z.record(z.string(), z.object({ ok: z.string() })),
  active: z.record(z.string(), z.array(job)),
  reserved: z.record(z.string(), z.array(job)),
  stats: z.record(
    z.string(),
    z.object({
      total: z.record(z.string(), z.number()).default({}),
      uptime: z.number().optional(),
      pool: z.object({ 'max-concurrency': z.number().optional() }).optional(),
      rusage: z.object({ maxrss: z.number() }).optional(),
    }),
  ),
  active_queues: z.record(z.string(), z.array(z.object({ name: z.string() }))),
};

type Observed = Omit<Observation, 'evidence'> & { lines: string[] };

/** What the workers replied, in figures. No reply to a ping is the finding; to anything else it is 'no-data'. */
export function readInspection(inspection: Inspection, result: CommandResult, now = Date.now()): Observed {
  if (/no nodes replied/i.test(result.stderr)) return nobody(inspection);
  if (result.exitCode !== 0) throw failed(`celery inspect ${inspection}`, result);
  const json = jsonOr(result.stdout);
  if (inspection === 'ping') return pinged(parsed(byWorker.ping, json, inspection));
  if (inspection === 'stats') return statistics(parsed(byWorker.stats, json, inspection));
  if (inspection === 'active_queues') return queues(parsed(byWorker.active_queues, json, inspection));
  return jobs(parsed(byWorker[inspection], json, inspection), now);
}

/** Exit codes of a command line that was wrong, or a program that could not be started: nobody was asked anything. */
const NOT_ASKED = [2, 126, 127];

/** How many jobs a purge removed. */
export function readPurge(result: CommandResult): number {
  if (result.exitCode !== 0) throw failed('celery purge', result);
  if (/^No messages purged/m.test(result.stdout)) return 0;
  const purged = /^Purged (\d+) messages?/m.exec(result.stdout)?.[1];
  if (purged !== undefined) return Number(purged);
  throw new GuardiaError(
    'nonsense',
    `celery purge did not say what it did: ${clipped(firstLine(result.stdout), 200)}`,
  );
}

/** Celery ends with 69 both when nobody replied and when it could not ask at all. */
function failed(what: string, { exitCode, stdout, stderr, where }: CommandResult): GuardiaError {
  const reason = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const told = reason.filter((line) => !/^(Usage:|Try |Traceback|File |Error:$)/.test(line));
  const last = clipped((/Traceback/.test(stderr) ? told.at(-1) : told.join(' ')) || firstLine(stdout), 400);
  const code = /could not connect to the message broker|Cannot connect to/i.test(stderr)
    ? 'unreachable'
    : 'refused';
  const conclusive = NOT_ASKED.includes(exitCode);
  return new GuardiaError(code, `${what} on ${where} ended with exit code ${exitCode}: ${last}`, {
    conclusive,
  });
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, inspection: Inspection): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new GuardiaError('nonsense', `celery inspect ${inspection} answered something that is not its JSON`);
}

function nobody(inspection: Inspection): Observed {
  if (inspection === 'ping') return { value: [], says: 'no worker replied', lines: [] };
  throw new GuardiaError('no-data', `no worker replied to celery inspect ${inspection}`);
}

function pinged(workers: Readonly<Record<string, { ok: string }>>): Observed {
  const names = Object.keys(workers).sort();
  return { value: names, says: `${counted(names.length, 'worker')} replied`, lines: names };
}

function jobs(workers: Readonly<Record<string, z.output<typeof job>[]>>, now: number): Observed {
  const all = Object.entries(workers).flatMap(([worker, list]) => list.map((item) => ({ ...item, worker })));
  const ages = all.flatMap(({ time_start: start }) =>
    start ? [Math.max(0, Math.round(now / 1_000 - start))] : [],
  );
  const oldest = ages.length > 0 ? Math.max(...ages) : undefined;
  const figures = { jobs: all.length, workers: Object.keys(workers).length };
  return {
    value: oldest === undefined ? figures : { ...figures, oldest_s: oldest },
    says: `${counted(figures.jobs, 'job')} on ${counted(figures.workers, 'worker')}${oldestInWords(oldest)}`,
    lines: all.slice(0, 50).map(({ worker, name, id }) => `${worker}: ${name} ${id}`),
  };
}

function oldestInWords(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  return seconds < 120
    ? `, the oldest for ${seconds} s`
    : `, the oldest for ${count(Math.floor(seconds / 60))} min`;
}

function statistics(workers: z.output<typeof byWorker.stats>): Observed {
  const all = Object.entries(workers);
  const done = ({ total }: (typeof workers)[string]) =>
    Object.values(total).reduce((sum, each) => sum + each, 0);
  const processes = all.reduce((sum, [, { pool }]) => sum + (pool?.['max-concurrency'] ?? 0), 0);
  const jobsDone = all.reduce((sum, [, worker]) => sum + done(worker), 0);
  // getrusage(2) gives kibibytes on Linux.
  const memory = Math.max(0, ...all.map(([, { rusage }]) => (rusage?.maxrss ?? 0) * 1_024));
  return {
    value: { workers: all.length, processes, jobs_done: jobsDone, max_memory_bytes: memory },
    says: `${counted(all.length, 'worker')} with ${counted(processes, 'process', 'processes')}, ${counted(jobsDone, 'job')} done`,
    lines: all.map(
      ([name, worker]) => `${name}: up ${worker.uptime ?? '?'} s, ${counted(done(worker), 'job')} done`,
    ),
  };
}

function queues(workers: z.output<typeof byWorker.active_queues>): Observed {
  const all = Object.entries(workers);
  const names = [...new Set(all.flatMap(([, list]) => list.map(({ name }) => name)))].sort();
  const lines = all.map(([worker, list]) => `${worker}: ${list.map(({ name }) => name).join(', ')}`);
  return { value: names, says: `${counted(names.length, 'queue')}: ${names.slice(0, 10).join(', ')}`, lines };
}
