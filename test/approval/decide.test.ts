import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, eligible, refusalOf, type Standing, standingApprovals } from '../../src/approval/decide.ts';
import type { Account, Person } from '../../src/approval/person.ts';
import type { Plan, Vote } from '../../src/plan/plan.ts';

const TEAM = 'T1';
const DIGEST = 'a'.repeat(64);
const NOW = new Date('2026-01-01T03:20:00Z');
const person = (user: string, team = TEAM): Person => ({ team, user });

function standing(votes = 1): Standing {
  return under({ by: ['sre'], votes, expires: '15m', 'begin-within': '5m' });
}

function under(policy: Plan['policy']): Standing {
  return {
    plan: { requester: person('asker'), policy } as Plan,
    digest: DIGEST,
    expiresAt: '2026-01-01T03:34:00.000Z',
  };
}

function vote(user: string, overrides: Partial<Vote> = {}): Vote {
  return { ...person(user), vote: 'approve', digest: DIGEST, at: '2026-01-01T03:19:00Z', ...overrides };
}

function account(user: string, overrides: Partial<Account> = {}): Account {
  return { ...person(user), kind: 'member', ...overrides };
}

describe('deciding', () => {
  it('waits for as many distinct people as the policy wants', () => {
    expect(decide(standing(2), [], NOW)).toEqual({ state: 'waiting', missing: 2 });
    expect(decide(standing(2), [vote('a'), vote('a')], NOW)).toEqual({ state: 'waiting', missing: 1 });
    expect(decide(standing(2), [vote('a'), vote('b')], NOW)).toEqual({ state: 'approved' });
  });

  it('waits for one person where a plan has no policy', () => {
    expect(decide(under(undefined), [], NOW)).toEqual({ state: 'waiting', missing: 1 });
    expect(decide(under(undefined), [vote('a')], NOW)).toEqual({ state: 'approved' });
  });

  it('ends with one denial, whatever else was voted', () => {
    const votes = [vote('a'), vote('b'), vote('c', { vote: 'deny' })];
    expect(decide(standing(2), votes, NOW)).toEqual({ state: 'denied', by: person('c') });
  });

  it('does not count votes on another digest, for or against', () => {
    const other = { digest: 'b'.repeat(64) };
    const votes = [vote('a', other), vote('b', { ...other, vote: 'deny' })];
    expect(decide(standing(1), votes, NOW)).toEqual({ state: 'waiting', missing: 1 });
  });

  it('expires at its time exactly, and not a moment before', () => {
    const at = Date.parse(standing().expiresAt);
    expect(decide(standing(), [], new Date(at - 1)).state).toBe('waiting');
    expect(decide(standing(), [], new Date(at)).state).toBe('expired');
    expect(decide(standing(), [vote('a')], new Date(at)).state).toBe('approved');
  });

  it('is never approved by fewer than N distinct others on this very digest', () => {
    const anyVote = fc.record({
      team: fc.constantFrom('T1', 'T2'),
      user: fc.constantFrom('asker', 'a', 'b', 'c'),
      vote: fc.constantFrom('approve' as const, 'deny' as const),
      digest: fc.constantFrom(DIGEST, 'b'.repeat(64)),
      at: fc.constant('2026-01-01T03:19:00Z'),
    });
    fc.assert(
      fc.property(fc.array(anyVote, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (votes, needed) => {
        const others = votes.filter(
          (one) =>
            one.vote === 'approve' && one.digest === DIGEST && !(one.user === 'asker' && one.team === TEAM),
        );
        const distinct = new Set(others.map((one) => `${one.team}:${one.user}`)).size;
        const denied = votes.some((one) => one.vote === 'deny' && one.digest === DIGEST);
        const { state } = decide(standing(needed), votes, NOW);
        expect(state).toBe(denied ? 'denied' : distinct >= needed ? 'approved' : 'waiting');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a vote', () => {
  const approvers = { team: TEAM, users: ['a', 'b', 'asker', 'guest', 'bot', 'gone', 'far'] };
  const ask = (voter: Account, votes: Vote[] = [], now = NOW, digest = DIGEST) =>
    refusalOf(standing(), voter, digest, approvers, votes, now);

  it.each<[string, Account, string | null]>([
    ['a member of the group', account('a'), null],
    ['the requester', account('asker'), 'requester'],
    ['a member outside the group', account('z'), 'not-a-member'],
    ['a guest', account('guest', { kind: 'guest' }), 'guest'],
    ['a bot', account('bot', { kind: 'bot' }), 'bot'],
    ['a deactivated account', account('gone', { kind: 'deactivated' }), 'deactivated'],
    ['a stranger', account('far', { kind: 'stranger' }), 'stranger'],
    ['the same user id in another team', account('a', { team: 'T2' }), 'stranger'],
  ])('of %s: %j -> %s', (_who, voter, refusal) => {
    expect(ask(voter)).toBe(refusal);
  });

  it('is refused a second time, on another digest, and after the clock', () => {
    expect(ask(account('a'), [vote('a')])).toBe('already-voted');
    expect(ask(account('a'), [], NOW, 'b'.repeat(64))).toBe('other-digest');
    expect(ask(account('a'), [], new Date('2026-01-01T03:34:00Z'))).toBe('expired');
  });

  it('by the same user id of another team is not taken for the requester or for a vote that was cast', () => {
    expect(ask(account('asker', { team: 'T2' }))).toBe('stranger');
    expect(ask(account('a'), [vote('a', { team: 'T2' })])).toBeNull();
  });

  it('is refused to everybody when the group is empty', () => {
    expect(refusalOf(standing(), account('a'), DIGEST, { team: TEAM, users: [] }, [], NOW)).toBe(
      'not-a-member',
    );
  });
});

describe('who could approve', () => {
  const approvers = { team: TEAM, users: ['a', 'b', 'asker', 'guest'] };

  it('are the members of the group who are people of this team, less the requester, each once', () => {
    const accounts = [
      account('a'),
      account('a'),
      account('b', { kind: 'deactivated' }),
      account('asker'),
      account('guest', { kind: 'guest' }),
      account('z'),
      account('b', { team: 'T2' }),
    ];
    expect(eligible(accounts, person('asker'), approvers)).toEqual([account('a')]);
  });

  it('decides again when the approval is spent', () => {
    const votes = [vote('a'), vote('b'), vote('c', { digest: 'b'.repeat(64) }), vote('d', { vote: 'deny' })];
    expect(standingApprovals(votes, DIGEST, [account('a'), account('c'), account('d')])).toEqual([votes[0]]);
  });
});
