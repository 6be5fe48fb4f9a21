import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Json } from '../json.ts';
import { asText } from '../json.ts';
import type { Refusal } from '../refusals.ts';
import { isRefusal, refuse, viewOf } from '../refusals.ts';
import type { StoredView } from '../state.ts';
import { spendTrigger } from '../triggers.ts';
import * as views from '../views.ts';
import type { Answer, Method } from './method.ts';

function shown(ws: Workspace, view: StoredView): Answer {
  return { ok: true, view: views.viewJson(ws, view) };
}

/** A modal's view and the trigger that opens it, both checked; the trigger is spent last. */
function opening(ws: Workspace, args: Json): { user: string; under?: string; given: Json } | Refusal {
  const given = viewOf(ws, args.view, 'modal');
  if (isRefusal(given)) return given;
  const external = asText(given.external_id);
  if (external !== '' && views.findView(ws, (view) => view.external_id === external)) {
    return refuse('duplicate_external_id');
  }
  const trigger = spendTrigger(ws, asText(args.trigger_id));
  return typeof trigger === 'string' ? refuse(trigger) : { user: trigger.user, under: trigger.view, given };
}

const open: Method = (ws, args) => {
  const opened = opening(ws, args);
  if (isRefusal(opened)) return opened;
  const view = views.createView(ws, opened.given, opened.user);
  views.setModals(ws, opened.user, [view]);
  return shown(ws, view);
};

const push: Method = (ws, args) => {
  const opened = opening(ws, args);
  if (isRefusal(opened)) return opened;
  const stack = views.modalsOf(ws, opened.user);
  const below = stack.at(-1);
  if (below === undefined || !stack.some((view) => view.id === opened.under)) return refuse('not_found');
  if (stack.length >= views.MODAL_STACK) return refuse('push_limit_reached');
  const view = views.createView(ws, opened.given, opened.user, below);
  views.setModals(ws, opened.user, [...stack, view]);
  return shown(ws, view);
};

function conflict(view: StoredView, args: Json): boolean {
  return args.hash !== undefined && asText(args.hash) !== '' && asText(args.hash) !== view.hash;
}

const update: Method = (ws, args) => {
  const id = asText(args.view_id);
  const external = asText(args.external_id);
  const view = views.findView(ws, (known) => (id === '' ? known.external_id === external : known.id === id));
  if (view === undefined || (id === '' && external === '')) return refuse('not_found');
  if (conflict(view, args)) return refuse('hash_conflict');
  const given = viewOf(ws, args.view, view.type);
  if (isRefusal(given)) return given;
  Object.assign(view, views.contentOf(ws, given));
  views.viewChanged(ws, view);
  return shown(ws, view);
};

const publish: Method = (ws, args) => {
  const user = asText(args.user_id);
  if (personOf(ws, user) === undefined) return refuse('user_not_found');
  const known = ws.state.homes.get(user);
  if (known !== undefined && conflict(known, args)) return refuse('hash_conflict');
  const given = viewOf(ws, args.view, 'home');
  if (isRefusal(given)) return given;
  const view = known ?? views.createView(ws, given, user);
  if (known !== undefined) Object.assign(known, views.contentOf(ws, given));
  ws.state.homes.set(user, view);
  views.viewChanged(ws, view);
  return shown(ws, view);
};

export const viewMethods: Record<string, Method> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
