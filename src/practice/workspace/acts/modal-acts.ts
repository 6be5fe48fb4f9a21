import type { CastPerson } from '../cast.ts';
import type { Workspace } from '../context.ts';
import type { Json } from '../json.ts';
import { asObject, asText } from '../json.ts';
import { isRefusal, viewOf } from '../refusals.ts';
import type { StoredView } from '../state.ts';
import { viewClosed, viewSubmission } from '../to-bot/payloads.ts';
import type { Values } from '../views.ts';
import * as views from '../views.ts';
import type { Acted } from './acts.ts';
import { interact, refused, told } from './acts.ts';

/** A person submits a modal; what the bot acknowledges with decides what becomes of it. */
export async function submit(ws: Workspace, person: CastPerson, id: string, entered: Values): Promise<Acted> {
  const view = views.modalsOf(ws, person.id).find((open) => open.id === id);
  if (view === undefined) return refused('view_not_found');
  const values = views.valuesOf(view, entered);
  const missing = views.missingInputs(view, values);
  if (Object.keys(missing).length > 0) return showErrors(ws, view, missing);
  const acted = await interact(ws, person, viewSubmission(ws, person, view, values));
  return acted.ok ? followAck(ws, person, view, acted) : acted;
}

function showErrors(ws: Workspace, view: StoredView, errors: Record<string, string>): Acted {
  view.errors = errors;
  views.viewChanged(ws, view);
  return { ok: false, error: 'invalid_input', errors };
}

function followAck(ws: Workspace, person: CastPerson, view: StoredView, acted: Acted): Acted {
  const ack = asObject(acted.reply?.json);
  switch (asText(ack.response_action)) {
    case '':
      close(ws, view);
      return acted;
    case 'clear':
      views.setModals(ws, person.id, []);
      return acted;
    case 'errors':
      return followErrors(ws, person, view, ack, acted);
    case 'update':
    case 'push':
      return followView(ws, person, view, ack, acted);
    default:
      return trouble(ws, person, 'its response_action is unknown', acted);
  }
}

function followErrors(ws: Workspace, person: CastPerson, view: StoredView, ack: Json, acted: Acted): Acted {
  const errors = asObject(ack.errors) as Record<string, string>;
  const inputs = new Set(views.inputsOf(view).map(({ block }) => asText(block.block_id)));
  const unknown = Object.keys(errors).filter((block) => !inputs.has(block));
  if (unknown.length > 0)
    return trouble(ws, person, `its errors name no input block: ${unknown.join(', ')}`, acted);
  return { ...showErrors(ws, view, errors), reply: acted.reply };
}

function followView(ws: Workspace, person: CastPerson, view: StoredView, ack: Json, acted: Acted): Acted {
  const given = viewOf(ws, ack.view, 'modal');
  if (isRefusal(given)) return trouble(ws, person, (given.errors ?? [given.error]).join('; '), acted);
  if (ack.response_action === 'update') {
    Object.assign(view, views.contentOf(ws, given));
    views.viewChanged(ws, view);
    return acted;
  }
  const open = views.modalsOf(ws, person.id);
  if (open.length >= views.MODAL_STACK) return trouble(ws, person, 'push_limit_reached', acted);
  views.setModals(ws, person.id, [...open, views.createView(ws, given, person.id, view)]);
  return acted;
}

function trouble(ws: Workspace, person: CastPerson, why: string, acted: Acted): Acted {
  return told(
    ws,
    person,
    `We had some trouble connecting. Try again? (${why})`,
    'invalid_response',
    acted.reply,
  );
}

/** Takes a modal and what lies on it off the stack. */
function close(ws: Workspace, view: StoredView): void {
  const open = views.modalsOf(ws, view.user);
  const index = open.indexOf(view);
  if (index >= 0) views.setModals(ws, view.user, open.slice(0, index));
}

/** A person closes a modal; the bot hears of it where the view asked for that. */
export async function closeModal(ws: Workspace, person: CastPerson, id: string): Promise<Acted> {
  const view = views.modalsOf(ws, person.id).find((open) => open.id === id);
  if (view === undefined) return refused('view_not_found');
  if (view.clear_on_close) views.setModals(ws, person.id, []);
  else close(ws, view);
  if (!view.notify_on_close) return { ok: true };
  return interact(ws, person, viewClosed(ws, person, view, view.clear_on_close));
}
