import type { CastPerson } from '../cast.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Json } from '../json.ts';
import { asText } from '../json.ts';
import { refuse } from '../refusals.ts';
import type { Method } from './method.ts';
import { flag, page } from './method.ts';

/** A person in Slack's words. Someone of another organisation shows by the team id alone. */
function userJson(ws: Workspace, person: CastPerson): Json {
  return {
    ...enterpriseUserJson(ws, person),
    id: person.id,
    team_id: person.team,
    name: person.handle,
    real_name: person.name,
    deleted: person.deactivated === true,
    tz: 'Europe/Madrid',
    tz_label: 'Central European Time',
    tz_offset: 3600,
    is_bot: false,
    is_app_user: false,
    is_admin: false,
    is_owner: false,
    is_restricted: person.kind === 'guest',
    is_ultra_restricted: false,
    profile: { real_name: person.name, display_name: person.handle, title: person.title, team: person.team },
  };
}

/** In an Enterprise Grid, whom a local id belongs to. */
function enterpriseUserJson({ cast: { enterprise, team } }: Workspace, person: CastPerson): Json {
  if (!enterprise || person.team !== team.id) return {};
  return {
    enterprise_user: {
      id: person.enterpriseUser ?? person.id,
      enterprise_id: enterprise.id,
      enterprise_name: enterprise.name,
      is_admin: false,
      is_owner: false,
      teams: [team.id],
    },
  };
}

function botJson(ws: Workspace): Json {
  const { bot, team } = ws.cast;
  return {
    id: bot.user,
    team_id: team.id,
    name: bot.handle,
    real_name: bot.name,
    deleted: false,
    is_bot: true,
    is_app_user: false,
    is_restricted: false,
    is_ultra_restricted: false,
    profile: { real_name: bot.name, bot_id: bot.id, api_app_id: ws.bot.appId, team: team.id },
  };
}

const usersInfo: Method = (ws, args) => {
  const id = asText(args.user);
  if (id === ws.cast.bot.user) return { ok: true, user: botJson(ws) };
  const person = personOf(ws, id);
  return person === undefined ? refuse('user_not_found') : { ok: true, user: userJson(ws, person) };
};

/** People of other organisations are not among a workspace's members. */
const usersList: Method = (ws, args) => {
  const own = ws.cast.people.filter((person) => person.team === ws.cast.team.id);
  const { items, next } = page([...own.map((person) => userJson(ws, person)), botJson(ws)], args, 1_000);
  return { ok: true, members: items, response_metadata: { next_cursor: next } };
};

const groupsList: Method = (ws, args) => {
  const groups = ws.cast.groups.map((group) => ({
    id: group.id,
    team_id: ws.cast.team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    date_delete: 0,
    user_count: group.members.length,
    ...(flag(args.include_users) ? { users: [...group.members] } : {}),
  }));
  return { ok: true, usergroups: groups };
};

const groupMembers: Method = (ws, args) => {
  const group = ws.cast.groups.find((known) => known.id === asText(args.usergroup));
  return group === undefined ? refuse('no_such_subteam') : { ok: true, users: [...group.members] };
};

export const people: Record<string, Method> = {
  'users.info': usersInfo,
  'users.list': usersList,
  'usergroups.list': groupsList,
  'usergroups.users.list': groupMembers,
};
