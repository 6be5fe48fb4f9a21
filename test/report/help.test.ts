import { describe, expect, it } from '@jest/globals';
import {
  answerMessage,
  badParameters,
  helpMessage,
  type StatusView,
  statusMessage,
  unknownAction,
} from '../../src/report/help.ts';
import { type HomeState, homeView } from '../../src/report/home.ts';
import * as night from './examples.ts';
import { plainMessage, plainView } from './plain.ts';

describe('help', () => {
  it('lists the commands, and how to do the same in a thread', () => {
    const about = 'Ask every check of a runbook.';
    expect(
      plainMessage(helpMessage([{ command: '/diagnose', usage: '[service/]runbook name=value', about }])),
    ).toEqual([
      '*What Guardia can do*',
      '`/diagnose [service/]runbook name=value`  Ask every check of a runbook.',
      '~ Commands do not work in threads: there, write @Guardia and the same words, or use the buttons · for somebody else’s alert, choose “Diagnose this” in the message’s ⋯ menu · without words, a command opens a dialog or explains itself',
    ]);
  });
});

describe('status', () => {
  const calm = { service: 'denis', kind: 'any', running: 0, waiting: 0 };

  const view: StatusView = {
    replica: 'one',
    version: '0.1.0',
    replicas: [],
    revision: 'abcdef0123456789',
    services: [],
    database: { ok: true, says: 'PostgreSQL 18, 2 ms' },
    slack: { ok: true, says: 'connected' },
    waitingPlans: 0,
    waitingMessages: 0,
    connections: [],
    warnings: [],
    startedAt: '2026-11-14T03:00:00.000Z',
    now: night.NOW,
  };

  it('is healthy where there is nothing to say', () => {
    expect(statusMessage(view).text).toBe('✅ Healthy · Guardia 0.1.0 · replica one');
  });

  it('shows each warning, with what stands in its lines', () => {
    const says = 'The catalogue 123 was refused.\ndenis/x.yml:1:1 `<!channel>`';
    const message = statusMessage({ ...view, warnings: [{ name: 'catalogue-refused', says }] });
    expect(message.text).toBe('⚠️ Healthy, with warnings · Guardia 0.1.0 · replica one');
    expect(plainMessage(message).slice(-4)).toEqual([
      '⚠️ *Warning* · The catalogue 123 was refused.',
      '```',
      'denis/x.yml:1:1 `<!channel>`',
      '```',
    ]);
    expect(JSON.stringify(message)).not.toContain('<!channel>');
  });

  it('says which part is not well', () => {
    const message = statusMessage({
      ...view,
      replica: 'one',
      version: '0.1.0',
      replicas: [{ name: 'one', seenAt: night.NOW }],
      revision: 'abcdef0123456789',
      services: [{ name: 'denis', title: 'Denis', runbooks: 2 }],
      database: { ok: true, says: 'PostgreSQL 18, 2 ms' },
      slack: { ok: false, says: 'no answer for 40 s' },
      waitingPlans: 1,
      waitingMessages: 3,
      connections: [
        { ...calm, connection: 'prometheus', state: 'closed' },
        { ...calm, connection: 'celery', state: 'closed' },
        {
          ...{ ...calm, connection: 'redis', state: 'open', since: '2026-11-14T03:12:05.000Z' },
          why: 'refused by redis.denis:6379 <!here>',
        },
      ],
      startedAt: '2026-11-14T03:00:00.000Z',
      now: night.NOW,
    });
    expect(message.text).toBe('❌ Not healthy · Guardia 0.1.0 · replica one');
    expect(plainMessage(message)).toEqual([
      '❌ *Not healthy* · Guardia 0.1.0 · replica one · up since 03:00 UTC',
      '  | *Database* / ✅ Healthy: PostgreSQL 18, 2 ms',
      '  | *Slack* / ❌ Failing: no answer for 40 s',
      '  | *Waiting* / 1 approval, 3 messages',
      '  | *Catalogue* / `abcdef012345` / denis (2 runbooks)',
      '  | *Connections* / ✅ Healthy: 2 / ❌ Failing: redis of denis since 03:12 UTC: refused by redis.denis:6379 <!here>',
      '  | *Replicas* / one, seen 14 Nov 03:16 UTC',
    ]);
  });

  it('counts what waits up to a thousand', () => {
    const message = statusMessage({
      ...{ replica: 'one', version: '0.1.0', replicas: [], revision: 'abcdef0123456789', services: [] },
      ...{ database: { ok: true, says: 'well' }, slack: { ok: true, says: 'well' }, connections: [] },
      ...{ waitingPlans: 2, waitingMessages: 1_000, startedAt: night.NOW, now: night.NOW, warnings: [] },
    });
    expect(plainMessage(message)).toContain('  | *Waiting* / 2 approvals, 1,000 messages or more');
  });
});

describe('answers', () => {
  it('are escaped, and never empty', () => {
    expect(answerMessage('Nothing <!channel>\nwas run').text).toBe('Nothing &lt;!channel&gt;');
    expect(answerMessage('').text).toBe('Done.');
  });

  it('name what was meant', () => {
    expect(unknownAction('Redis is down', 'restrat', ['restart', 'purge'])).toBe(
      'The runbook Redis is down has no action "restrat". Did you mean restart?',
    );
    expect(unknownAction('Redis is down', 'x', [])).toBe(
      'The runbook Redis is down has no actions: it only diagnoses.',
    );
  });

  it('list every problem at once', () => {
    expect(badParameters(['queue is missing.'])).toBe('queue is missing.');
    expect(badParameters(['queue is missing.', 'There is no parameter q.'])).toBe(
      'Nothing was run:\n• queue is missing.\n• There is no parameter q.',
    );
  });
});

describe('the home tab', () => {
  const plan = {
    id: night.PLAN_ID,
    digest: night.DIGEST,
    title: 'Purge the queue celery',
    service: 'denis',
    state: 'waiting' as const,
    requester: night.NOOR,
    madeAt: '2026-11-14T03:10:00.000Z',
    expiresAt: '2026-11-14T03:25:00.000Z',
    endedAt: null,
    link: 'https://guardia.slack.com/archives/C1/p1',
  };
  const state: HomeState = {
    person: night.MARA,
    waitingForMe: [plan],
    reviews: [],
    mine: [],
    decided: [],
    alerts: [
      {
        title: 'Redis is down',
        service: 'denis',
        status: 'resolved',
        severity: 'critical',
        startsAt: '2026-11-14T03:00:00.000Z',
        resolvedAt: '2026-11-14T03:11:00.000Z',
        link: null,
      },
    ],
    services: [
      {
        name: 'denis',
        title: 'Denis',
        about: 'Tasks.',
        runbooks: [{ name: 'redis-down', title: 'Redis is down' }],
      },
    ],
    now: night.NOW,
  };

  it('begins with what waits for this person', () => {
    expect(plainView(homeView(state))).toEqual([
      '## Waiting for your approval (1)',
      '🔶 *Purge the queue celery (https://guardia.slack.com/archives/C1/p1)* · denis · expires 03:25 UTC (14 Nov 03:25 UTC)',
      'asked by @UNOOR',
      '## What you asked for',
      '~ Nothing yet.',
      '## Decided lately',
      '~ Nothing yet.',
      '## Alerts',
      '🟢 Resolved · *Redis is down* · denis · critical · 03:00 UTC, after 11 min',
      '## Runbooks',
      '*Denis*  Tasks.',
      '`/diagnose denis/redis-down` Redis is down',
    ]);
  });

  it('lets a person approve where no link leads to the request', () => {
    const [, first] = plainView(homeView({ ...state, waitingForMe: [{ ...plan, link: null }] }));
    expect(first).toContain('[Approve]');
  });
});
