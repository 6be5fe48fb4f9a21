import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import { type HealthCheck, type HealthOptions, healthRoutes } from '../../src/http/health.ts';
import { metricsRoute } from '../../src/http/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { closeServers, serve } from './serve.ts';

afterEach(closeServers);

const well: HealthCheck = async () => undefined;

async function ready(options: HealthOptions): Promise<[number, unknown]> {
  const { url } = await serve(healthRoutes(options));
  const response = await fetch(`${url}/health/ready`);
  return [response.status, await response.json()];
}

describe('/health/live', () => {
  it('answers while nothing is ready', async () => {
    const { url } = await serve(healthRoutes({ checks: { database: () => Promise.reject(new Error()) } }));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });
});

describe('/health/ready', () => {
  it('is ready when every check is', async () => {
    const checks = { database: well, catalogue: well, slack: well };
    expect(await ready({ checks })).toEqual([
      200,
      {
        ready: true,
        checks: { database: { ok: true }, catalogue: { ok: true }, slack: { ok: true } },
        warnings: [],
      },
    ]);
  });

  it('stays ready with a warning, and says it', async () => {
    const warnings = [{ name: 'catalogue-refused', says: 'x.yml:1:1 is wrong' }];
    expect(await ready({ checks: { database: well }, warnings: () => warnings })).toEqual([
      200,
      { ready: true, checks: { database: { ok: true } }, warnings },
    ]);
  });

  it('is not ready when one is not, and says why', async () => {
    const slack: HealthCheck = () =>
      Promise.reject(new GuardiaError('slack', 'Slack does not take the token'));
    expect(await ready({ checks: { database: well, slack } })).toEqual([
      503,
      {
        ready: false,
        checks: { database: { ok: true }, slack: { ok: false, why: 'Slack does not take the token' } },
        warnings: [],
      },
    ]);
  });

  it('does not show what others threw', async () => {
    const database: HealthCheck = () => Promise.reject(new Error('connect postgres://u:hunter2@db'));
    expect(await ready({ checks: { database } })).toEqual([
      503,
      { ready: false, checks: { database: { ok: false, why: 'failed' } }, warnings: [] },
    ]);
  });

  it('does not wait for a check that hangs, and tells it to stop', async () => {
    let stopped = false;
    const database: HealthCheck = (signal) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return new Promise(() => undefined);
    };
    expect(await ready({ checks: { database }, checkMs: 20 })).toEqual([
      503,
      { ready: false, checks: { database: { ok: false, why: 'no answer within 20 ms' } }, warnings: [] },
    ]);
    expect(stopped).toBe(true);
  });

  it('asks once for many probes', async () => {
    const database = jest.fn(well);
    const { url } = await serve(healthRoutes({ checks: { database }, cacheMs: 60_000 }));
    await Promise.all(Array.from({ length: 10 }, () => fetch(`${url}/health/ready`)));
    expect(database).toHaveBeenCalledTimes(1);
  });

  it('asks again after a while', async () => {
    const answers = [() => Promise.reject(new GuardiaError('database', 'away')), well];
    const checks = { database: (signal: AbortSignal) => (answers.shift() ?? well)(signal) };
    const { url } = await serve(healthRoutes({ checks, cacheMs: 0 }));
    const statuses = [
      (await fetch(`${url}/health/ready`)).status,
      (await fetch(`${url}/health/ready`)).status,
    ];
    expect(statuses).toEqual([503, 200]);
  });
});

describe('/metrics', () => {
  it('is what Prometheus reads', async () => {
    const metrics = createMetrics();
    metrics.flows.plan('waiting');
    const { url } = await serve([metricsRoute(metrics.registry)]);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('guardia_plans_total{state="waiting"} 1\n');
    metrics.close();
  });
});
