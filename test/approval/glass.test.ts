import { describe, expect, it } from '@jest/globals';
import type { Standing } from '../../src/approval/decide.ts';
import { glassRefusal, reviewRefusal } from '../../src/approval/glass.ts';
import type { Account, Person } from '../../src/approval/person.ts';
import type { Plan } from '../../src/plan/plan.ts';

const TEAM = 'T1';
const DIGEST = 'a'.repeat(64);
const EXPIRES = '2026-01-01T03:34:00.000Z';
const members = { team: TEAM, users: ['a', 'asker', 'guest', 'bot', 'gone', 'far'] };
const person = (user: string): Person => ({ team: TEAM, user });

function account(user: string, overrides: Partial<Account> = {}): Account {
  return { ...person(user), kind: 'member', ...overrides };
}

function standing(policy: Plan['policy']): Standing {
  return { plan: { requester: person('asker'), policy } as Plan, digest: DIGEST, expiresAt: EXPIRES };
}

const votes = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };
const withGlass = standing({ ...votes, 'break-glass': { by: ['oncall'] } });

/** What whoever is in the groups may, and why others may not. */
const OUTSIDERS: [string, Account, string][] = [
  ['a guest', account('guest', { kind: 'guest' }), 'guest'],
  ['a bot', account('bot', { kind: 'bot' }), 'bot'],
  ['a deactivated account', account('gone', { kind: 'deactivated' }), 'deactivated'],
  ['a stranger', account('far', { kind: 'stranger' }), 'stranger'],
  ['the same user id in another team', account('a', { team: 'T2' }), 'stranger'],
];

describe('the glass', () => {
  const ask = (by: Account, of = withGlass, digest = DIGEST, now = new Date(Date.parse(EXPIRES) - 1)) =>
    glassRefusal(of, by, digest, members, now);

  it('is broken by a member of the group, and by whoever asked for the plan', () => {
    expect(ask(account('a'))).toBeNull();
    expect(ask(account('asker'))).toBeNull();
  });

  it.each([...OUTSIDERS, ['a member outside the group', account('z'), 'glass-not-yours'] as const])(
    'is not broken by %s',
    (_who, by, refusal) => {
      expect(ask(by)).toBe(refusal);
    },
  );

  it('is off where the policy names nobody, and where there is no policy', () => {
    expect(ask(account('a'), standing(votes))).toBe('glass-off');
    expect(ask(account('a'), standing(undefined))).toBe('glass-off');
  });

  it('is not broken by somebody whom Slack cannot tell, since nobody could review it', () => {
    expect(ask(account('a', { enterprise: null }))).toBe('unresolved');
    expect(ask(account('a', { enterprise: { id: 'E1', user: 'W1' } }))).toBeNull();
  });

  it('is broken for what was shown alone', () => {
    expect(ask(account('a'), withGlass, 'b'.repeat(64))).toBe('other-digest');
  });

  it('cannot be broken from the moment on at which the plan expires', () => {
    expect(ask(account('a'), withGlass, DIGEST, new Date(EXPIRES))).toBe('expired');
  });
});

describe('a review', () => {
  const involved = [account('asker'), account('breaker')];
  const human = (user: string, id: string | null) =>
    account(user, { enterprise: id === null ? null : { id: 'E1', user: id } });

  it('is signed by an approver who had no part in it', () => {
    expect(reviewRefusal(involved, account('a'), members)).toBeNull();
  });

  it.each(involved)('is not signed by $user, who had', ({ user }) => {
    const approvers = { team: TEAM, users: [user] };
    expect(reviewRefusal(involved, account(user), approvers)).toBe('involved');
  });

  it('is not signed by somebody who had a part in it under another id', () => {
    expect(reviewRefusal([human('asker', 'W1')], human('a', 'W1'), members)).toBe('involved');
    expect(reviewRefusal([human('asker', 'W1')], human('a', 'W2'), members)).toBeNull();
  });

  it('is not signed while Slack cannot tell who signs, or who had a part in it', () => {
    expect(reviewRefusal(involved, human('a', null), members)).toBe('unresolved');
    expect(reviewRefusal([human('asker', null), human('breaker', 'W1')], human('a', 'W2'), members)).toBe(
      'unresolved',
    );
    expect(reviewRefusal([human('asker', null)], human('a', null), members)).toBe('unresolved');
    expect(reviewRefusal([human('asker', null)], human('z', 'W2'), members)).toBe('not-a-member');
  });

  it.each([...OUTSIDERS, ['a member outside the group', account('z'), 'not-a-member'] as const])(
    'is not signed by %s',
    (_who, by, refusal) => {
      expect(reviewRefusal(involved, by, members)).toBe(refusal);
    },
  );
});
