import type { Acted } from '../acts/acts.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Change } from '../journal.ts';
import { messageView, viewView } from '../page-server/page-views.ts';
import type { MessageView, ViewView } from '../protocol.ts';
import { modalsOf } from '../views.ts';
import { plainText } from './elements.ts';
import type { Driver, Got } from './types.ts';

/** What a person got from an act that began at a revision of the journal. */
export function createGot(
  ws: Workspace,
  user: string,
  from: number,
  { reply, ...answer }: Acted,
  waitFor: Driver['waitFor'],
): Got {
  const since = () => (ws.journal.since(from) ?? []).map(({ change }) => change);
  const ephemerals = () => ephemeralsIn(ws, user, since());
  const notices = () => noticesIn(user, since());
  const view = () => topModal(ws, user, since());
  const waiting = (what: string, says?: string | RegExp) => ({
    what: `${what} for ${personOf(ws, user)?.name}${says === undefined ? '' : ` that says ${says}`}`,
  });
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
      waitFor(
        () => ephemerals().find((one) => matches(plainText(one), says)),
        waiting('an ephemeral message', says),
      ),
    opened: (says) =>
      waitFor(() => [view()].find((one) => one && matches(wholeText(one), says)), waiting('a modal', says)),
    noticed: (says) =>
      waitFor(() => notices().find((text) => matches(text, says)), waiting('a notice', says)),
  };
}

function ephemeralsIn(ws: Workspace, user: string, changes: Change[]): MessageView[] {
  return changes.flatMap((change) =>
    change.type === 'message' && change.message.onlyFor === user ? [messageView(ws, change.message)] : [],
  );
}

function noticesIn(user: string, changes: Change[]): string[] {
  return changes.flatMap((change) => (change.type === 'notice' && change.user === user ? [change.text] : []));
}

function topModal(ws: Workspace, user: string, changes: Change[]): ViewView | undefined {
  const changed = changes.some((change) => change.type === 'modals' && change.user === user);
  const top = modalsOf(ws, user).at(-1);
  return changed && top !== undefined ? viewView(top) : undefined;
}

function wholeText(view: ViewView): string {
  return `${view.title}\n${plainText(view)}`;
}

function matches(text: string, says: string | RegExp = ''): boolean {
  return typeof says === 'string' ? text.includes(says) : says.test(text);
}
