import * as acts from './acts.ts';
import { findChannel } from './channels.ts';
import type { Workspace } from './context.ts';
import { personOf } from './context.ts';
import { createChanges } from './driver-changes.ts';
import { describeWorkspace } from './driver-description.ts';
import type { Entry as Entered } from './driver-elements.ts';
import { actionOf, enteredValues, findElement, plainText } from './driver-elements.ts';
import type { Actor, Driver, Got, Seen, Waiting } from './driver-types.ts';
import type { Change } from './journal.ts';
import type { Json } from './json.ts';
import { closeModal, submit } from './modal-acts.ts';
import { messageView, sees, viewView } from './page-views.ts';
import type { ActSource } from './protocol.ts';
import { modalsOf } from './views.ts';

const PATIENCE_MS = 5_000;

export function createDriver(ws: Workspace): Driver {
  const seen = createSeen(ws);
  const waitFor: Driver['waitFor'] = (predicate, options) => wait(ws, seen, predicate, options);
  return {
    ...seen,
    waitFor,
    as: (user) => createActor(ws, user, waitFor),
    send: (body, headers = {}) =>
      ws.sender.raw('raw', body, { 'content-type': 'application/x-www-form-urlencoded', ...headers }),
    verifyUrl: () =>
      ws.sender.json('url_verification', {
        type: 'url_verification',
        token: 'practice',
        challenge: 'practice',
      }),
    change: createChanges(ws),
  };
}

function createSeen(ws: Workspace): Seen {
  const notices = new Map<string, string[]>();
  ws.journal.listen(({ change }) => {
    if (change.type === 'notice')
      notices.set(change.user, [...(notices.get(change.user) ?? []), change.text]);
  });
  const stored = (channel: string) => ws.state.messages.get(findChannel(ws, channel)?.id ?? channel) ?? [];
  return {
    messages: (channel, thread) =>
      stored(channel)
        .filter((message) => message.onlyFor === undefined)
        .filter((message) =>
          thread === undefined ? message.thread_ts === undefined : inThread(message, thread),
        )
        .map((message) => messageView(ws, message)),
    ephemerals: (user) =>
      [...ws.state.messages.values()]
        .flat()
        .filter((message) => message.onlyFor === user)
        .map((message) => messageView(ws, message)),
    modals: (user) => modalsOf(ws, user).map(viewView),
    home: (user) => {
      const home = ws.state.homes.get(user);
      return home && viewView(home);
    },
    notices: (user) => notices.get(user) ?? [],
    calls: (method) => ws.state.calls.filter((call) => method === undefined || call.method === method).length,
    callLog: (method) => ws.state.calls.filter((call) => method === undefined || call.method === method),
    sent: (kind) => ws.state.sent.filter((request) => kind === undefined || request.kind === kind),
  };
}

function inThread(message: { ts: string; thread_ts?: string }, thread: string): boolean {
  return message.ts === thread || message.thread_ts === thread;
}

function wait<T>(
  ws: Workspace,
  seen: Seen,
  predicate: (seen: Seen) => T | undefined | null | false,
  { what, timeoutMs = PATIENCE_MS }: Waiting,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const timer = setTimeout(() => {
      unlisten();
      const waited = `Waited ${Date.now() - started} ms for ${what}, in vain.`;
      reject(new Error(`${waited} What there was instead:\n${describeWorkspace(ws, seen)}`));
    }, timeoutMs);
    function look(): void {
      try {
        const found = predicate(seen);
        if (found === undefined || found === null || found === false) return;
        resolve(found as T);
      } catch (error) {
        reject(error);
      }
      clearTimeout(timer);
      unlisten();
    }
    const unlisten = ws.journal.listen(look);
    look();
  });
}

function createActor(ws: Workspace, user: string, waitFor: Driver['waitFor']): Actor {
  const person = personOf(ws, user);
  if (person === undefined) throw new Error(`There is no person ${user} in this workspace`);
  const who = person;
  async function doing(act: () => Promise<acts.Acted> | acts.Acted): Promise<Got> {
    const from = ws.journal.revision();
    return asGot(ws, user, from, await act(), waitFor);
  }
  function blocksAt(source: ActSource): readonly unknown[] {
    const found = acts.findSource(ws, who, source);
    if (found === undefined) throw new Error(`${who.name} sees no such thing: ${JSON.stringify(source)}`);
    return ('view' in found ? found.view.blocks : found.message.blocks) ?? [];
  }
  function use(
    source: ActSource,
    element: string,
    extra: Json,
    values?: Record<string, Entered>,
  ): Promise<Got> {
    const blocks = blocksAt(source);
    const action = actionOf(findElement(blocks, element), extra);
    const entered = values && enteredValues(blocks, values);
    return doing(() => acts.blockAction(ws, who, source, action, entered));
  }
  return {
    command: (channel, line) => doing(() => acts.say(ws, who, { channel }, line)),
    say: (channel, text, thread) => doing(() => acts.say(ws, who, { channel, thread_ts: thread }, text)),
    click: (channel, ts, element, extra = {}) => use({ message: { channel, ts } }, element, extra),
    clickIn: (view, element, extra = {}, values) => use({ view }, element, extra, values),
    submit: (view, values = {}) =>
      doing(() => submit(ws, who, view, enteredValues(blocksAt({ view }), values))),
    close: (view) => doing(() => closeModal(ws, who, view)),
    suggest(where, element, value) {
      const source: ActSource = 'view' in where ? where : { message: where };
      const { action_id, block_id } = actionOf(findElement(blocksAt(source), element), {});
      const asked = { action_id: String(action_id), block_id: String(block_id), value };
      return doing(() => acts.suggest(ws, who, source, asked));
    },
    shortcut: (callbackId, channel, ts) => doing(() => acts.shortcut(ws, who, callbackId, { channel, ts })),
    openHome: () => doing(() => acts.openHome(ws, who)),
  };
}

function asGot(
  ws: Workspace,
  user: string,
  from: number,
  acted: acts.Acted,
  waitFor: Driver['waitFor'],
): Got {
  const { reply, ...answer } = acted;
  const since = (): Change[] => (ws.journal.since(from) ?? []).map(({ change }) => change);
  const ephemerals = () =>
    since().flatMap((change) =>
      change.type === 'message' && change.message.onlyFor === user && sees(ws, user, change.message)
        ? [messageView(ws, change.message)]
        : [],
    );
  const notices = () =>
    since().flatMap((change) => (change.type === 'notice' && change.user === user ? [change.text] : []));
  const view = () => {
    const changed = since().some((change) => change.type === 'modals' && change.user === user);
    const top = modalsOf(ws, user).at(-1);
    return changed && top !== undefined ? viewView(top) : undefined;
  };
  const whose = personOf(ws, user)?.name ?? user;
  return {
    ...answer,
    status: reply?.status,
    ack: reply?.json ?? reply?.body,
    get ephemerals() {
      return ephemerals();
    },
    get notices() {
      return notices();
    },
    get view() {
      return view();
    },
    ephemeral: (says) =>
      waitFor(() => ephemerals().find((message) => matches(plainText(message), says)), {
        what: `an ephemeral message to ${whose}${saying(says)}`,
      }),
    opened: (says) =>
      waitFor(() => [view()].find((modal) => modal && matches(`${modal.title}\n${plainText(modal)}`, says)), {
        what: `a modal of ${whose}${saying(says)}`,
      }),
    noticed: (says) =>
      waitFor(() => notices().find((text) => matches(text, says)), {
        what: `a notice to ${whose}${saying(says)}`,
      }),
  };
}

function matches(text: string, says: string | RegExp = ''): boolean {
  return typeof says === 'string' ? text.includes(says) : says.test(text);
}

function saying(says: string | RegExp | undefined): string {
  return says === undefined ? '' : ` that says ${says}`;
}
