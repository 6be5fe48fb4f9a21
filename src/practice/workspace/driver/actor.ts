import * as acts from '../acts/acts.ts';
import { closeModal, submit } from '../acts/modal-acts.ts';
import type { CastPerson } from '../cast.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { ActSource } from '../protocol.ts';
import { actionOf, enteredValues, findElement } from './elements.ts';
import { createGot } from './got.ts';
import type { Actor, Driver, Got } from './types.ts';

/** One person, to be played by a test. */
export function createActor(ws: Workspace, user: string, waitFor: Driver['waitFor']): Actor {
  const person = personOf(ws, user);
  if (person === undefined) throw new Error(`There is no person ${user} in this workspace`);
  async function doing(act: () => Promise<acts.Acted> | acts.Acted): Promise<Got> {
    const from = ws.journal.revision();
    return createGot(ws, user, from, await act(), waitFor);
  }
  const inMessage = (channel: string, ts: string): ActSource => ({ message: { channel, ts } });
  return {
    command: (channel, line) => doing(() => acts.say(ws, person, { channel }, line)),
    say: (channel, text, thread) => doing(() => acts.say(ws, person, { channel, thread_ts: thread }, text)),
    click: async (channel, ts, element, extra) =>
      doing(use(ws, person, inMessage(channel, ts), element, extra)),
    clickIn: async (view, element, extra, values) => doing(use(ws, person, { view }, element, extra, values)),
    async submit(view, values = {}) {
      const entered = enteredValues(blocksAt(ws, person, { view }), values);
      return doing(() => submit(ws, person, view, entered));
    },
    close: (view) => doing(() => closeModal(ws, person, view)),
    async suggest(where, element, value) {
      const source = 'view' in where ? where : inMessage(where.channel, where.ts);
      const { action_id, block_id } = actionOf(findElement(blocksAt(ws, person, source), element), {});
      const asked = { action_id: String(action_id), block_id: String(block_id), value };
      return doing(() => acts.suggest(ws, person, source, asked));
    },
    shortcut: (callback, channel, ts) => doing(() => acts.shortcut(ws, person, callback, { channel, ts })),
    openHome: () => doing(() => acts.openHome(ws, person)),
  };
}

/** The blocks of what a person acts on; throws where they cannot see it. */
function blocksAt(ws: Workspace, person: CastPerson, source: ActSource): readonly unknown[] {
  const found = acts.findSource(ws, person, source);
  if (found === undefined) throw new Error(`${person.name} sees no such thing: ${JSON.stringify(source)}`);
  return ('view' in found ? found.view.blocks : found.message.blocks) ?? [];
}

function use(
  ws: Workspace,
  person: CastPerson,
  source: ActSource,
  ...[element, extra = {}, values]: [
    string,
    Parameters<Actor['clickIn']>[2]?,
    Parameters<Actor['clickIn']>[3]?,
  ]
): () => Promise<acts.Acted> {
  const blocks = blocksAt(ws, person, source);
  const action = actionOf(findElement(blocks, element), extra);
  const entered = values && enteredValues(blocks, values);
  return () => acts.blockAction(ws, person, source, action, entered);
}
