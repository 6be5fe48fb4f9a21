import type { CastPerson } from '../cast.ts';
import type { Channel } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { teamOf } from '../context.ts';
import type { Json } from '../json.ts';
import { present } from '../json.ts';
import { messageJson } from '../messages.ts';
import { issueResponseUrl } from '../response-urls.ts';
import type { StoredMessage, StoredView } from '../state.ts';
import { issueTrigger } from '../triggers.ts';
import type { Values } from '../views.ts';
import { viewJson } from '../views.ts';

/** Where an interaction came from. */
export type Source = { channel: Channel; message: StoredMessage } | { view: StoredView };

function userJson(person: CastPerson): Json {
  return { id: person.id, username: person.handle, name: person.handle, team_id: person.team };
}

/**
 * What every interaction carries. In messages `team` is where the app is installed, in views it is the person's
 * own; who clicked is told by `user.team_id` (github.com/slackapi/java-slack-sdk/issues/1041, bolt-js/issues/1614).
 */
function common(ws: Workspace, person: CastPerson, team: string): Json {
  const { id, domain } = teamOf(ws, team);
  return {
    token: 'practice',
    team: { id, domain },
    user: userJson(person),
    api_app_id: ws.bot.appId,
    enterprise: ws.cast.enterprise ?? null,
    is_enterprise_install: false,
  };
}

export function commandFields(
  ws: Workspace,
  person: CastPerson,
  channel: Channel,
  command: string,
  text: string,
): Record<string, string> {
  return {
    token: 'practice',
    team_id: ws.cast.team.id,
    team_domain: ws.cast.team.domain,
    channel_id: channel.id,
    channel_name: channel.dmWith === undefined ? channel.name : 'directmessage',
    user_id: person.id,
    user_name: person.handle,
    command,
    text,
    api_app_id: ws.bot.appId,
    is_enterprise_install: 'false',
    response_url: issueResponseUrl(ws, { user: person.id, channel: channel.id }),
    trigger_id: issueTrigger(ws, person.id),
  };
}

export function blockActions(
  ws: Workspace,
  person: CastPerson,
  source: Source,
  action: Json,
  values: Values,
): Json {
  const acted = { ...action, action_ts: ws.nextTs() };
  if ('view' in source) {
    const { view } = source;
    return {
      type: 'block_actions',
      ...common(ws, person, person.team),
      container: { type: 'view', view_id: view.id },
      trigger_id: issueTrigger(ws, person.id, view.type === 'modal' ? view.id : undefined),
      view: viewJson(ws, view, values),
      actions: [acted],
    };
  }
  return {
    type: 'block_actions',
    ...common(ws, person, ws.cast.team.id),
    ...messageContext(ws, person, source),
    trigger_id: issueTrigger(ws, person.id),
    state: { values },
    actions: [acted],
  };
}

function messageContext(
  ws: Workspace,
  person: CastPerson,
  source: { channel: Channel; message: StoredMessage },
): Json {
  const { channel, message } = source;
  const ephemeral = message.onlyFor !== undefined;
  const place = { message_ts: message.ts, channel_id: channel.id, is_ephemeral: ephemeral };
  return present({
    container: present({ type: 'message', ...place, thread_ts: message.thread_ts }),
    channel: { id: channel.id, name: channel.dmWith === undefined ? channel.name : 'directmessage' },
    message: ephemeral ? undefined : messageJson(ws, message, { metadata: true }),
    response_url: issueResponseUrl(ws, {
      user: person.id,
      channel: channel.id,
      message: { ts: message.ts },
      thread_ts: message.thread_ts,
    }),
  });
}

export function blockSuggestion(
  ws: Workspace,
  person: CastPerson,
  source: Source,
  asked: { block_id: string; action_id: string; value: string },
): Json {
  if ('view' in source) {
    return {
      type: 'block_suggestion',
      ...common(ws, person, person.team),
      ...asked,
      container: { type: 'view', view_id: source.view.id },
      view: viewJson(ws, source.view),
    };
  }
  const { response_url: _, ...context } = messageContext(ws, person, source);
  return { type: 'block_suggestion', ...common(ws, person, ws.cast.team.id), ...asked, ...context };
}

export function viewSubmission(ws: Workspace, person: CastPerson, view: StoredView, values: Values): Json {
  return {
    type: 'view_submission',
    ...common(ws, person, person.team),
    trigger_id: issueTrigger(ws, person.id, view.id),
    view: viewJson(ws, view, values),
    response_urls: [],
  };
}

export function viewClosed(ws: Workspace, person: CastPerson, view: StoredView, cleared: boolean): Json {
  return {
    type: 'view_closed',
    ...common(ws, person, person.team),
    view: viewJson(ws, view),
    is_cleared: cleared,
  };
}

export function messageAction(
  ws: Workspace,
  person: CastPerson,
  callback: string,
  source: { channel: Channel; message: StoredMessage },
): Json {
  const { container: _, ...context } = messageContext(ws, person, source);
  return {
    type: 'message_action',
    ...common(ws, person, ws.cast.team.id),
    ...context,
    callback_id: callback,
    action_ts: ws.nextTs(),
    message_ts: source.message.ts,
    trigger_id: issueTrigger(ws, person.id),
  };
}
