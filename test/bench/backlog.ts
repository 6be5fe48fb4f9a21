import { once } from 'node:events';
import { join } from 'node:path';
import { startWorkspace } from '../../src/practice/workspace/server.ts';
import { handleNext } from '../../src/store/alerts.ts';
import { migrate, type OpenDatabase, openDatabase } from '../../src/store/database.ts';
import { nextDueIn, takeDue } from '../../src/store/outbox.ts';
import { type Bench, type Measured, median, round, timed } from './bench.ts';
import { benchDatabase } from './database.ts';
import { botEnvironment, runBot, said } from './startup.ts';

const WAITING = [100, 1_000, 10_000, 50_000] as const;
const INBOX = [100, 20_000] as const;
const TURNS = 90;
const WARM = 10;
const MANY = 20_000;
const ALERTS = 3;
const CHANNEL = 'C0DENIS';
const TOKEN = 'bench';

/** What the next message, the next alert group and a critical alert cost while many wait; and the end of the process. */
export const backlog: Bench = {
  name: 'backlog',
  async run(): Promise<Measured[]> {
    const server = await benchDatabase();
    try {
      return [await messages(server), await intake(server), ...(await critical(server))];
    } finally {
      await server.close();
    }
  },
};

type Server = Awaited<ReturnType<typeof benchDatabase>>;

/** Half of them cards, half of them replies that wait for theirs. */
const SAY = `
  insert into message (key, channel, payload, importance, wanted_at)
    select 'card:' || i, $2, '{"text":"Disk fills up","blocks":[]}', 4, now() - interval '10 minutes'
    from generate_series(1, $1 / 2) i`;
const ANSWER = `
  insert into message (key, channel, thread_key, payload, importance, wanted_at)
    select 'findings:' || i, $2, 'card:' || i, '{"text":"Why","blocks":[]}', 5, now() - interval '10 minutes'
    from generate_series(1, $1 / 2) i`;

const RECEIVE = `
  insert into alert_inbox (body, group_key, severity)
    select '{}', 'group ' || i % 500, 2 from generate_series(1, $1) i`;

async function fill({ pool }: OpenDatabase, count: number): Promise<void> {
  await pool.query(SAY, [count, CHANNEL]);
  await pool.query(ANSWER, [count, CHANNEL]);
}

async function messages(server: Server): Promise<Measured> {
  const took = await inTurn(server, WAITING, fill, async ({ db, pool }) => {
    const [row] = await takeDue(db, { limit: 1, busy: [], by: 'bench' });
    await nextDueIn(db, []);
    await pool.query('update message set taken_until = null where key = $1', [row?.key]);
  });
  return {
    name: 'taking the next message while 50,000 wait',
    compared: 'the slowest of 1,000, 10,000 and 50,000 to 100, one channel',
    ...flat(took),
  };
}

async function intake(server: Server): Promise<Measured> {
  const receive = ({ pool }: OpenDatabase, count: number) => pool.query(RECEIVE, [count]);
  const handle = async () => {};
  const took = await inTurn(server, INBOX, receive, ({ db }) => handleNext(db, handle, handle));
  return {
    name: `taking in the next alert group while ${MANY.toLocaleString('en-US')} wait`,
    compared: 'to 100',
    ...flat(took),
  };
}

/** A database for each size, measured in turn, so that whatever else the machine does strikes all of them. */
async function inTurn(
  { url }: Server,
  sizes: readonly number[],
  seed: (database: OpenDatabase, count: number) => Promise<unknown>,
  work: (database: OpenDatabase) => Promise<unknown>,
): Promise<Map<number, number>> {
  const databases = await Promise.all(sizes.map((count) => seeded(url, count, seed)));
  const took = sizes.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const order = [...databases.entries()];
    // What comes second finds the machine as the first one left it.
    for (const [nth, database] of turn % 2 ? order : order.reverse()) {
      took[nth]?.push(await timed(() => work(database)));
    }
  }
  await Promise.all(databases.map((database) => database.close()));
  return new Map(sizes.map((count, nth) => [count, median((took[nth] ?? []).slice(WARM))]));
}

async function seeded(
  server: string,
  count: number,
  seed: (database: OpenDatabase, count: number) => Promise<unknown>,
): Promise<OpenDatabase> {
  const name = `bench_${seed.name}_${count}`;
  const admin = openDatabase(server);
  await admin.pool.query(`create database ${name}`);
  await admin.close();
  const database = openDatabase(server.replace(/\/[^/]+$/, `/${name}`));
  await migrate(database.db);
  await seed(database, count);
  return database;
}

function flat(took: ReadonlyMap<number, number>): Omit<Measured, 'name' | 'compared'> {
  const [few = Number.NaN, ...more] = took.values();
  return {
    value: round(Math.max(...more) / few),
    limit: 1.5,
    side: 'at most',
    unit: 'x',
    details: Object.fromEntries([...took].map(([count, ms]) => [`ms${count}`, round(ms)])),
  };
}

/** The real process among 20,000 messages and 2,000 alert groups that wait, at Slack's own rates. */
async function critical(server: Server): Promise<Measured[]> {
  await fill(server, MANY);
  await server.pool.query(RECEIVE.replace("'{}'", `'${JSON.stringify(group('old', 'warning'))}'::jsonb`), [
    MANY / 10,
  ]);
  const workspace = await startWorkspace({
    port: 0,
    bot: { signingSecret: 's', token: 'xoxb-bench', appId: 'A0GUARDIA' },
    manifest: join(import.meta.dirname, '../../manifest.yml'),
  });
  const environment = await botEnvironment(workspace.apiUrl, server.url);
  const bot = runBot({ ...environment, ALERT_WEBHOOK_TOKEN: TOKEN });
  const url = (await said(bot, /"url":"([^"]+)".*"msg":"Guardia is up"/))[1];
  const took: number[] = [];
  for (let nth = 0; nth < ALERTS; nth += 1) {
    const shown = () => workspace.driver.messages(CHANNEL).some(({ text }) => text.includes(`Fire${nth}`));
    took.push(
      await timed(() =>
        fire(`${url}/alerts/alertmanager`, `Fire${nth}`).then(() =>
          workspace.driver.waitFor(shown, { what: 'the critical alert', timeoutMs: 60_000 }),
        ),
      ),
    );
  }
  const gone = once(bot, 'exit');
  const stopMs = await timed(async () => {
    bot.kill('SIGTERM');
    const [code] = await gone;
    if (code !== 0) throw new Error(`the process ended with ${code}`);
  });
  await workspace.stop();
  const waits = `while ${MANY.toLocaleString('en-US')} messages wait`;
  const [slowest, fastest] = [Math.max(...took), Math.min(...took)];
  return [
    {
      name: `a critical alert is posted ${waits}`,
      compared: `the slowest of ${ALERTS}, from the webhook to Slack, in the same channel`,
      ...{ value: round(slowest / 1_000), limit: 3, side: 'at most', unit: 's' },
      details: { fastestMs: round(fastest, 0), slowestMs: round(slowest, 0) },
    },
    {
      name: `the process ends ${waits}`,
      compared: 'after SIGTERM',
      ...{ value: round(stopMs / 1_000), limit: 25, side: 'at most', unit: 's' },
      details: { stopMs: round(stopMs, 0) },
    },
  ];
}

async function fire(url: string, alertname: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const labels = { alertname, severity: 'critical' };
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: new Date().toISOString(),
    fingerprint: alertname,
  };
  const body = JSON.stringify({
    ...{ version: '4', groupKey: alertname, truncatedAlerts: 0, status: 'firing', receiver: 'guardia' },
    ...{ groupLabels: { alertname }, commonLabels: labels, commonAnnotations: {}, alerts: [alert] },
  });
  const answer = await fetch(url, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
}

/** As the webhook stores one. */
function group(name: string, severity: string): object {
  const labels = { alertname: name, severity };
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: new Date().toISOString(),
    endsAt: null,
  };
  return {
    ...{ groupKey: name, status: 'firing', receiver: 'guardia', labels, annotations: {}, truncated: 0 },
    ...{ alerts: [{ ...alert, fingerprint: name, generatorURL: null }], externalURL: null },
  };
}
