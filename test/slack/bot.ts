import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Answer, ApprovalView, Flows, OriginView } from '../../src/flows/requests.ts';
import type { PracticeWorkspace, WorkspaceOptions } from '../../src/practice/workspace/server.ts';
import type { Approvals } from '../../src/report/approvals.ts';
import type { StatusView } from '../../src/report/help.ts';
import type { LateLook } from '../../src/report/states.ts';
import { createSlack, type SlackApp } from '../../src/slack/app.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createDelivery, type Delivery } from '../../src/slack/delivery.ts';
import { say } from '../../src/store/messages.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { CATALOGUE } from './catalogue.ts';
import { connect, openWorkspace, SIGNING_SECRET, SILENT } from './slack.ts';

export const CHANNEL = 'C0DENIS';
export const OTHER = 'C0GENERAL';
export const NOOR = { team: 'T0GUARDIA', user: 'U0NOOR' };
export const SAM = { team: 'T0GUARDIA', user: 'U0SAM' };
export const STRANGER = { team: 'T0OTHER', user: 'U0OTHER' };

/** What was asked of the flows: the method and its arguments. */
type Call = [method: keyof Flows, ...rest: unknown[]];

/** Flows at the edge of these tests: they write down what is asked, and answer what they are told to. */
interface FakeFlows extends Flows {
  calls: Call[];
  of(method: keyof Flows): unknown[][];
  answers: Partial<Record<keyof Flows, Answer | Error | (() => Promise<Answer>)>>;
  view: ApprovalView | Error;
  origins: Map<string, OriginView>;
  found: Awaited<ReturnType<Flows['diagnosis']>>;
  frozen: Awaited<ReturnType<Flows['plan']>>;
  /** What is seen again before an action starts; null where nothing is late. */
  late: LateLook | null;
  choices: Awaited<ReturnType<Flows['escalations']>>;
  /** What waits for whoever asks. */
  waiting: Approvals;
  offer: Awaited<ReturnType<Flows['silenceOffer']>>;
  /** Why nobody may start anything; null when everybody may. */
  barred: string | null;
}

function fakeFlows(): FakeFlows {
  const calls: Call[] = [];
  const answers: FakeFlows['answers'] = {};
  const asked =
    (method: keyof Flows) =>
    async (...rest: unknown[]): Promise<Answer> => {
      calls.push([method, ...rest]);
      const answer = answers[method] ?? { ok: true };
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer() : answer;
    };
  const flows: FakeFlows = {
    calls,
    of: (method) => calls.filter(([called]) => called === method).map(([, ...rest]) => rest),
    answers,
    origins: new Map(),
    view: { ok: false, says: 'not set' },
    found: null,
    frozen: null,
    late: null,
    waiting: { waitingForMe: [], reviews: [], mine: [], decided: [], now: new Date().toISOString() },
    choices: [{ ref: '#0', says: 'Data is lost', priority: 'P1', to: 'sre', title: 'SRE', does: null }],
    offer: { ok: false, says: 'not set' },
    barred: null,
    whyNotStart: async () => flows.barred,
    diagnose: asked('diagnose'),
    remediate: asked('remediate'),
    isLate: async () => flows.late !== null,
    async lookAgain(request) {
      calls.push(['lookAgain', request]);
      return flows.late;
    },
    approve: asked('approve'),
    deny: asked('deny'),
    cancel: asked('cancel'),
    claim: asked('claim'),
    breakGlass: asked('breakGlass'),
    review: asked('review'),
    settle: asked('settle'),
    byHand: asked('byHand'),
    tick: asked('tick'),
    acknowledge: asked('acknowledge'),
    escalate: asked('escalate'),
    history: async () => [],
    escalations: async () => flows.choices,
    async silenceOffer(alert, by) {
      calls.push(['silenceOffer', alert, by]);
      return flows.offer;
    },
    async silenceReach(alert, labels) {
      calls.push(['silenceReach', alert, labels]);
      return `${labels.length} labels reach 3 active alerts`;
    },
    silence: asked('silence'),
    endSilence: asked('endSilence'),
    snapshot: asked('snapshot'),
    draw: asked('draw'),
    async viewPlan(request) {
      calls.push(['viewPlan', request]);
      if (flows.view instanceof Error) throw flows.view;
      return flows.view;
    },
    origin: async (ref) => flows.origins.get(ref) ?? null,
    diagnosis: async () => flows.found,
    plan: async () => flows.frozen,
    approvals: async () => flows.waiting,
    home: async (person) => ({
      person,
      ...flows.waiting,
      alerts: [],
      services: [],
    }),
  };
  return flows;
}

const STATUS: StatusView = {
  replica: 'one',
  version: '1.2.3',
  replicas: [],
  revision: '0'.repeat(64),
  services: [],
  database: { ok: true, says: 'answers' },
  slack: { ok: true, says: 'connected' },
  waitingPlans: 0,
  waitingMessages: 0,
  connections: [],
  warnings: [],
  startedAt: new Date(0).toISOString(),
  now: new Date(0).toISOString(),
};

interface PostedButton {
  id: string;
  value: string;
  /** Slack asks first whether it shall. */
  asks?: boolean;
}

export interface Bot {
  workspace: PracticeWorkspace;
  flows: FakeFlows;
  catalogue: { now: Catalogue };
  slack: SlackApp;
  connection: SlackConnection;
  delivery: Delivery;
  acknowledgedMs: number[];
  /** Where Slack sends its requests. */
  url: string;
  /** Posts a message of ours that has these buttons, and answers its ts. */
  post(key: string, buttons: readonly PostedButton[], thread?: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startBot(
  database: TestDatabase,
  options: { workspace?: Partial<WorkspaceOptions>; socketApi?: string } = {},
): Promise<Bot> {
  const workspace = await openWorkspace(options.workspace);
  const connection = await connect(workspace);
  const flows = fakeFlows();
  const catalogue = { now: CATALOGUE };
  const acknowledgedMs: number[] = [];
  const slack = createSlack({
    config: {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_API_URL: options.socketApi ?? workspace.apiUrl,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_APP_TOKEN: options.socketApi ? 'xapp-test' : undefined,
    },
    flows,
    catalogue: () => catalogue.now,
    connection,
    db: database.db,
    status: async () => STATUS,
    logger: SILENT,
    metrics: { acknowledged: (ms) => void acknowledgedMs.push(ms), handled() {} },
  });
  const server = await serve(slack);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  workspace.connectBot(url);
  await slack.start();
  const metrics = { delivered() {}, failed() {} };
  const delivery = createDelivery({ database, connection, replica: 'one', logger: SILENT, metrics });
  await delivery.start();
  return {
    workspace,
    flows,
    catalogue,
    slack,
    connection,
    delivery,
    acknowledgedMs,
    url,
    async post(key, buttons, thread) {
      const elements = buttons.map(({ id, value, asks }) => ({
        type: 'button' as const,
        action_id: id,
        text: plain(id),
        value,
        ...(asks ? { confirm: CONFIRM } : {}),
      }));
      const row = elements.length > 0 ? [{ type: 'actions' as const, elements }] : [];
      const message = { text: key, blocks: row };
      const where = thread ? { thread: { ts: thread } } : {};
      await say(database.db, { key, channel: CHANNEL, message, ...where });
      const seen = await workspace.driver.waitFor(
        ({ messages }) => messages(CHANNEL, thread).find((one) => one.text === key),
        { what: key },
      );
      await delivery.idle();
      return seen.ts;
    },
    async stop() {
      await delivery.stop();
      await slack.stop();
      connection.stop();
      await workspace.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.pool.query('truncate message, picture, pace, received');
    },
  };
}

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const CONFIRM = {
  title: plain('Sure?'),
  text: plain('It starts at once.'),
  confirm: plain('Yes'),
  deny: plain('No'),
};

async function serve({ route }: SlackApp): Promise<Server> {
  const server = createServer((req, res) => {
    if (route && req.method === route.method && req.url === route.path) void route.handle(req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
