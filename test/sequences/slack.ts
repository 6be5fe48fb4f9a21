import { AsyncLocalStorage } from 'node:async_hooks';
import { stringify } from 'node:querystring';
import type { ModalView } from '@slack/types';
import { inject } from 'light-my-request';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Flows, PlanRequest } from '../../src/flows/requests.ts';
import { signatureHeaders } from '../../src/practice/workspace/to-bot/signing.ts';
import { createSlack } from '../../src/slack/app.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { TEAM } from '../helpers/house.ts';
import { SIGNING_SECRET, SILENT } from '../slack/slack.ts';

/** A request as Slack sends it: a command is a form, what is clicked or submitted is JSON in one, an event is JSON. */
export type Payload = { form: Record<string, string> } | { json: object };

/** What came of a payload: what the flows were asked and how they answered, and the dialog that was opened. */
export interface Heard {
  asked: { method: keyof Flows; request: Pick<PlanRequest, 'by'> & Partial<PlanRequest>; ok: boolean }[];
  view: ModalView | null;
}

/** A replica as Slack reaches it: the real Bolt app, with every signature, receipt, button and dialog. */
export interface Door {
  /** Resolves once all is done that follows from it; never when the replica dies over it. */
  send(payload: Payload): Promise<Heard>;
  /** The same for a request that is signed already, byte by byte. */
  receive(request: SignedRequest): Promise<Heard>;
}

export type SignedRequest = ReturnType<typeof signed>;

/** What the flows are asked of people's behalf, and answer with `ok`. */
const HEARD = [
  ...(['remediate', 'viewPlan', 'approve', 'deny', 'claim'] as const),
  ...(['cancel', 'breakGlass', 'review', 'settle', 'byHand'] as const),
];
type Method = (typeof HEARD)[number];

export function openDoor(parts: {
  database: TestDatabase;
  flows: Flows;
  catalogue(): Catalogue;
  /** Whether Slack takes calls at the moment. */
  answers(): boolean;
}): Door {
  const hearing = new AsyncLocalStorage<Heard>();
  const { route } = createSlack({
    config: {
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_BOT_TOKEN: 'xoxb-sequences',
      SLACK_API_URL: 'http://127.0.0.1:9/',
    },
    ...{
      flows: heard(parts.flows, hearing),
      catalogue: parts.catalogue,
      db: parts.database.db,
      logger: SILENT,
    },
    connection: connection(parts.answers, hearing),
    status: () => Promise.reject(new Error('nobody asks how it is here')),
    metrics: { acknowledged: () => {}, handled: () => {} },
  });
  async function receive(request: SignedRequest): Promise<Heard> {
    const seen: Heard = { asked: [], view: null };
    const done = Promise.withResolvers<void>();
    await inject((req, res) => {
      const work = hearing.run(seen, async () => route?.handle(req, res));
      work.then(done.resolve, done.reject);
    }, request);
    await done.promise;
    return seen;
  }
  return { receive, send: (payload) => receive(signed(payload)) };
}

/** As Slack sends it, signed at this moment. */
export function signed(payload: Payload) {
  const isForm = 'form' in payload;
  const body = isForm ? stringify(payload.form) : JSON.stringify(payload.json);
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const signature = signatureHeaders(SIGNING_SECRET, body, Math.floor(Date.now() / 1_000));
  return {
    ...{ method: 'POST' as const, url: '/slack/events', payload: body },
    headers: { 'content-type': type, ...signature },
  };
}

/** The same flows; what each is asked while a payload is handled is written down with it. */
function heard(flows: Flows, hearing: AsyncLocalStorage<Heard>): Flows {
  const listening = HEARD.map((method): [Method, (...all: unknown[]) => Promise<{ ok: boolean }>] => [
    method,
    async (...all) => {
      const ask = flows[method] as (...all: unknown[]) => Promise<{ ok: boolean }>;
      const answer = await ask(...all);
      const request = all[0] as PlanRequest;
      hearing.getStore()?.asked.push({ method, request, ok: answer.ok });
      return answer;
    },
  ]);
  return { ...flows, ...(Object.fromEntries(listening) as Pick<Flows, Method>) };
}

/** Slack's Web API, as far as a person's requests need it: it remembers the dialog, and answers nobody while it is away. */
function connection(answers: () => boolean, hearing: AsyncLocalStorage<Heard>): SlackConnection {
  const show = async ({ view }: { view: ModalView }) => {
    if (!answers()) throw new Error('Slack does not answer');
    const store = hearing.getStore();
    if (store) store.view = view;
    return { ok: true, view: { id: 'V0DIALOG' } };
  };
  const say = async () => ({ ok: true });
  const client = {
    views: { open: show, update: show },
    chat: { postEphemeral: say, postMessage: say },
  } as unknown as SlackConnection['client'];
  return {
    client,
    times: { callMs: 1_000, askAgainMs: 1_000 },
    start: async () => {},
    stop: () => {},
    ready: () => true,
    identity: () => ({
      team: TEAM,
      teamUrl: 'https://shop.slack.com/',
      botUser: 'U0GUARDIA',
      botId: 'B0GUARDIA',
      enterprise: null,
    }),
    permalink: (channel, ts) => `https://shop.slack.com/archives/${channel}/p${ts}`,
    tokenRefused: () => {},
  };
}
