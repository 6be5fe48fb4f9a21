import type { Workspace } from '../context.ts';
import { asText } from '../json.ts';
import { announce, findMessage } from '../messages.ts';
import { isRefusal, refuse } from '../refusals.ts';
import type { Method } from './method.ts';
import { ownChannel } from './method.ts';

const authTest: Method = (ws) => ({
  ok: true,
  url: `${ws.url}/`,
  team: ws.cast.team.name,
  user: ws.cast.bot.handle,
  team_id: ws.cast.team.id,
  user_id: ws.cast.bot.user,
  bot_id: ws.cast.bot.id,
  is_enterprise_install: false,
  ...(ws.cast.enterprise ? { enterprise_id: ws.cast.enterprise.id } : {}),
});

function enterpriseJson({ cast }: Workspace, team: string) {
  const { id, name } = cast.enterprise ?? {};
  return id && team === cast.team.id ? { enterprise_id: id, enterprise_name: name } : {};
}

const teamInfo: Method = (ws, args) => {
  const asked = asText(args.team) || ws.cast.team.id;
  const team = [ws.cast.team, ...ws.cast.otherTeams].find((known) => known.id === asked);
  return team === undefined
    ? refuse('team_not_found')
    : { ok: true, team: { ...team, ...enterpriseJson(ws, team.id), email_domain: '', icon: {} } };
};

const botsInfo: Method = (ws, args) => {
  const { bot } = ws.cast;
  if (asText(args.bot) !== bot.id) return refuse('bot_not_found');
  const { id, name, user } = bot;
  return { ok: true, bot: { id, name, user_id: user, app_id: ws.bot.appId, deleted: false, icons: {} } };
};

const addReaction: Method = (ws, args) => {
  const channel = ownChannel(ws, args.channel);
  if (isRefusal(channel)) return channel;
  const message = findMessage(ws, channel.id, asText(args.timestamp));
  if (message === undefined) return refuse('message_not_found');
  const name = asText(args.name);
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) return refuse('invalid_name');
  const users = message.reactions?.[name] ?? [];
  if (users.includes(ws.cast.bot.user)) return refuse('already_reacted');
  message.reactions = { ...message.reactions, [name]: [...users, ws.cast.bot.user] };
  announce(ws, message);
  return { ok: true };
};

export const workspaceMethods: Record<string, Method> = {
  'auth.test': authTest,
  'api.test': () => ({ ok: true }),
  'team.info': teamInfo,
  'bots.info': botsInfo,
  'reactions.add': addReaction,
};
