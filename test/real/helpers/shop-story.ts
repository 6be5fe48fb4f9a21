import { expect } from '@jest/globals';
import type { Selectable } from 'kysely';
import { firstBreak } from '../../../src/audit/chain.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { plainText } from '../../../src/practice/workspace/driver/elements.ts';
import type { MessageView } from '../../../src/practice/workspace/protocol.ts';
import { auditEntries } from '../../../src/store/audit.ts';
import type { Tables } from '../../../src/store/schema.ts';
import { CHANNEL, PATIENCE_MS, type Scene, SECRETS } from './shop-scene.ts';

/** One alert of the shop, in a lane of its own so that no other story is in its way, and what people do about it. */
export interface Story {
  lane: string;
  /** Alertmanager calls; answers the webhook's status. */
  fire(): Promise<number>;
  /** The alert's own message, once it says so. */
  alert(text?: RegExp): Promise<MessageView>;
  /** First messages of its threads. */
  alerts(): MessageView[];
  /** A message in the alert's thread, once one says so, and is so. */
  reply(text: RegExp, isSo?: (message: MessageView) => boolean): Promise<MessageView>;
  replies(): MessageView[];
  /** The on-call engineer asks for an action by its button; answers the request for approval. */
  ask(action: 'Purge' | 'Close and purge'): Promise<MessageView>;
  /** A second person approves. */
  approve(request: MessageView): Promise<void>;
  /** Somebody uses a button on a message. */
  click(on: MessageView, button: string): Promise<void>;
  /** The plan that is stored for it. */
  plan(): Promise<Selectable<Tables['plan']> | undefined>;
  /** What the record says of that plan. */
  events(): Promise<string[]>;
  /** How often its purge, its closing or its restart was asked for. */
  ran(what?: 'purge' | 'close' | 'restart'): number;
}

export function tell(scene: Scene, lane: string): Story {
  const { driver } = scene;
  const alerts = () =>
    driver.messages(CHANNEL).filter((message) => plainText(message).includes(`lane=${lane}`));
  const replies = () => alerts().flatMap((root) => driver.messages(CHANNEL, root.ts).slice(1));
  const find = (what: string, messages: () => MessageView[], text: RegExp, isSo = (_: MessageView) => true) =>
    driver.waitFor(() => messages().find((message) => text.test(plainText(message)) && isSo(message)), {
      what: `${what} of ${lane} that says ${text}`,
      timeoutMs: PATIENCE_MS,
    });
  const story: Story = {
    lane,
    fire: async () => fire(await scene.bot.up, lane),
    alert: (text = /Failing/) => find('an alert', alerts, text),
    alerts,
    reply: (text, isSo) => find('a reply', replies, text, isSo),
    replies,
    async ask(action) {
      const noor = driver.as('U0NOOR');
      const alert = await story.alert(new RegExp(`^${action} ${lane}$`, 'm'));
      const dialog = await (await noor.click(CHANNEL, alert.ts, `${action} ${lane}`)).opened(/Why/);
      await noor.submit(dialog.id, { reason: 'duplicates of a replay' });
      return story.reply(new RegExp(`Waiting for approval · ${action}`));
    },
    async approve(request) {
      const sam = driver.as('U0SAM');
      const dialog = await (await sam.click(CHANNEL, request.ts, 'Approve')).opened(/Made anew/);
      const answer = await sam.submit(dialog.id);
      if (!answer.ok) throw new Error(`the approval was not taken: ${answer.error}`);
    },
    async click(on, button) {
      const answer = await driver.as('U0NOOR').click(CHANNEL, on.ts, button);
      if (!answer.ok) throw new Error(`${button} was not taken: ${answer.error}`);
    },
    async plan() {
      const plans = await scene.database.db.selectFrom('plan').selectAll().execute();
      return plans.find((plan) => (plan.frozen as Plan).parameters.lane === lane);
    },
    async events() {
      const entries = await auditEntries(scene.database.db, 0, 100_000);
      expect(firstBreak(entries)).toBeNull();
      const id = (await story.plan())?.id;
      return entries.filter((entry) => entry.plan === id).map(({ event }) => event);
    },
    ran: (what = 'purge') => scene.shop.count(`POST /${what}/${lane}`),
  };
  return story;
}

async function fire(botUrl: string, lane: string): Promise<number> {
  const labels = { alertname: 'OrdersStuck', severity: 'critical', lane };
  const alert = { status: 'firing', labels, startsAt: new Date().toISOString(), fingerprint: lane };
  const group = { groupKey: `{}:{lane="${lane}"}`, status: 'firing', receiver: 'guardia', version: '4' };
  const answer = await fetch(`${botUrl}/alerts/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.webhook}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...group, groupLabels: labels, commonLabels: labels, alerts: [alert] }),
  });
  await answer.text();
  return answer.status;
}
