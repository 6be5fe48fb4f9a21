import type { Account, LookupOptions, People, Person } from '../approval/person.ts';
import type { SlackConnection } from './connection.ts';
import { failureOf, slackError } from './failures.ts';
import { createLookup } from './lookup.ts';

const KEEP_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** Who is who, asked of Slack: users.info and usergroups.users.list, kept for five minutes. */
export function createPeople(parts: { connection: SlackConnection; now?: () => number }): People {
  const { connection } = parts;
  const lookup = { keepMs: KEEP_MS, now: parts.now ?? Date.now };
  const users = createLookup({ ...lookup, ask: (user) => askUser(connection, user) });
  const groups = createLookup({ ...lookup, ask: (group) => askGroup(connection, group) });
  const conversations = createLookup({
    ...lookup,
    keepMs: DAY_MS,
    ask: (user) => openWith(connection, user),
  });
  const team = () => connection.identity().team;
  // A workspace may be moved into a Grid while Guardia runs.
  let inGrid = false;
  return {
    team,
    self: () => ({ team: team(), user: connection.identity().botUser }),
    account: async (person, options) => {
      const user = await users(person.user, maxAgeOf(options));
      inGrid ||= connection.identity().enterprise !== null || user.enterprise_user !== undefined;
      return {
        team: person.team,
        user: person.user,
        kind: kindOf(user, person, team()),
        ...(inGrid ? { enterprise: enterpriseOf(user) } : {}),
        ...namedIn(user),
      };
    },
    directMessage: (user) => conversations(user),
    members: (group, options) => groups(group, maxAgeOf(options)),
  };
}

function maxAgeOf({ fresh, maxAgeMs }: LookupOptions = {}): number | undefined {
  return fresh ? 0 : maxAgeMs;
}

/** The fields of users.info that say who somebody is and decide what they may do. */
interface SlackUser {
  id?: string;
  team_id?: string;
  name?: string;
  real_name?: string;
  tz?: string;
  profile?: { display_name?: string };
  deleted?: boolean;
  is_bot?: boolean;
  is_workflow_bot?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
  enterprise_user?: { id?: string; enterprise_id?: string; teams?: string[] };
}

async function askUser({ client }: SlackConnection, user: string): Promise<SlackUser> {
  const answer = await client.users.info({ user }).catch((error: unknown) => {
    throw slackError(`Who ${user} is was asked of Slack`, error);
  });
  return (answer.user ?? {}) as SlackUser;
}

async function openWith({ client }: SlackConnection, user: string): Promise<string> {
  const answer = await client.conversations.open({ users: user }).catch((error: unknown) => {
    throw slackError(`A conversation with ${user} was to be opened`, error);
  });
  return answer.channel?.id ?? user;
}

/** A group that was disabled has no members any more. */
async function askGroup({ client }: SlackConnection, usergroup: string): Promise<readonly string[]> {
  try {
    const answer = await client.usergroups.users.list({ usergroup });
    return answer.users ?? [];
  } catch (error) {
    if (failureOf(error).code === 'subteam_disabled') return [];
    throw slackError(`Who is in the group ${usergroup} was asked of Slack`, error);
  }
}

function namedIn({ profile, real_name, name, tz }: SlackUser): { name?: string; zone?: string } {
  const called = profile?.display_name || real_name || name;
  return { ...(called ? { name: called } : {}), ...(tz ? { zone: tz } : {}) };
}

/** The human in the Grid: local and global ids of one account lead to the same. */
function enterpriseOf({ enterprise_user }: SlackUser): Account['enterprise'] {
  const { id: user, enterprise_id: id } = enterprise_user ?? {};
  return id && user ? { id, user } : null;
}

const SLACKBOT = 'USLACKBOT';

function kindOf(user: SlackUser, person: Person, team: string): Account['kind'] {
  if (user.id !== person.user && user.enterprise_user?.id !== person.user) return 'stranger';
  if (user.deleted) return 'deactivated';
  if (user.is_bot || user.is_workflow_bot || user.id === SLACKBOT) return 'bot';
  if (!belongsTo(team, user, person)) return 'stranger';
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'member';
}

/** In an Enterprise Grid one account may belong to several workspaces; Slack then lists them. */
function belongsTo(team: string, user: SlackUser, person: Person): boolean {
  // A payload in the name of another workspace is none of this one's.
  if (user.is_stranger || person.team !== team) return false;
  return user.team_id === team || (user.enterprise_user?.teams?.includes(team) ?? false);
}
