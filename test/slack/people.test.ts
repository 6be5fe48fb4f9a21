import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type People, personKey } from '../../src/approval/person.ts';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createPeople } from '../../src/slack/people.ts';
import { connect, openWorkspace } from './slack.ts';

const HOME = 'T0GUARDIA';
const SRE = 'S0SRE';

let workspace: PracticeWorkspace;
let connection: SlackConnection;
let people: People;
let now: number;

beforeEach(async () => {
  workspace = await openWorkspace();
  connection = await connect(workspace);
  now = 0;
  people = createPeople({ connection, now: () => now });
});
afterEach(async () => {
  connection.stop();
  await workspace.stop();
});

/** People of a workspace, in a Grid where one is named, whose users.info answers so. */
function peopleOf(answer: object, enterprise: string | null = null): People {
  const identity = () => ({ ...connection.identity(), enterprise });
  const client = { users: { info: async () => answer } };
  return createPeople({ connection: { ...connection, client, identity } as unknown as SlackConnection });
}

const kindOf = async (user: string, team = HOME, fresh = false) =>
  (await people.account({ team, user }, { fresh })).kind;

describe('an account', () => {
  it.each([
    ['member', 'U0SAM', HOME],
    ['guest', 'U0GUEST', HOME],
    ['stranger', 'U0OTHER', 'T0OTHER'],
    ['bot', 'U0GUARDIA', HOME],
  ])('is a %s when Slack says so', async (kind, user, team) => {
    expect(await kindOf(user, team)).toBe(kind);
  });

  it('is a stranger when the team that a payload names is not the one that Slack knows', async () => {
    expect(await kindOf('U0SAM', 'T0OTHER')).toBe('stranger');
    expect(await kindOf('U0OTHER', HOME)).toBe('stranger');
  });

  it('belongs to this workspace by no other name, though in an Enterprise Grid Slack lists several', async () => {
    const known = { team_id: HOME, enterprise_user: { teams: [HOME, 'T0SALES'] } };
    const info = async ({ user: id }: { user: string }) => ({ user: { id, ...known } });
    const client = { users: { info } };
    const grid = createPeople({ connection: { ...connection, client } as unknown as SlackConnection });
    expect(await grid.account({ team: HOME, user: 'U0SAM' })).toMatchObject({ kind: 'member' });
    expect(await grid.account({ team: 'T0SALES', user: 'U0SAM' })).toMatchObject({ kind: 'stranger' });
    known.team_id = 'T0SALES';
    expect(await grid.account({ team: HOME, user: 'U0INES' })).toMatchObject({ kind: 'member' });
  });

  it('is, in an Enterprise Grid, the human whom each of their linked ids leads to', async () => {
    const key = async (user: string) =>
      personKey(await people.account({ team: HOME, user }, { fresh: true }));
    expect(await key('U0SAM')).toBe(`${HOME}/U0SAM`);
    workspace.driver.change.joinGrid({ U0SAM: 'W0ONE', U0INES: 'W0ONE' });
    expect(await key('U0SAM')).toBe('enterprise:E0GRID/W0ONE');
    expect(await key('U0INES')).toBe('enterprise:E0GRID/W0ONE');
    expect(await key('U0NOOR')).toBe('enterprise:E0GRID/U0NOOR');
  });

  it('is the same by its global id, with which Slack may answer under its local one', async () => {
    const user = { id: 'U0SAM', team_id: HOME, enterprise_user: { id: 'W0SAM', enterprise_id: 'E0GRID' } };
    const grid = peopleOf({ user });
    expect(await grid.account({ team: HOME, user: 'W0SAM' })).toMatchObject({
      kind: 'member',
      user: 'W0SAM',
    });
    expect(await grid.account({ team: HOME, user: 'W0INES' })).toMatchObject({ kind: 'stranger' });
  });

  it.each([
    ['nothing of the Grid, though the workspace is in one', undefined, 'E0GRID'],
    ['no id in the Grid', { enterprise_id: 'E0GRID' }, null],
    ['no Grid for the id', { id: 'W0SAM' }, null],
  ])('is nobody where Slack says %s', async (_what, enterprise_user, enterprise) => {
    const grid = peopleOf({ user: { id: 'U0SAM', team_id: HOME, enterprise_user } }, enterprise);
    expect(personKey(await grid.account({ team: HOME, user: 'U0SAM' }))).toBeNull();
  });

  it('is nobody without an id in the Grid once Slack was heard to speak of one', async () => {
    const answer: { user: object } = {
      user: { id: 'U0SAM', team_id: HOME, enterprise_user: { id: 'W0SAM', enterprise_id: 'E0GRID' } },
    };
    const grid = peopleOf(answer);
    await grid.account({ team: HOME, user: 'U0SAM' });
    answer.user = { id: 'U0INES', team_id: HOME };
    expect(personKey(await grid.account({ team: HOME, user: 'U0INES' }))).toBeNull();
  });

  it('is deactivated from the moment of a fresh look on', async () => {
    expect(await kindOf('U0SAM')).toBe('member');
    workspace.driver.change.deactivate('U0SAM');
    expect(await kindOf('U0SAM')).toBe('member');
    expect(await kindOf('U0SAM', HOME, true)).toBe('deactivated');
    expect(await kindOf('U0SAM')).toBe('deactivated');
  });

  it('says how somebody is called, and when it is morning there', async () => {
    expect(await people.account({ team: HOME, user: 'U0SAM' })).toMatchObject({
      name: expect.stringMatching(/^sam/i),
      zone: 'Europe/Madrid',
    });
  });

  it('is looked up again after five minutes', async () => {
    await kindOf('U0SAM');
    now = 4 * 60_000;
    await kindOf('U0SAM');
    expect(workspace.driver.calls('users.info')).toBe(1);
    now = 5 * 60_000;
    await kindOf('U0SAM');
    expect(workspace.driver.calls('users.info')).toBe(2);
  });

  it('is looked up once for many who ask at the same time, also afresh', async () => {
    await Promise.all(Array.from({ length: 20 }, () => kindOf('U0SAM', HOME, true)));
    expect(workspace.driver.calls('users.info')).toBe(1);
  });

  it.each(['500', 'html', 'nothing', 'ratelimited'] as const)(
    'is unknown when Slack answers %s, and asked for anew',
    async (fault) => {
      workspace.faults.next('users.info', fault);
      await expect(kindOf('U0SAM')).rejects.toMatchObject({ code: 'slack', retryable: true });
      expect(await kindOf('U0SAM')).toBe('member');
    },
  );

  it('that does not exist is an error that does not pass', async () => {
    await expect(kindOf('U0NOBODY')).rejects.toMatchObject({ code: 'slack', retryable: false });
  });
});

describe("a group's members", () => {
  it('are those that Slack names, afresh when asked so', async () => {
    expect([...(await people.members(SRE))].sort()).toEqual(['U0INES', 'U0NOOR', 'U0SAM']);
    workspace.driver.change.setGroup(SRE, ['U0INES']);
    expect(await people.members(SRE)).toHaveLength(3);
    expect(await people.members(SRE, { fresh: true })).toEqual(['U0INES']);
  });

  it('are nobody when the group is empty or was disabled', async () => {
    workspace.driver.change.setGroup(SRE, []);
    expect(await people.members(SRE)).toEqual([]);
    workspace.faults.next('usergroups.users.list', { error: 'subteam_disabled' });
    expect(await people.members(SRE, { fresh: true })).toEqual([]);
  });

  it('are unknown when the group does not exist', async () => {
    await expect(people.members('S0NONE')).rejects.toMatchObject({ code: 'slack' });
  });
});

describe('a direct message', () => {
  it('has its conversation, which is opened once', async () => {
    const channel = await people.directMessage('U0SAM');
    expect(channel).toMatch(/^D/);
    expect(await people.directMessage('U0SAM')).toBe(channel);
    expect(workspace.driver.calls('conversations.open')).toBe(1);
  });

  it('to somebody whom Slack does not know is an error', async () => {
    await expect(people.directMessage('U0NOBODY')).rejects.toThrow(/U0NOBODY/);
  });
});
