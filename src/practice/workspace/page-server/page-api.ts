import type { IncomingMessage, ServerResponse } from 'node:http';
import * as acts from '../acts/acts.ts';
import { closeModal, submit } from '../acts/modal-acts.ts';
import type { CastPerson } from '../cast.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import { fieldsOf, readBody, send } from '../http.ts';
import type { Change, Entry } from '../journal.ts';
import type { Json } from '../json.ts';
import type { ActAnswer, PageAct, WorkspaceEvent } from '../protocol.ts';
import type { Values } from '../views.ts';
import { modalsOf } from '../views.ts';
import * as views from './page-views.ts';

/** What the page calls. Answers whether the request was one of these. */
export async function servePage(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  const user = url.searchParams.get('as') ?? ws.cast.people[0]?.id ?? '';
  if (url.pathname === '/practice/state') {
    const state = views.stateFor(ws, user);
    if (state === undefined) send(response, 404, { error: `there is no person ${user} in this workspace` });
    else send(response, 200, state, { 'cache-control': 'no-store' });
  } else if (url.pathname === '/practice/events') events(ws, request, response, user, url);
  else if (url.pathname === '/practice/act' && request.method === 'POST') await act(ws, request, response);
  else return false;
  return true;
}

function events(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  user: string,
  url: URL,
): void {
  const asked = request.headers['last-event-id'] ?? url.searchParams.get('since');
  const missed = asked === null ? [] : ws.journal.since(Number(asked));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  if (missed === undefined) write(response, ws.journal.revision(), { type: 'reload' });
  for (const entry of missed ?? []) pass(ws, response, user, entry);
  const quiet = ws.journal.listen((entry) => pass(ws, response, user, entry));
  const beat = setInterval(() => response.write(': still here\n\n'), 15_000);
  response.on('close', () => {
    quiet();
    clearInterval(beat);
  });
}

function pass(ws: Workspace, response: ServerResponse, user: string, { revision, change }: Entry): void {
  const event = eventFor(ws, user, change);
  if (event !== undefined) write(response, revision, event);
}

function write(response: ServerResponse, revision: number, event: WorkspaceEvent): void {
  response.write(`id: ${revision}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** A change as one person hears of it; undefined where it is not for them. */
function eventFor(ws: Workspace, user: string, change: Change): WorkspaceEvent | undefined {
  switch (change.type) {
    case 'message':
      if (!views.sees(ws, user, change.message)) return undefined;
      return { type: 'message', message: views.messageView(ws, change.message) };
    case 'message_deleted':
      if (!views.sees(ws, user, change)) return undefined;
      return { type: 'message_deleted', channel: change.channel, ts: change.ts };
    case 'modals':
      if (change.user !== user) return undefined;
      return { type: 'modals', modals: modalsOf(ws, user).map((view) => views.viewView(view)) };
    case 'home': {
      const home = ws.state.homes.get(user);
      if (change.user !== user || home === undefined) return undefined;
      return { type: 'home', home: views.viewView(home) };
    }
    case 'notice':
      return change.user === user ? { type: 'notice', text: change.text } : undefined;
    case 'channels':
      return { type: 'channels', channels: views.channelsFor(ws, user) };
    case 'drills':
      return { type: 'drills', drills: ws.drills.list() };
    default:
      return undefined;
  }
}

async function act(ws: Workspace, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  // A page of another site can send a form here, but not JSON.
  if (!request.headers['content-type']?.startsWith('application/json') || body === undefined) {
    return send(response, 415, { ok: false, error: 'send the act as application/json' });
  }
  const given = fieldsOf(request, body) as unknown as PageAct;
  const person = personOf(ws, given.as);
  if (person === undefined) return send(response, 404, { ok: false, error: 'user_not_found' });
  const { reply: _, ...answer } = await perform(ws, person, given);
  send(response, 200, answer satisfies ActAnswer);
}

function perform(ws: Workspace, person: CastPerson, given: PageAct): Promise<acts.Acted> | acts.Acted {
  switch (given.act) {
    case 'say':
      return acts.say(ws, person, given, given.text);
    case 'block_action':
      return acts.blockAction(ws, person, given.source, given.action, given.values as Values | undefined);
    case 'suggest':
      return acts.suggest(ws, person, given.source, {
        block_id: given.block_id,
        action_id: given.action_id,
        value: given.value,
      });
    case 'view_submit':
      return submit(ws, person, given.view, given.values as Record<string, Record<string, Json>>);
    case 'view_close':
      return closeModal(ws, person, given.view);
    case 'shortcut':
      return acts.shortcut(ws, person, given.callback_id, given);
    case 'open_home':
      return acts.openHome(ws, person);
    case 'read':
      return views.markRead(ws, person.id, given.channel) ? { ok: true } : acts.refused('channel_not_found');
    case 'drill':
      return drill(ws, given.id, given.start);
    default:
      return acts.refused('unknown_act');
  }
}

async function drill(ws: Workspace, id: string, start: boolean): Promise<acts.Acted> {
  if (!ws.drills.list().some((known) => known.id === id)) return acts.refused('drill_not_found');
  await (start ? ws.drills.start(id) : ws.drills.stop(id));
  return { ok: true };
}
