import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DenisEstate, startDenisEstate } from './helpers/denis-estate.ts';
import { lockJam } from './helpers/lock-jam.ts';
import { crashLoops } from './helpers/pod-processes.ts';
import { openRemedyBot, type RemedyBot } from './helpers/remedy-bot.ts';
import { createRemedyPlayer, type RemedyPlayer } from './helpers/remedy-player.ts';
import { expectAnswers, expectHealed } from './helpers/remedy-record.ts';
import { BUILD_MS } from './servers/built-once.ts';
import { until } from './servers/process.ts';

/**
 * Every remedy of commands/denis and commands/inventory-outbound for Redis, Celery, Kubernetes and Neo4j, against real
 * ones. Its pods are real objects of a real API server, moved by the real controllers, and what runs in them are
 * processes of this machine that start and end with them.
 */
let bot: RemedyBot;
let estate: DenisEstate;
let heal: RemedyPlayer['heal'];
let diagnose: RemedyPlayer['diagnose'];

beforeAll(async () => {
  bot = await openRemedyBot();
  estate = await startDenisEstate(bot.alertmanager.url);
  await bot.start(estate.settings);
  ({ heal, diagnose } = createRemedyPlayer(bot));
}, BUILD_MS);

afterAll(async () => {
  await bot?.stop();
  await estate?.stop();
}, 60_000);

const APPS = '/apis/apps/v1/namespaces/denis';
const MERGE = 'application/merge-patch+json';

async function isFigure(query: string, value: number): Promise<boolean> {
  const [first] = await estate.prometheus.query(query);
  return first?.value === value;
}

const nobodyTakes = () => isFigure('celery_active_worker_count{queue_name="celery"}', 0);

describe('Redis', () => {
  it('that is killed again and again is restarted with its StatefulSet, and Celery gets back to it', async () => {
    const before = estate.redis();
    await heal({
      async fault() {
        await before.stop('SIGKILL');
        await crashLoops(estate.cluster, 'denis', 'redis-0');
      },
      runbook: 'denis/redis-down',
      action: 'restart',
      alert: /Failing · Redis is down/,
      diagnosis: /Redis pods\W+redis-0 CrashLoopBackOff, 6 restarts, last ended OOMKilled/,
      done: /Restart the StatefulSet/,
      healed: /Answers PING: refused.* → PONG/,
    });
    expect(estate.redis().pid).not.toBe(before.pid);
    expect(await diagnose('denis/redis-down', /Redis is down/)).toMatch(/All 12 checks are healthy/);
  });
});

describe('Celery', () => {
  it('workers that hang are replaced', async () => {
    const [before] = estate.workers().values();
    await heal({
      fault: async () => process.kill(Number(before?.pid), 'SIGSTOP'),
      runbook: 'denis/workers-stuck',
      action: 'restart-workers',
      diagnosis: /Workers answer\W+no worker replied/,
      done: /Restart the workers/,
      healed: /Workers answer: no worker replied → 1 worker replied/,
    });
    expect([...estate.workers().values()].map(({ pid }) => pid)).not.toContain(before?.pid);
  });

  it('workers that hang while a queue grows are replaced, and take its jobs', async () => {
    const [before] = estate.workers().values();
    await heal({
      async fault() {
        process.kill(Number(before?.pid), 'SIGSTOP');
        await estate.enqueue(5, 'celery');
      },
      alert: /Failing · A queue grows and is not consumed/,
      runbook: 'denis/queue-growing',
      action: 'restart-workers',
      diagnosis: /Workers that take from celery\W+0 workers/,
      done: /Restart the workers/,
      healed: /Workers that take from celery: 0 workers → 1 worker/,
    });
    expect(await until('the jobs to be taken', async () => (await estate.waiting('celery')) === 0)).toBe(
      true,
    );
  });

  it('a worker that leaks is killed, and another takes its place', async () => {
    const [[leaking = '', before] = []] = estate.workers();
    await heal({
      fault: async () => estate.leak(leaking),
      runbook: 'denis/workers-stuck',
      action: 'kill-worker',
      alert: /Failing · Celery workers are stuck/,
      diagnosis: /Memory of the largest workers[\s\S]*1\.3 GB/,
      done: new RegExp(`Kill the worker ${leaking}`),
      healed: /Memory of the largest workers[\s\S]*1\.3 GB[\s\S]*0\.2 GB/,
    });
    expect([...estate.workers().keys()]).not.toContain(leaking);
    expect([...estate.workers().values()].map(({ pid }) => pid)).not.toContain(before?.pid);
  });

  it('a queue that nobody takes from is given to the workers', async () => {
    await heal({
      fault: () => estate.enqueue(3, 'tools_mut'),
      runbook: 'denis/queue-growing',
      action: 'take-queue',
      alert: /Failing · A queue grows and is not consumed/,
      diagnosis: /Workers that take from tools_mut\W+0 workers/,
      done: /Let every worker take from tools_mut/,
      healed: /Workers that take from tools_mut: 0 workers → 1 worker/,
    });
    await until('the jobs to be taken', async () => (await estate.waiting('tools_mut')) === 0);
  });

  it('a backlog is put aside once a second person agrees, and none of it is lost', async () => {
    await heal({
      fault: () => estate.enqueue(2_100, 'nightly'),
      alert: /Failing · A queue grows and is not consumed/,
      runbook: 'denis/queue-growing',
      action: 'drain',
      given: { queue: 'nightly' },
      diagnosis: /Jobs waiting in nightly\W+2,100 jobs/,
      approval: /2,100 jobs waiting/,
      done: /Move the jobs of nightly to dead letter/,
      // Below the limit of 2,000; a figure may be of the moment in which they were moved, and the queues themselves are looked at below.
      healed: /Jobs waiting in nightly: 2,100 jobs → (\d{1,3}|1,\d{3}) jobs?/,
    });
    expect(await estate.waiting('nightly')).toBe(0);
    expect(await estate.waiting('nightly.dead-letter')).toBe(2_100);
  });

  it('workers that somebody has scaled away are scaled up', async () => {
    await heal({
      async fault() {
        const body = { spec: { replicas: 0 } };
        await estate.cluster.admin('PATCH', `${APPS}/deployments/denis-workers/scale`, body, MERGE);
        await until('no worker in the figures', nobodyTakes);
      },
      runbook: 'denis/queue-growing',
      action: 'add-workers',
      given: { replicas: '2' },
      diagnosis: /Worker pods\W+no pod matches/,
      done: /Scale the workers to 2/,
      healed: /Workers that take from celery: 0 workers → [12] workers?/,
    });
    await until('two workers', async () => estate.workers().size === 2);
  });
});

describe('the API', () => {
  it('that is stuck is restarted', async () => {
    await heal({
      fault: async () => estate.api.fails('stuck'),
      runbook: 'denis/chat-timeout',
      action: 'restart-api',
      diagnosis: /answers 200\W+503/,
      done: /Restart the API/,
      healed: /503.* → 200/,
    });
  });

  it('whose figures are gone is restarted, and scraped again', async () => {
    await heal({
      fault: async () => estate.api.fails('silent'),
      runbook: 'denis/telemetry-inconsistent',
      action: 'restart-api',
      diagnosis: /answers 200\W+500/,
      done: /Restart the API, and its telemetry/,
      healed: /500.* → 200/,
    });
  });

  it('that drops its WebSockets is restarted, and its clients are back', async () => {
    await heal({
      async fault() {
        estate.api.fails('dropping');
        await until('it in the figures', () => isFigure('ws_disconnect_rate', 4));
      },
      runbook: 'denis/websocket-drops',
      action: 'restart-api',
      diagnosis: /Disconnects against the hour before\W+[\d.]+ times/,
      done: /Restart the API, and its WebSocket state/,
      healed: /Disconnects against the hour before: [\d.]+ times → [\d.]+ times?/,
    });
  });

  it('that goes on without the graph is restarted with its driver', async () => {
    await heal({
      fault: async () => estate.api.fails('graph-legacy'),
      runbook: 'denis/graph-slow',
      action: 'restart-driver',
      diagnosis: /Fail-open mode \(graph_legacy\)\W+1/,
      done: /Restart the API, and its graph driver/,
      healed: /Fail-open mode \(graph_legacy\): 1 → 0/,
    });
  });

  it('is asked why mutations are blocked, which nobody but people can mend', async () => {
    expect(await diagnose('denis/mutations-blocked', /The policy blocks mutations/)).toMatch(
      /11 checks are healthy/,
    );
  });
});

describe('Neo4j', () => {
  it('transactions that hold their locks for long are ended, and no other', async () => {
    const ends = Promise.withResolvers<() => Promise<string[]>>();
    await heal({
      fault: () => lockJam(estate.neo4j()).then((jam) => ends.resolve(jam.ends)),
      runbook: 'denis/graph-slow',
      action: 'kill-queries',
      diagnosis: /Queries that wait for the lock of another\W+1 quer/,
      done: /Kill the queries that run for over 5 s/,
      healed: /Queries that wait for the lock of another: 1 quer.* → 0 quer/,
    });
    const [held, waited] = await (await ends.promise)();
    expect(held).toBe('ended');
    // The lock is free as soon as the first has ended: the second may get it before it is ended itself.
    expect(['ended', 'done']).toContain(waited);
  });

  it('that is gone is restarted with its StatefulSet', async () => {
    const before = estate.neo4j();
    await heal({
      async fault() {
        await before.stop('SIGKILL');
        await crashLoops(estate.cluster, 'denis', 'neo4j-0');
      },
      runbook: 'denis/graph-slow',
      action: 'restart-neo4j',
      diagnosis: /Neo4j pods\W+neo4j-0 CrashLoopBackOff/,
      done: /Restart Neo4j/,
      healed: /Answers RETURN 1/,
    });
    expect(estate.neo4j().pid).not.toBe(before.pid);
  });
});

describe('inventory and outbound', () => {
  it.each(['inventory', 'outbound'] as const)('%s that fails is restarted', async (service) => {
    await heal({
      fault: async () => estate.inventory.degrade(service),
      runbook: `inventory-outbound/${service}-degraded`,
      action: 'restart',
      alert: new RegExp(`Failing · ${service === 'inventory' ? 'Inventory' : 'Outbound'} is degraded`),
      diagnosis: new RegExp(`Errors of ${service}\\W+[\\d.]+ %`),
      done: new RegExp(`Restart ${service}`),
      healed: new RegExp(`Answers of ${service}, p95`),
    });
  });
});

describe('the record of the bot', () => {
  it('has healed what is listed', () => expectHealed(bot.database, 'remedies-denis'));
  it('has an answer of every check', () => expectAnswers(bot.database, ['denis', 'inventory-outbound']));
});
