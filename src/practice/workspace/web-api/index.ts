import { findChannel } from '../channels.ts';
import type { Workspace } from '../context.ts';
import type { Fault } from '../faults.ts';
import type { Json } from '../json.ts';
import { asText } from '../json.ts';
import { refuse } from '../refusals.ts';
import { remember } from '../state.ts';
import { chat } from './chat.ts';
import { conversations } from './conversations.ts';
import { files } from './files.ts';
import type { Method } from './method.ts';
import { people } from './people.ts';
import { viewMethods } from './views.ts';
import { workspaceMethods } from './workspace.ts';

const METHODS: Readonly<Record<string, Method>> = {
  ...chat,
  ...conversations,
  ...files,
  ...people,
  ...viewMethods,
  ...workspaceMethods,
};

/** What goes back over the wire; `close` instead of it, after the work was done. */
export interface ApiAnswer {
  status: number;
  headers?: Record<string, string>;
  body: Json | string;
  /** `now`: the socket is destroyed. `never`: nothing is answered. */
  instead?: 'close' | 'silence';
}

/** Plays one call of the Web API, faults and rate limits included. */
export function callMethod(ws: Workspace, method: string, token: string, args: Json): ApiAnswer {
  const fault = ws.faults.take(method);
  const early = fault === undefined ? undefined : failure(fault);
  const answer = early ?? checked(ws, method, token, args);
  const call = {
    method,
    args,
    answer: typeof answer.body === 'string' ? {} : answer.body,
    at: ws.clock.now(),
  };
  remember(ws.state.calls, call);
  ws.journal.add({ type: 'call', call });
  return fault === 'effect-then-close' ? { ...answer, instead: 'close' } : answer;
}

function checked(ws: Workspace, method: string, token: string, args: Json): ApiAnswer {
  const run = METHODS[method];
  if (token === '') return ok(refuse('not_authed'));
  if (token !== ws.bot.token) return ok(refuse('invalid_auth'));
  if (run === undefined) return ok({ ...refuse('unknown_method'), req_method: method });
  const channel = asText(args.channel);
  const wait = ws.rate(method, findChannel(ws, channel)?.id ?? channel);
  return wait > 0 ? rateLimited(wait) : ok(run(ws, args));
}

function ok(body: object): ApiAnswer {
  return { status: 200, body: body as Json };
}

function rateLimited(seconds: number): ApiAnswer {
  const headers = { 'retry-after': String(seconds) };
  return { status: 429, headers, body: { ok: false, error: 'ratelimited' } };
}

/** How a fault answers; undefined where the work is done first. */
export function failure(fault: Fault): ApiAnswer | undefined {
  if (typeof fault === 'object') return ok(refuse(fault.error));
  switch (fault) {
    case 'ratelimited':
      return rateLimited(1);
    case '500':
      return { status: 500, body: 'Internal Server Error' };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Slack is down</body></html>',
      };
    case 'nothing':
      return { status: 0, body: '', instead: 'silence' };
    case 'effect-then-close':
      return undefined;
  }
}
