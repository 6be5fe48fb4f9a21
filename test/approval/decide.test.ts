import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CountedVote,
  decide,
  eligible,
  refusalOf,
  requesterGone,
  type Standing,
  standingApprovals,
} from '../../src/approval/decide.ts';
import { type Account, type Person, personKey } from '../../src/approval/person.ts';
import type { Plan } from '../../src/plan/plan.ts';

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

function vote(user: string, overrides: Partial<CountedVote> = {}): CountedVote {
  const cast = { ...person(user), vote: 'approve' as const, digest: DIGEST, at: '2026-01-01T03:19:00Z' };
  return { ...cast, key: `${overrides.team ?? TEAM}/${user}`, ...overrides };
}

function account(user: string, overrides: Partial<Account> = {}): Account {
  return { ...person(user), kind: 'member', ...overrides };
}

const ASKER = account('asker');
/** The account of this id, which belongs to this human in the Grid; null where Slack does not say whose it is. */
const linked = (user: string, human: string | null, overrides: Partial<Account> = {}) =>
  account(user, { enterprise: human === null ? null : { id: 'E1', user: human }, ...overrides });
/** The vote of an account. */
const voteOf = (of: Account, overrides: Partial<CountedVote> = {}) =>
  vote(of.user, { key: personKey(of), ...overrides });

describe('the key of a person', () => {
  it('is who they are in the Enterprise Grid, whichever of their ids they came with', () => {
    expect(personKey(linked('a', 'W1'))).toBe('enterprise:E1/W1');
    expect(personKey(linked('b', 'W1'))).toBe(personKey(linked('a', 'W1')));
    expect(personKey(linked('a', 'W1'))).not.toBe(personKey(linked('a', 'W2')));
    expect(personKey(account('a', { enterprise: { id: 'E2', user: 'W1' } }))).toBe('enterprise:E2/W1');
  });

  it('is team and user outside of one', () => {
    expect(personKey(account('a'))).toBe('T1/a');
    expect(personKey(account('a', { team: 'T2' }))).toBe('T2/a');
  });

  it('is none where Slack does not say who it is', () => {
    expect(personKey(linked('a', null))).toBeNull();
  });
});

describe('deciding', () => {
  it('waits for as many distinct people as the policy wants', () => {
    expect(decide(standing(2), ASKER, [], NOW)).toEqual({ state: 'waiting', missing: 2 });
    expect(decide(standing(2), ASKER, [vote('a'), vote('a')], NOW)).toEqual({ state: 'waiting', missing: 1 });
    expect(decide(standing(2), ASKER, [vote('a'), vote('b')], NOW)).toEqual({ state: 'approved' });
  });

  it('waits for one person where a plan has no policy', () => {
    expect(decide(under(undefined), ASKER, [], NOW)).toEqual({ state: 'waiting', missing: 1 });
    expect(decide(under(undefined), ASKER, [vote('a')], NOW)).toEqual({ state: 'approved' });
  });

  it('ends with one denial, whatever else was voted', () => {
    const votes = [vote('a'), vote('b'), vote('c', { vote: 'deny' })];
    expect(decide(standing(2), ASKER, votes, NOW)).toEqual({ state: 'denied', by: person('c') });
  });

  it('does not count votes on another digest, for or against', () => {
    const other = { digest: 'b'.repeat(64) };
    const votes = [vote('a', other), vote('b', { ...other, vote: 'deny' })];
    expect(decide(standing(1), ASKER, votes, NOW)).toEqual({ state: 'waiting', missing: 1 });
  });

  it('expires at its time exactly, and not a moment before', () => {
    const at = Date.parse(standing().expiresAt);
    expect(decide(standing(), ASKER, [], new Date(at - 1)).state).toBe('waiting');
    expect(decide(standing(), ASKER, [], new Date(at)).state).toBe('expired');
    expect(decide(standing(), ASKER, [vote('a')], new Date(at)).state).toBe('approved');
  });

  it('counts a human with two linked ids once, and the requester under neither', () => {
    const [one, two, other] = [linked('a', 'W1'), linked('b', 'W1'), linked('c', 'W2')];
    const asker = linked('asker', 'W1');
    expect(decide(standing(2), ASKER, [voteOf(one), voteOf(two)], NOW)).toEqual({
      state: 'waiting',
      missing: 1,
    });
    expect(decide(standing(2), ASKER, [voteOf(one), voteOf(other)], NOW)).toEqual({ state: 'approved' });
    expect(decide(standing(1), asker, [voteOf(two)], NOW)).toEqual({ state: 'waiting', missing: 1 });
  });

  it('counts nobody whom Slack cannot tell, and nobody at all while it cannot tell the requester', () => {
    expect(decide(standing(1), ASKER, [voteOf(linked('a', null))], NOW)).toEqual({
      state: 'waiting',
      missing: 1,
    });
    const asker = linked('asker', null);
    expect(decide(standing(1), asker, [vote('a')], NOW)).toEqual({ state: 'waiting', missing: 1 });
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
      fc.property(fc.array(anyVote, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (cast, needed) => {
        const votes = cast.map((one) => ({ ...one, key: `${one.team}/${one.user}` }));
        const others = votes.filter(
          (one) =>
            one.vote === 'approve' && one.digest === DIGEST && !(one.user === 'asker' && one.team === TEAM),
        );
        const distinct = new Set(others.map((one) => `${one.team}:${one.user}`)).size;
        const denied = votes.some((one) => one.vote === 'deny' && one.digest === DIGEST);
        const { state } = decide(standing(needed), ASKER, votes, NOW);
        expect(state).toBe(denied ? 'denied' : distinct >= needed ? 'approved' : 'waiting');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a vote', () => {
  const approvers = { team: TEAM, users: ['a', 'b', 'asker', 'guest', 'bot', 'gone', 'far'] };
  const ask = (voter: Account, votes: CountedVote[] = [], now = NOW, digest = DIGEST) =>
    refusalOf(standing(), { voter, requester: ASKER, digest, approvers, votes }, now);
  const asked = (requester: Account, voter: Account) =>
    refusalOf(standing(), { voter, requester, digest: DIGEST, approvers, votes: [] }, NOW);

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
    const nobody = { team: TEAM, users: [] };
    const ballot = { voter: account('a'), requester: ASKER, digest: DIGEST, approvers: nobody, votes: [] };
    expect(refusalOf(standing(), ballot, NOW)).toBe('not-a-member');
  });

  it('is refused to the requester under another of their ids', () => {
    expect(asked(linked('asker', 'W1'), linked('a', 'W1'))).toBe('requester');
    expect(asked(linked('asker', 'W1'), linked('a', 'W2'))).toBeNull();
  });

  it('is refused to whoever voted under another of their ids', () => {
    expect(ask(linked('b', 'W1'), [voteOf(linked('a', 'W1'))])).toBe('already-voted');
    expect(ask(linked('b', 'W2'), [voteOf(linked('a', 'W1'))])).toBeNull();
    expect(ask(linked('a', 'W2'), [voteOf(linked('a', 'W1'))])).toBe('already-voted');
  });

  it('is refused where Slack cannot tell who votes, or who asked', () => {
    expect(ask(linked('a', null))).toBe('unresolved');
    expect(asked(linked('asker', null), account('a'))).toBe('unresolved');
    expect(asked(linked('asker', null), linked('a', null))).toBe('unresolved');
  });

  it('is not refused for the sake of a requester who has left: that makes the plan void', () => {
    expect(asked(linked('asker', null, { kind: 'deactivated' }), account('a'))).toBeNull();
  });

  it.each<[Account['kind'], string | null]>([
    ['member', null],
    ['deactivated', 'deactivated'],
    ['guest', 'guest'],
    ['bot', 'bot'],
    ['stranger', 'stranger'],
  ])('on the request of a %s: void is %s', (kind, gone) => {
    expect(requesterGone(account('asker', { kind }))).toBe(gone);
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
    expect(eligible(accounts, ASKER, approvers)).toEqual([account('a')]);
  });

  it('are one for each human, not the requester under another id, and nobody whom Slack cannot tell', () => {
    const users = ['a', 'b', 'c', 'd', 'e', 'asker'];
    const accounts = [
      ...[linked('a', 'W1'), linked('b', 'W1'), linked('c', 'W2'), linked('d', 'W9')],
      ...[linked('e', null), linked('asker', 'W9')],
    ];
    const able = eligible(accounts, linked('asker', 'W9'), { team: TEAM, users });
    expect(able.map(({ user }) => user)).toEqual(['a', 'c']);
    expect(eligible(accounts, linked('asker', null), { team: TEAM, users })).toEqual([]);
  });

  it('still support what one human approved under two ids once', () => {
    const accounts = [linked('a', 'W1'), linked('b', 'W1')];
    const able = eligible(accounts, ASKER, { team: TEAM, users: ['a', 'b'] });
    expect(
      standingApprovals(
        accounts.map((one) => voteOf(one)),
        DIGEST,
        able,
      ),
    ).toHaveLength(1);
  });

  it('decides again when the approval is spent', () => {
    const votes = [vote('a'), vote('b'), vote('c', { digest: 'b'.repeat(64) }), vote('d', { vote: 'deny' })];
    expect(standingApprovals(votes, DIGEST, [account('a'), account('c'), account('d')])).toEqual([votes[0]]);
  });
});
