import { optionGroups, options } from '../block-kit/elements.ts';
import { createProblems } from '../block-kit/problems.ts';
import type { CastPerson } from '../cast.ts';
import type { Channel } from '../channels.ts';
import { findChannel, isMember } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { notice } from '../context.ts';
import type { Json } from '../json.ts';
import { asObject, asText, isObject } from '../json.ts';
import { addMessage, findForReader } from '../messages.ts';
import type { ActAnswer, ActSource } from '../protocol.ts';
import { isRefusal } from '../refusals.ts';
import { responseContent } from '../response-urls.ts';
import { sendHomeOpened, sendMessageEvents } from '../to-bot/events.ts';
import type { Source } from '../to-bot/payloads.ts';
import * as payloads from '../to-bot/payloads.ts';
import type { Reply } from '../to-bot/sender.ts';
import type { Values } from '../views.ts';
import { findView, isStranger, valuesOf, viewJson } from '../views.ts';
import { asTyped, escaped } from './typed-text.ts';

/** What a person's act came to; `reply` is how the bot acknowledged it. */
export type Acted = ActAnswer & { reply?: Reply };

export function refused(error: string): Acted {
  return { ok: false, error };
}

/** A person writes a message, or a command when it begins with a slash. */
export async function say(
  ws: Workspace,
  person: CastPerson,
  place: { channel: string; thread_ts?: string },
  text: string,
): Promise<Acted> {
  const channel = findChannel(ws, place.channel);
  if (channel === undefined || !isMember(channel, person.id)) return refused('channel_not_found');
  if (text.startsWith('/')) return command(ws, person, channel, text, place.thread_ts);
  if (text.trim() === '') return refused('no_text');
  const message = addMessage(ws, channel, {
    user: person.id,
    text: asTyped(ws, text),
    thread_ts: place.thread_ts,
  });
  sendMessageEvents(ws, channel, message);
  return { ok: true, ts: message.ts };
}

async function command(
  ws: Workspace,
  person: CastPerson,
  channel: Channel,
  line: string,
  thread?: string,
): Promise<Acted> {
  const [name = ''] = line.split(/\s/);
  const refusal = notSent(ws, person, name, thread);
  if (refusal !== undefined) return told(ws, person, refusal, 'command_not_sent');
  const text = commandText(ws, name, line.slice(name.length));
  const reply = await ws.sender.form('command', payloads.commandFields(ws, person, channel, name, text));
  if (!reply.ok)
    return told(ws, person, `${name} failed with the error "${failure(reply)}"`, failure(reply), reply);
  return answerCommand(ws, person, channel, name, reply);
}

/** Why Slack itself answers a command instead of sending it. */
function notSent(ws: Workspace, person: CastPerson, name: string, thread?: string): string | undefined {
  if (thread !== undefined) return `${name} is not supported in threads. Sorry!`;
  if (isStranger(ws, person))
    return `${name} belongs to an app of ${ws.cast.team.name}, and only its own people can use it.`;
  return isCommand(ws, name) ? undefined : `${name} is not a valid command.`;
}

/** Slack escapes what was typed; names become references where the command asks for that. */
function commandText(ws: Workspace, name: string, typed: string): string {
  const escapes = ws.manifest.commands.some((known) => known.command === name && known.escapes);
  return escapes ? asTyped(ws, typed.trim()) : escaped(typed.trim());
}

function isCommand(ws: Workspace, name: string): boolean {
  return ws.manifest.commands.length === 0 || ws.manifest.commands.some((known) => known.command === name);
}

function answerCommand(
  ws: Workspace,
  person: CastPerson,
  channel: Channel,
  name: string,
  reply: Reply,
): Acted {
  const given = isObject(reply.json) ? reply.json : reply.body === '' ? undefined : { text: reply.body };
  if (given === undefined || Object.keys(given).length === 0) return { ok: true, reply };
  const content = responseContent(ws, given);
  if (isRefusal(content))
    return told(ws, person, `${name} failed with the error "${content.error}"`, content.error, reply);
  addMessage(ws, channel, {
    ...content,
    onlyFor: given.response_type === 'in_channel' ? undefined : person.id,
  });
  return { ok: true, reply };
}

/** Slack's word for a request that was not acknowledged. */
function failure(reply: Reply): string {
  return reply.failure === 'http_timeout' ? 'operation_timeout' : 'dispatch_failed';
}

export function told(ws: Workspace, person: CastPerson, text: string, error: string, reply?: Reply): Acted {
  notice(ws, person.id, text);
  return { ok: false, error, reply };
}

/** Sends an interaction; where it is not acknowledged the person is told. */
export async function interact(ws: Workspace, person: CastPerson, payload: Json): Promise<Acted> {
  const reply = await ws.sender.form(asText(payload.type), { payload: JSON.stringify(payload) });
  if (reply.ok) return { ok: true, reply };
  const why =
    reply.failure === 'http_timeout'
      ? 'This app took longer than 3 seconds to answer (operation_timeout).'
      : reply.failure === 'http_error'
        ? `This app responded with status code ${reply.status}.`
        : 'This app could not be reached.';
  return told(ws, person, `${why} Try again in a moment.`, failure(reply), reply);
}

/** Finds the message or the view that a person acts on; undefined where they cannot see it. */
export function findSource(ws: Workspace, person: CastPerson, from: ActSource): Source | undefined {
  if ('view' in from) {
    const view = findView(ws, (candidate) => candidate.id === from.view && candidate.user === person.id);
    return view && { view };
  }
  const channel = findChannel(ws, from.message.channel);
  const message = channel && findForReader(ws, channel.id, from.message.ts, person.id);
  return channel && message && isMember(channel, person.id) ? { channel, message } : undefined;
}

export async function blockAction(
  ws: Workspace,
  person: CastPerson,
  from: ActSource,
  action: Json,
  entered: Values = {},
): Promise<Acted> {
  const source = findSource(ws, person, from);
  if (source === undefined) return refused('message_not_found');
  const values = 'view' in source ? valuesOf(source.view, entered) : entered;
  return interact(ws, person, payloads.blockActions(ws, person, source, action, values));
}

export async function suggest(
  ws: Workspace,
  person: CastPerson,
  from: ActSource,
  asked: { block_id: string; action_id: string; value: string },
): Promise<Acted> {
  const source = findSource(ws, person, from);
  if (source === undefined) return refused('message_not_found');
  const acted = await interact(ws, person, payloads.blockSuggestion(ws, person, source, asked));
  if (!acted.ok) return acted;
  const given = asObject(acted.reply?.json);
  const problems = createProblems(() => false);
  if (given.option_groups !== undefined) optionGroups(problems, given.option_groups, '/option_groups');
  else options(problems, given.options, { min: 0, max: 100, plain: true }, '/options');
  if (problems.list().length > 0) {
    return told(
      ws,
      person,
      `The app's list of options is not valid: ${problems.list()[0]}`,
      'invalid_options',
      acted.reply,
    );
  }
  return { ...acted, options: given.options as unknown[], option_groups: given.option_groups as unknown[] };
}

export async function shortcut(
  ws: Workspace,
  person: CastPerson,
  callback: string,
  place: { channel: string; ts: string },
): Promise<Acted> {
  const source = findSource(ws, person, { message: place });
  if (source === undefined || 'view' in source) return refused('message_not_found');
  if (isStranger(ws, person))
    return told(ws, person, "Shortcuts belong to the app's own workspace.", 'unknown_shortcut');
  return interact(ws, person, payloads.messageAction(ws, person, callback, source));
}

export function openHome(ws: Workspace, person: CastPerson): Acted {
  const home = ws.state.homes.get(person.id);
  sendHomeOpened(ws, person.id, home && viewJson(ws, home));
  return { ok: true };
}
