import { setTimeout as wait } from 'node:timers/promises';
import { GuardiaError } from '../errors.ts';
import { answer, type Route } from './route.ts';

/** Resolves when all is well; rejects with a GuardiaError whose message says why it is not. */
export type HealthCheck = (signal: AbortSignal) => Promise<void>;

export interface HealthOptions {
  /** Ready only when every one of them is: `database`, `catalogue`, `slack`. */
  checks: Readonly<Record<string, HealthCheck>>;
  /** What is shown beside the checks, and keeps nobody from being ready. */
  warnings?(): readonly { name: string; says: string }[];
  /** How long one check may take. */
  checkMs?: number;
  /** How long an answer is good for, so that probes cannot load what they ask. */
  cacheMs?: number;
}

interface Health {
  ok: boolean;
  why?: string;
}

/** `GET /health/live`: the process answers. `GET /health/ready`: it can do its work; 503 with the reasons otherwise. */
export function healthRoutes(options: HealthOptions): Route[] {
  const ready = cached(() => askAll(options), options.cacheMs ?? 1_000);
  return [
    {
      method: 'GET',
      path: '/health/live',
      handle: (_, response) => answer(response, { status: 200, body: { live: true } }),
    },
    {
      method: 'GET',
      path: '/health/ready',
      async handle(_, response) {
        const checks = await ready();
        const ok = Object.values(checks).every((check) => check.ok);
        const warnings = options.warnings?.() ?? [];
        answer(response, { status: ok ? 200 : 503, body: { ready: ok, checks, warnings } });
      },
    },
  ];
}

function cached<Value>(ask: () => Promise<Value>, forMs: number): () => Promise<Value> {
  let latest: { at: number; value: Promise<Value> } | undefined;
  return () => {
    const now = performance.now();
    if (latest === undefined || now - latest.at >= forMs) latest = { at: now, value: ask() };
    return latest.value;
  };
}

async function askAll({ checks, checkMs = 1_000 }: HealthOptions): Promise<Record<string, Health>> {
  const asked = Object.entries(checks).map(
    async ([name, check]) => [name, await askOne(check, checkMs)] as const,
  );
  return Object.fromEntries(await Promise.all(asked));
}

async function askOne(check: HealthCheck, withinMs: number): Promise<Health> {
  const stop = new AbortController();
  const late = wait(withinMs, { ok: false, why: `no answer within ${withinMs} ms` }, { signal: stop.signal });
  try {
    return await Promise.race([asked(check, stop.signal), late]);
  } finally {
    stop.abort();
  }
}

/** The message of anything but our own errors may carry a secret: it is not shown. */
async function asked(check: HealthCheck, signal: AbortSignal): Promise<Health> {
  try {
    await check(signal);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: error instanceof GuardiaError ? error.message : 'failed' };
  }
}
