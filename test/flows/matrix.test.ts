import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import type { Answer, Flows } from '../../src/flows/requests.ts';
import type { PlanState } from '../../src/store/schema.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

/**
 * Every kind of person, in every state of a plan, by everything that can be asked about one: what is allowed is written
 * down here once more, as docs/security.md has it, and whatever else is tried changes nothing at all.
 */
const WHO = {
  'who asked': NOOR,
  'an approver': SAM,
  'an approver who voted': { ...SAM, user: 'U0VOTED' },
  'one of those who may break the glass': { ...SAM, user: 'U0CALL' },
  'a member of neither': { ...SAM, user: 'U0OUT' },
  'a guest in every group': { ...SAM, user: 'U0GUEST' },
  'a bot in every group': { ...SAM, user: 'U0BOT' },
  'a deactivated account in every group': { ...SAM, user: 'U0GONE' },
  'an approver’s id in another organisation': { ...STRANGER, user: SAM.user },
} as const satisfies Record<string, Person>;
type Who = keyof typeof WHO;

const STATES = [
  ...(['waiting', 'approved', 'running', 'done', 'failed'] as const),
  ...(['unknown', 'denied', 'cancelled', 'expired', 'void'] as const),
];

type Ask = (
  flows: Flows,
  request: { plan: string; digest: string; by: Person },
) => Promise<Answer | { ok: boolean }>;
const PATHS = {
  view: (flows, request) => flows.viewPlan(request),
  approve: (flows, request) => flows.approve(request),
  deny: (flows, request) => flows.deny({ ...request, reason: 'no' }),
  claim: (flows, request) => flows.claim(request),
  cancel: (flows, request) => flows.cancel(request),
  'break the glass': (flows, request) => flows.breakGlass({ ...request, reason: 'nobody answers' }),
  review: (flows, request) => flows.review({ ...request, note: 'all well' }),
  'it was done': (flows, request) => flows.settle({ ...request, happened: true }),
} as const satisfies Record<string, Ask>;
type Path = keyof typeof PATHS;

/** What may be done, and the state that it leads to. */
function allowed(who: Who, state: PlanState, path: Path): PlanState | null {
  const votes = state === 'waiting' && who === 'an approver';
  const breaks = who === 'who asked' || who === 'one of those who may break the glass';
  const isPerson = !/guest|bot|deactivated|another organisation/.test(who);
  const may: Record<Path, PlanState | null | false> = {
    view: votes && 'waiting',
    claim: votes && 'waiting',
    approve: votes && 'approved',
    deny: votes && 'denied',
    cancel: who === 'who asked' && (state === 'waiting' || state === 'approved') && 'cancelled',
    'break the glass': state === 'waiting' && breaks && 'approved',
    review: null,
    'it was done': state === 'unknown' && isPerson && 'done',
  };
  return may[path] || null;
}

const CELLS = (Object.keys(WHO) as Who[]).flatMap((who) =>
  STATES.flatMap((state) => (Object.keys(PATHS) as Path[]).map((path) => ({ who, state, path }))),
);

let database: TestDatabase;
let house: TestHouse;
let model: { id: string; digest: string };

beforeAll(async () => {
  database = await createTestDatabase();
  const policy = {
    by: ['sre'],
    votes: 1,
    expires: '15m',
    'begin-within': '5m',
    'break-glass': { by: ['oncall'] },
  };
  const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };
  house = await startTestHouse(database, {
    catalogue: testCatalogue(testService([testRunbook()], { policies: { destructive: policy }, roles })),
  });
  const others = ['U0GUEST', 'U0BOT', 'U0GONE'];
  house.people.groups.S0SRE = ['U0NOOR', 'U0SAM', 'U0VOTED', ...others];
  house.people.groups.S0CALL = ['U0NOOR', 'U0CALL', ...others];
  const purge = { service: 'shop', runbook: 'stuck', parameters: { queue: 'orders' }, action: 'purge' };
  await house.flows.remediate({ ...purge, by: NOOR, reason: 'x', place: { channel: 'C0SHOP' } }, 'model');
  model = await database.db.selectFrom('plan').select(['id', 'digest']).executeTakeFirstOrThrow();
}, 60_000);
afterAll(async () => {
  await house.stop();
  await database.drop();
});

/** The model's plan once more, in this state, with the vote of somebody. */
async function planIn(state: PlanState): Promise<string> {
  const id = randomUUID();
  await sql`
    insert into plan (id, request, digest, frozen, service, runbook, action, state, asked_team, asked_user, place, expires_at)
    select ${id}, ${id}, digest, frozen, service, runbook, ${id}, ${state}, asked_team, asked_user, place, expires_at
    from plan where id = ${model.id}`.execute(database.db);
  // Its flow, which is told of every change and does nothing here.
  await sql`insert into dbos.workflow_status (workflow_uuid) values (${`remediate:${id}`})`.execute(
    database.db,
  );
  const voted = WHO['an approver who voted'];
  const vote = { plan: id, ...voted, vote: 'approve', digest: 'f'.repeat(64) } as const;
  await database.db.insertInto('vote').values(vote).execute();
  return id;
}

/** Everything that is known of a plan: nothing of it may change when something is refused. */
async function everythingOf(id: string): Promise<string> {
  const tables = ['vote', 'review', 'plan_step', 'audit'] as const;
  const rows = await Promise.all(
    tables.map((table) => sql`select * from ${sql.table(table)} where plan = ${id}`.execute(database.db)),
  );
  const plan = await sql`select * from plan where id = ${id}`.execute(database.db);
  return JSON.stringify([plan.rows, ...rows.map((result) => result.rows)]);
}

describe('who may do what with a plan', () => {
  it('has a cell for each', () => {
    console.log(
      `${CELLS.length} cells: ${Object.keys(WHO).length} people, ${STATES.length} states, ${Object.keys(PATHS).length} paths`,
    );
    expect(
      CELLS.filter(({ who, state, path }) => allowed(who, state, path) !== null).map(Object.values),
    ).toHaveLength(13);
  });

  it.each(CELLS)('$who · $state · $path', async ({ who, state, path }) => {
    const plan = await planIn(state);
    const before = await everythingOf(plan);
    const answer = await PATHS[path](house.flows, { plan, digest: model.digest, by: WHO[who] });
    const leadsTo = allowed(who, state, path);
    expect(answer.ok).toBe(leadsTo !== null);
    if (leadsTo === null) {
      expect(await everythingOf(plan)).toBe(before);
      expect((answer as Answer).says?.length).toBeGreaterThan(10);
    } else {
      const { state: now } = await database.db
        .selectFrom('plan')
        .select('state')
        .where('id', '=', plan)
        .executeTakeFirstOrThrow();
      expect(now).toBe(leadsTo);
      expect(await everythingOf(plan)).not.toBe(before);
    }
  });
});
