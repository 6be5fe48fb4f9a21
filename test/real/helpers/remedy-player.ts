import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { plainText } from '../../../src/practice/workspace/driver/elements.ts';
import type { Driver, Seen } from '../../../src/practice/workspace/driver/types.ts';
import type { MessageView } from '../../../src/practice/workspace/protocol.ts';
import type { RemedyBot } from './remedy-bot.ts';

const [NOOR, SAM] = ['U0NOOR', 'U0SAM'];
const PATIENCE_MS = 60_000;
const COMMANDS = join(import.meta.dirname, '../../../commands');

/** One remedy as people use it. */
export interface Remedy {
  /** `denis/redis-down` */
  runbook: string;
  action: string;
  /** What goes wrong; resolves when it has. */
  fault(): Promise<unknown>;
  /** Values of the runbook's parameters, as one types them. */
  given?: Readonly<Record<string, string>>;
  /** The first line of the alert by which it is found; without it somebody types `/diagnose`. */
  alert?: RegExp;
  /** What the diagnosis has to say. */
  diagnosis: RegExp;
  /** It is destructive: what the request for approval has to say, after which a second person approves it. */
  approval?: RegExp;
  /** What the message says when it has run. */
  done: RegExp;
  /** Its checks, before and after; without them it has none. */
  healed?: RegExp;
}

export interface RemedyPlayer {
  /** Types `/diagnose`, and gives what the finished diagnosis says. */
  diagnose(runbook: string, says: RegExp): Promise<string>;
  /** Sees what is wrong, presses the button that heals it, and sees it healed. */
  heal(remedy: Remedy): Promise<void>;
}

export function createRemedyPlayer({
  driver,
  channelOf,
}: Pick<RemedyBot, 'driver' | 'channelOf'>): RemedyPlayer {
  return {
    async diagnose(runbook, says) {
      const scene = sceneOf(driver, channelOf(serviceOf(runbook)), runbook);
      await driver.as(NOOR).command(scene.channel, `/diagnose ${runbook}`);
      const told = await scene.waits(`a diagnosis that says ${says}`, (all) =>
        saying(
          all.filter((one) => offers(one, 'diagnose')),
          says,
          VERDICT,
        ),
      );
      return plainText(told);
    },
    async heal(remedy) {
      const { runbook, action, alert, diagnosis, approval, done, healed } = remedy;
      const scene = sceneOf(driver, channelOf(serviceOf(runbook)), `${runbook} ${action}`);
      await remedy.fault();
      if (alert) await scene.waits(`the alert ${alert}`, (all) => saying(all, alert));
      else await driver.as(NOOR).command(scene.channel, `/diagnose ${runbook}${typed(remedy)}`);
      await scene.waits(`a diagnosis that says ${diagnosis}`, (all) => saying(all, diagnosis, VERDICT));
      await press(scene, remedy);
      if (approval) await approve(scene, approval);
      await scene.waits(`it to be done, saying ${done}`, (all) => {
        const wrong = all.find(({ text }) => WRONG.test(text));
        if (wrong) throw new Error(plainText(wrong));
        return saying(all, done, DONE);
      });
      if (healed) await scene.waits(`the proof ${healed}`, (all) => saying(all, healed, /^✅ Healed/));
    },
  };
}

/** What stands in a channel and in its threads since a moment. */
interface Scene {
  driver: Driver;
  channel: string;
  fresh(seen: Seen): MessageView[];
  waits(what: string, look: (fresh: MessageView[]) => MessageView | undefined): Promise<MessageView>;
}

function sceneOf(driver: Driver, channel: string, who: string): Scene {
  const told = (seen: Seen) =>
    seen
      .messages(channel)
      .flatMap((root) => [root, ...seen.messages(channel, root.ts).filter(({ ts }) => ts !== root.ts)]);
  const known = new Set(told(driver).map(({ ts }) => ts));
  const fresh = (seen: Seen) => told(seen).filter(({ ts }) => !known.has(ts));
  return {
    ...{ driver, channel, fresh },
    waits: (what, look) =>
      driver.waitFor((seen) => look(fresh(seen)), { what: `${what} (${who})`, timeoutMs: PATIENCE_MS }),
  };
}

/** The button, where the diagnosis offers it; else the command that anybody may type, which asks once more. */
async function press({ driver, channel, fresh }: Scene, remedy: Remedy): Promise<void> {
  const { runbook, action } = remedy;
  const [element, risk] = [`remediate:${action}`, riskOf(remedy)];
  const at = fresh(driver).findLast((message) => offers(message, element));
  const noor = driver.as(NOOR);
  const got = at
    ? await noor.click(channel, at.ts, element)
    : await noor.command(channel, `/remediate ${runbook} ${action}${typed(remedy)}`);
  if (risk === 'safe' || (at && risk === 'disruptive')) return;
  const { id } = await got.opened();
  await noor.submit(id, risk === 'destructive' ? { reason: 'the scene needs it' } : {});
}

/** By a second person, and not by whoever asked. */
async function approve({ driver, channel, waits }: Scene, says: RegExp): Promise<void> {
  const request = await waits(`a request that says ${says}`, (all) =>
    saying(all, says, /^🔶 Waiting for approval/),
  );
  const own = await driver.as(NOOR).click(channel, request.ts, 'approve');
  await own.ephemeral(/somebody else/).catch(() => own.opened(/somebody else/));
  const dialog = await (await driver.as(SAM).click(channel, request.ts, 'approve')).opened(/Made anew/);
  await driver.as(SAM).submit(dialog.id);
}

const VERDICT = /^(❌ Failing|⚠️ Warning|❔ Unknown|✅ Healthy) · /;
const DONE = /^(✅ Done|⏳ Ran)/;
const WRONG = /^(❌ Failed|❔ Unknown · .*its end|⚪ Void|⌛ Expired|⚠️ Done, but not healed)/;

function saying(messages: readonly MessageView[], text: RegExp, first?: RegExp): MessageView | undefined {
  return messages.findLast(
    (message) => (first?.test(message.text) ?? true) && text.test(`${message.text}\n${plainText(message)}`),
  );
}

function offers(message: MessageView, element: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"action_id":"${element}"`);
}

function serviceOf(runbook: string): string {
  return runbook.split('/')[0] ?? '';
}

function riskOf({ runbook, action }: Remedy): 'safe' | 'disruptive' | 'destructive' {
  return parse(readFileSync(join(COMMANDS, `${runbook}.yml`), 'utf8')).actions[action].risk;
}

function typed({ given = {} }: Remedy): string {
  return Object.entries(given)
    .map(([name, value]) => ` ${name}=${value}`)
    .join('');
}
