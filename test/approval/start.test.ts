import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../src/approval/person.ts';
import { startRefusal } from '../../src/approval/start.ts';

const account = (overrides: Partial<Account> = {}): Account => ({
  team: 'T1',
  user: 'noor',
  kind: 'member',
  ...overrides,
});
const roles = (...users: string[]) => ({ team: 'T1', users });
const anybody = { team: 'T1', users: null };

describe('starting an action', () => {
  it('is allowed to the members of the roles alone', () => {
    expect(startRefusal(account(), roles('noor', 'sam'))).toBeNull();
    expect(startRefusal(account(), roles('sam'))).toBe('not-a-member');
  });

  it('is refused to everybody when the roles have no members', () => {
    expect(startRefusal(account(), roles())).toBe('not-a-member');
  });

  it('is allowed to every member of the workspace where no roles are named', () => {
    expect(startRefusal(account(), anybody)).toBeNull();
  });

  it.each(['guest', 'bot', 'deactivated', 'stranger'] as const)(
    'is refused to a %s, whether a member of the roles or where anybody may',
    (kind) => {
      expect(startRefusal(account({ kind }), roles('noor'))).toBe(kind);
      expect(startRefusal(account({ kind }), anybody)).toBe(kind);
    },
  );

  it('is refused to the same user id of another team', () => {
    expect(startRefusal(account({ team: 'T2' }), roles('noor'))).toBe('stranger');
    expect(startRefusal(account({ team: 'T2' }), anybody)).toBe('stranger');
  });
});
