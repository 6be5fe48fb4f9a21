import fc from 'fast-check';

/** Who there is: who asks is an approver, too. Noor and Sam have a second id in the Enterprise Grid each. */
export const USERS = [
  ...(['noor', 'sam', 'ines', 'noortoo', 'samtoo'] as const),
  ...(['kim', 'call', 'out', 'guest', 'stranger'] as const),
] as const;
export type User = (typeof USERS)[number];
/** The human behind an id. */
export function humanOf(user: User): User {
  return user === 'noortoo' ? 'noor' : user === 'samtoo' ? 'sam' : user;
}

/** Those whom a group can have, and an administrator can lock out. */
const COLLEAGUES = USERS.filter((user) => user !== 'stranger');
/** Members of the workspace who are in no role, as long as nobody puts them into one. */
export const OUTSIDERS = ['kim', 'out'] as const satisfies readonly User[];
export type Replica = 'a' | 'b';
export const REPLICAS = ['a', 'b'] as const satisfies readonly Replica[];

/** What a person does, at one of two replicas. `plan`: the newest of the sequence, or the one before. */
export type Click = { by: User; at: Replica; plan: 'newest' | 'before'; digest: 'shown' | 'other' } & {
  does: (typeof CLICKS)[number];
  via: (typeof CLICKED)[number] | (typeof FORGED)[number];
};
export type Ask = { does: 'ask'; by: User; at: Replica; via: (typeof ASKED)[number] };

/** What can be asked about a plan. */
export const CLICKS = [
  ...(['view', 'approve', 'deny', 'claim'] as const),
  ...(['cancel', 'break-glass', 'review', 'settle'] as const),
];
/** At the flows themselves; else in Slack, with a button on the plan's own message or on the home tab. */
export const CLICKED = ['flows', 'message', 'home'] as const;
/** With a button that was copied into another channel, or that stands on another plan's message. */
export const FORGED = ['copied', 'swapped'] as const;
/** By a command or a mention that says why, by one that asks why, by a dialog with everything, by a button in a thread. */
export const ASKED = ['flows', 'command', 'mention', 'question', 'chooser', 'button'] as const;
export type Act = Ask | Click;

/** What happens around them. */
export type Happening =
  | { does: 'joins-or-leaves'; user: User; group: 'sre' | 'oncall' }
  | { does: 'account-goes-or-returns'; user: User }
  | { does: 'slack-goes-or-returns' }
  | { does: 'target-changes'; waiting: number }
  | { does: 'catalogue-changes'; votes: 1 | 2; at: readonly Replica[] }
  | { does: 'time-passes' }
  | { does: 'flows-are-held'; held: boolean };

export type Command =
  | Act
  | Happening
  /** The same once more: a double click, a payload that is sent again. */
  | { does: 'again' }
  /** At the same moment, each at its replica. `letGo`: flows that are held go on at that moment, too. */
  | { does: 'both'; acts: readonly [Act, Act]; letGo: boolean }
  /** The replica that runs the flow dies while this is done and whatever is held goes on; the other goes on with it. */
  | { does: 'dies-during'; act: Act; steps: number; side: 'before' | 'after' | 'in the middle' };

const replica = fc.constantFrom(...REPLICAS);
const user = fc.oneof(
  { arbitrary: fc.constantFrom<User>('noor', 'sam', 'ines'), weight: 5 },
  { arbitrary: fc.constantFrom<User>('noortoo', 'samtoo'), weight: 1 },
  { arbitrary: fc.constantFrom(...USERS), weight: 2 },
);

const asked = fc.constantFrom(...ASKED);
const clicked = fc.oneof(
  { arbitrary: fc.constantFrom(...CLICKED), weight: 12 },
  { arbitrary: fc.constantFrom(...FORGED), weight: 1 },
);

const ask: fc.Arbitrary<Ask> = fc.record({
  does: fc.constant('ask' as const),
  via: asked,
  by: fc.oneof(
    { arbitrary: fc.constant<User>('noor'), weight: 8 },
    { arbitrary: user, weight: 2 },
    { arbitrary: fc.constantFrom(...OUTSIDERS), weight: 1 },
  ),
  at: replica,
});

function clicks(does: readonly Click['does'][], by: fc.Arbitrary<User>): fc.Arbitrary<Click> {
  return fc.record({
    does: fc.constantFrom(...does),
    via: clicked,
    by,
    at: replica,
    plan: fc.oneof(
      { arbitrary: fc.constant('newest' as const), weight: 9 },
      { arbitrary: fc.constant('before' as const), weight: 1 },
    ),
    digest: fc.oneof(
      { arbitrary: fc.constant('shown' as const), weight: 14 },
      { arbitrary: fc.constant('other' as const), weight: 1 },
    ),
  });
}

/** Anybody tries anything; what may be done is tried by those who may more often. */
const click: fc.Arbitrary<Click> = fc.oneof(
  { arbitrary: clicks(['approve'], user), weight: 6 },
  { arbitrary: clicks(['cancel', 'break-glass'], fc.constant('noor')), weight: 2 },
  { arbitrary: clicks(['deny', 'review', 'review', 'settle'], fc.constantFrom('sam', 'ines')), weight: 3 },
  {
    arbitrary: clicks(
      CLICKS.filter((does) => does !== 'approve'),
      user,
    ),
    weight: 4,
  },
);

const act: fc.Arbitrary<Act> = fc.oneof({ arbitrary: click, weight: 5 }, { arbitrary: ask, weight: 1 });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    does: fc.constant('joins-or-leaves' as const),
    user: fc.constantFrom(...COLLEAGUES),
    group: fc.constantFrom('sre' as const, 'oncall' as const),
  }),
  fc.record({ does: fc.constant('account-goes-or-returns' as const), user: fc.constantFrom(...COLLEAGUES) }),
  fc.record({ does: fc.constant('slack-goes-or-returns' as const) }),
  fc.record({
    does: fc.constant('target-changes' as const),
    waiting: fc.constantFrom(0, 1_243, 1_300, 48_000),
  }),
  fc.record({
    does: fc.constant('catalogue-changes' as const),
    votes: fc.constantFrom<1 | 2>(1, 2),
    at: fc.constantFrom<readonly Replica[]>(['a'], ['b'], ['a', 'b']),
  }),
  fc.record({ does: fc.constant('time-passes' as const) }),
  fc.record({ does: fc.constant('flows-are-held' as const), held: fc.boolean() }),
);

const together: fc.Arbitrary<Command> = fc.record({
  does: fc.constant('both' as const),
  acts: fc.tuple(act, act),
  letGo: fc.boolean(),
});

const death: fc.Arbitrary<Command> = fc.record({
  does: fc.constant('dies-during' as const),
  act,
  steps: fc.nat(4),
  side: fc.constantFrom('before' as const, 'after' as const, 'in the middle' as const),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: act, weight: 8 },
  { arbitrary: happening, weight: 5 },
  { arbitrary: together, weight: 3 },
  { arbitrary: death, weight: 3 },
  { arbitrary: fc.record({ does: fc.constant('again' as const) }), weight: 1 },
);

export interface Sequence {
  votes: 1 | 2;
  glass: boolean;
  commands: readonly Command[];
}

const FIRST = {
  nothing: [],
  sam: [['approve', 'sam']],
  both: [
    ['approve', 'sam'],
    ['approve', 'ines'],
  ],
  glass: [['break-glass', 'noor']],
} as const satisfies Record<string, readonly (readonly [Click['does'], User])[]>;

/** Somebody has asked; often it is approved already or the glass is broken, and what follows meets what is not spent yet. */
const beginning: fc.Arbitrary<readonly Command[]> = fc
  .record({
    ...{ asked: replica, voted: replica, held: fc.boolean() },
    ...{ next: fc.constantFrom<keyof typeof FIRST>('nothing', 'sam', 'both', 'glass') },
    ...{ askedVia: asked, votedVia: fc.constantFrom(...CLICKED) },
  })
  .map(({ asked, voted, held, next, askedVia, votedVia }) => [
    { does: 'ask', by: 'noor', at: asked, via: askedVia },
    { does: 'flows-are-held', held },
    ...FIRST[next].map(
      ([does, by]): Click => ({ does, by, at: voted, via: votedVia, plan: 'newest', digest: 'shown' }),
    ),
  ]);

export const sequences: fc.Arbitrary<Sequence> = fc
  .record({
    votes: fc.oneof(
      { arbitrary: fc.constant(1 as const), weight: 1 },
      { arbitrary: fc.constant(2 as const), weight: 1 },
    ),
    glass: fc.boolean(),
    first: beginning,
    rest: fc.array(command, { minLength: 1, maxLength: 8 }),
  })
  .map(({ votes, glass, first, rest }) => ({ votes, glass, commands: [...first, ...rest] }));
