/** Who and what the practice workspace is made of at its start. */
export interface Cast {
  team: CastTeam;
  otherTeams: CastTeam[];
  /** The Enterprise Grid that the team is in, where it is in one. */
  enterprise?: { id: string; name: string };
  bot: { user: string; id: string; name: string; handle: string };
  people: CastPerson[];
  channels: CastChannel[];
  groups: CastGroup[];
}

export interface CastTeam {
  id: string;
  name: string;
  domain: string;
}

/** `stranger`: of another organisation, here through a shared channel (Slack Connect). */
export interface CastPerson {
  id: string;
  team: string;
  name: string;
  handle: string;
  title: string;
  color: string;
  kind: 'member' | 'guest' | 'stranger';
  deactivated?: boolean;
  /** Their id in the Grid; two people of the cast with the same are linked ids of one human. Their own id by default. */
  enterpriseUser?: string;
}

export interface CastChannel {
  id: string;
  name: string;
  topic: string;
  /** People's ids, and the bot's user id where it was invited. */
  members: string[];
  archived?: boolean;
}

interface CastGroup {
  id: string;
  handle: string;
  name: string;
  members: string[];
}

const HOME = 'T0GUARDIA';

const PEOPLE: readonly CastPerson[] = [
  member('U0NOOR', 'Noor Haddad', 'noor', 'On call for Denis', '#2f6fb2'),
  member('U0SAM', 'Samuel Ekström', 'sam', 'SRE, approves', '#8a4fb5'),
  member('U0INES', 'Inés Prado', 'ines', 'SRE, approves', '#b3542f'),
  { ...member('U0GUEST', 'Mara Lindqvist', 'mara', 'Guest, from an agency', '#4d7a34'), kind: 'guest' },
  {
    ...member('U0OTHER', 'Tomás Oliveira', 'tomas', 'Of another organisation', '#77706a'),
    team: 'T0OTHER',
    kind: 'stranger',
  },
];

/**
 * The people of the drills. Noor asks and is in the approver group herself, so that her own vote is refused for
 * being hers, not for a missing membership.
 */
export function defaultCast(): Cast {
  return {
    team: { id: HOME, name: 'Guardia practice', domain: 'guardia-practice' },
    otherTeams: [{ id: 'T0OTHER', name: 'Another organisation', domain: 'another-organisation' }],
    bot: { user: 'U0GUARDIA', id: 'B0GUARDIA', name: 'Guardia', handle: 'guardia' },
    people: PEOPLE.map((person) => ({ ...person })),
    channels: [
      {
        id: 'C0DENIS',
        name: 'denis-alerts',
        topic: 'Alerts of Denis and what is done about them',
        members: ['U0GUARDIA', ...PEOPLE.map((person) => person.id)],
      },
      {
        id: 'C0GENERAL',
        name: 'general',
        topic: 'Everybody here',
        members: ['U0GUARDIA', 'U0NOOR', 'U0SAM', 'U0INES'],
      },
    ],
    groups: [
      { id: 'S0SRE', handle: 'sre', name: 'SRE', members: ['U0SAM', 'U0INES', 'U0NOOR'] },
      { id: 'S0ONCALL', handle: 'denis-oncall', name: 'On call for Denis', members: ['U0NOOR'] },
    ],
  };
}

function member(id: string, name: string, handle: string, title: string, color: string): CastPerson {
  return { id, team: HOME, name, handle, title, color, kind: 'member' };
}
