import type { Runbook, Service } from '../../../src/catalogue/catalogue.ts';
import { parametersFromLabels } from '../../../src/catalogue/parameters.ts';
import { policyFor } from '../../../src/catalogue/policy.ts';
import type { Policy } from '../../../src/catalogue/schema-service.ts';
import { inTitle } from '../../../src/catalogue/titles.ts';
import { plainText } from '../../../src/practice/workspace/driver/elements.ts';
import type { Driver, Seen } from '../../../src/practice/workspace/driver/types.ts';
import type { MessageView } from '../../../src/practice/workspace/protocol.ts';

/** A drill that somebody plays from its beginning to its end. */
export interface Play {
  service: Service;
  runbook: Runbook;
  drill: string;
}

const [NOOR, SAM, INES] = ['U0NOOR', 'U0SAM', 'U0INES'];
const PATIENCE_MS = 90_000;

/** Plays one drill as people would: reads the diagnosis, presses the buttons that end it, and sees the alert end. */
export function createPlayer(
  driver: Driver,
  board: { start(id: string): Promise<void>; stop(id: string): Promise<void> },
) {
  async function waits<T>(what: string, look: (seen: Seen) => T | undefined | null | false): Promise<T> {
    return driver.waitFor(look, { what, timeoutMs: PATIENCE_MS });
  }

  return async function play({ service, runbook, drill: name }: Play): Promise<string> {
    const drill = runbook.drills[name];
    if (!drill) throw new Error(`there is no drill ${name}`);
    const id = `${service.name}/${runbook.name}/${name}`;
    const { channel } = service;
    const before = new Set(driver.messages(channel).map(({ ts }) => ts));
    await board.start(id);
    const root = await waits(`the first message of ${id}`, (seen) =>
      seen.messages(channel).find(({ ts, user }) => !before.has(ts) && user === 'U0GUARDIA'),
    );
    const thread = (seen: Seen) => seen.messages(channel, root.ts);
    const verdict = await waits(`the diagnosis of ${id}`, (seen) =>
      thread(seen)
        .slice(1)
        .find(({ text }) => SIGNS.test(text)),
    );
    for (const action of drill['ends-with'] ?? []) await run(action);
    if (!drill['ends-with']) await board.stop(id);
    if (drill.alert) {
      await waits(`the end of ${id}`, (seen) => /^🟢 Resolved/.test(head(seen)?.text ?? ''));
    }
    return verdict.text;

    function head(seen: Seen): MessageView | undefined {
      return seen.messages(channel).find(({ ts }) => ts === root.ts);
    }

    async function run(action: string): Promise<void> {
      const wanted = runbook.actions.find((one) => one.name === action);
      const { parameters } = parametersFromLabels(runbook, { labels: drill?.alert?.labels ?? {} });
      const title = inTitle(wanted?.title ?? action, parameters);
      const policy = wanted && policyFor(service, wanted);
      const there = policy?.channel ? driver.messages(policy.channel) : [];
      const known = new Set([...thread(driver), ...there].map(({ ts }) => ts));
      await press(action, title, known);
      if (policy) await approve(title, policy, known);
      await doByHand(title, known);
      await waits(`${action} of ${id} to be done`, (seen) => ended(seen, title, known));
      await waits(`the proof of ${action} of ${id}`, (seen) => settled(seen, known));
    }

    /** The button, where it is offered; else the command that anybody may type. Answers whatever is asked before it starts. */
    async function press(action: string, title: string, known: ReadonlySet<string>): Promise<void> {
      const element = `remediate:${action}`;
      const at =
        [...thread(driver)].reverse().find((message) => has(message, element)) ??
        (has(root, element) ? root : undefined);
      const got = at
        ? await driver.as(NOOR).click(channel, at.ts, element)
        : await driver.as(NOOR).command(channel, `/remediate ${service.name}/${runbook.name} ${action}`);
      const begun = (seen: Seen) =>
        everything(seen).some(({ ts, text }) => !known.has(ts) && text.includes(title)) && 'begun';
      const dialog = await waits(`${action} of ${id} to ask, or to begin`, (seen) =>
        got.view && plainText(got.view).includes('Risk') ? got.view : begun(seen),
      );
      if (dialog === 'begun') return;
      const asksWhy = elementsIn(dialog.blocks).some(({ type }) => type === 'plain_text_input');
      await driver.as(NOOR).submit(dialog.id, asksWhy ? { reason: `the drill ${name}` } : {});
    }

    /** As many of them as the request wants, where it stands. */
    async function approve(title: string, policy: Policy, known: ReadonlySet<string>): Promise<void> {
      const { votes, channel: there = channel } = policy;
      const request = await waits(`the request for ${title}`, (seen) =>
        [...everything(seen), ...seen.messages(there)].find(
          (one) =>
            !known.has(one.ts) && one.text.startsWith('🔶 Waiting for approval') && has(one, 'approve'),
        ),
      );
      for (const person of [SAM, INES].slice(0, votes)) {
        const dialog = await (await driver.as(person).click(there, request.ts, 'approve')).opened(
          /Made anew/,
        );
        await driver.as(person).submit(dialog.id);
      }
    }

    /** Every manual step, until the action has ended. */
    async function doByHand(title: string, known: ReadonlySet<string>): Promise<void> {
      const done = new Set<string>();
      for (;;) {
        const next = await waits(`${title} to end, or to wait for a person`, (seen) => {
          if (ended(seen, title, known)) return 'over';
          return everything(seen)
            .flatMap((one) => handsOf(one))
            .find((hand) => !done.has(hand.element + hand.value));
        });
        if (next === 'over') return;
        done.add(next.element + next.value);
        await driver.as(NOOR).click(channel, next.ts, next.element);
      }
    }

    function ended(seen: Seen, title: string, known: ReadonlySet<string>): MessageView | undefined {
      const mine = everything(seen).filter((one) => !known.has(one.ts));
      const failed = mine.find(
        ({ text }) => /^(❌ Failed|❔ Unknown|⚪ Void|⌛ Expired)/.test(text) && text.includes(title),
      );
      if (failed) throw new Error(`${id}: ${failed.text}`);
      return mine.find(({ text }) => /^✅ Done/.test(text) && text.includes(title));
    }

    /** Before and after, where the action has checks to be seen by. */
    function settled(seen: Seen, known: ReadonlySet<string>): boolean {
      return !everything(seen).some((one) => !known.has(one.ts) && /^⏳ Ran, checking/.test(one.text));
    }

    /** The alert's thread, and the threads of what was typed since. */
    function everything(seen: Seen): MessageView[] {
      const roots = seen.messages(channel).filter(({ ts }) => !before.has(ts) && ts !== root.ts);
      return [...thread(seen), ...roots.flatMap(({ ts }) => seen.messages(channel, ts))];
    }
  };
}

const SIGNS = /^(❌ Failing|⚠️ Warning|❔ Unknown|✅ Healthy) · /;

function has(message: MessageView, element: string): boolean {
  return JSON.stringify(message.blocks ?? []).includes(`"action_id":"${element}"`);
}

interface Hand {
  ts: string;
  element: string;
  value: string;
}

function handsOf(message: MessageView): Hand[] {
  return elementsIn(message.blocks).flatMap(({ action_id: element, value }) =>
    typeof element === 'string' && typeof value === 'string' && element.startsWith('hand-done:')
      ? [{ ts: message.ts, element, value }]
      : [],
  );
}

/** Everything in a message's blocks that has an action id. */
function elementsIn(value: unknown): Record<string, unknown>[] {
  if (value === null || typeof value !== 'object') return [];
  const inner = Object.values(value).flatMap(elementsIn);
  return 'action_id' in value ? [value as Record<string, unknown>, ...inner] : inner;
}
