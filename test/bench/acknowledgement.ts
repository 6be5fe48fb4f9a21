import { createHmac } from 'node:crypto';
import { Agent, createServer, type RequestListener, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startWorkspace } from '../../src/practice/workspace/server.ts';
import { type Bench, type Measured, median, quantile, round } from './bench.ts';
import { benchDatabase } from './database.ts';
import { botEnvironment, end, run, runBot, said } from './startup.ts';

const DIAGNOSES = 50;
const COMMANDS = 300;
const ROUNDS = 5;
/** Faster than a busy incident channel types. */
const EVERY_MS = 20;

/** Slash commands to the bot with 50 diagnoses running, against a Bolt app that does nothing, in turn. */
export const acknowledgement: Bench = {
  name: 'acknowledgement',
  async run(): Promise<Measured[]> {
    const database = await benchDatabase();
    const slow = await slowSystem();
    const answers = await listening((_req, res) => res.end('ok'));
    const workspace = await startWorkspace({
      port: 0,
      bot: { signingSecret: 's', token: 'xoxb-bench', appId: 'A0GUARDIA' },
      limits: { rates: { post: { perSecond: 1_000, burst: 10_000 } } },
    });
    const environment = {
      ...(await botEnvironment(workspace.apiUrl, database.url)),
      GUARDIA_COMMANDS: join(import.meta.dirname, 'catalogue'),
      SLOW_URL: slow.url,
    };
    const bot = runBot(environment);
    const idle = run(['test/bench/idle-bolt.ts'], {});
    const botPort = Number((await said(bot, /"url":"http:\/\/[^:]+:(\d+)"/))[1]);
    const idlePort = Number((await said(idle, /listening on (\d+)/))[1]);
    await fire(botPort, 'warm', 50, answers.url);
    await fire(idlePort, 'warm', 50, answers.url);
    for (let nth = 0; nth < DIAGNOSES; nth += 1)
      await send(new Agent(), botPort, {
        command: '/diagnose',
        text: 'slow',
        trigger: `running-${nth}`,
        answers: answers.url,
      });
    await slow.busy(DIAGNOSES);
    const [ours, bare]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      ours.push(quantile(await fire(botPort, `a${turn}`, COMMANDS, answers.url), 0.99));
      bare.push(quantile(await fire(idlePort, `b${turn}`, COMMANDS, answers.url), 0.99));
    }
    const busy = slow.waiting();
    slow.letGo();
    answers.close();
    await Promise.all([end(bot), end(idle)]);
    await workspace.stop();
    await database.close();
    return [
      {
        name: 'acknowledging a slash command, p99',
        compared: `to a Bolt app that does nothing, ${DIAGNOSES} diagnoses running`,
        value: round(median(ours) / median(bare)),
        limit: 1.5,
        side: 'at most',
        unit: 'x',
        details: { oursP99Ms: round(median(ours)), bareP99Ms: round(median(bare)), checksStillRunning: busy },
      },
    ];
  },
};

/** Commands one after the other, as people type them; milliseconds until each was acknowledged. */
async function fire(port: number, name: string, count: number, answers: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const took: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const began = performance.now();
    await send(agent, port, { command: '/guardia', text: 'help', trigger: `${name}-${nth}`, answers });
    took.push(performance.now() - began);
    await new Promise((next) => setTimeout(next, EVERY_MS));
  }
  agent.destroy();
  return took;
}

interface Typed {
  command: string;
  text: string;
  trigger: string;
  /** Where the bot answers. */
  answers: string;
}

function send(agent: Agent, port: number, { command, text, trigger, answers }: Typed): Promise<void> {
  const body = new URLSearchParams({
    ...{ command, text, trigger_id: trigger, team_id: 'T0GUARDIA', user_id: 'U0NOOR', user_name: 'noor' },
    ...{
      channel_id: 'C0DENIS',
      channel_name: 'denis-alerts',
      response_url: answers,
      api_app_id: 'A0GUARDIA',
    },
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac('sha256', 's').update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signature,
  };
  return new Promise((done, failed) => {
    const sent = request(
      { agent, port, host: '127.0.0.1', path: '/slack/events', method: 'POST', headers },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? done() : failed(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });
}

/** A system whose checks hang until they are let go. */
async function slowSystem() {
  const held: (() => void)[] = [];
  let told = () => {};
  const server = await listening((_req, res) => {
    held.push(() => res.end('{}'));
    told();
  });
  return {
    url: server.url,
    waiting: () => held.length,
    async busy(count: number): Promise<void> {
      while (held.length < Math.min(count, 10)) await new Promise<void>((next) => (told = next));
    },
    letGo() {
      for (const answer of held) answer();
      server.close();
    },
  };
}

async function listening(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
