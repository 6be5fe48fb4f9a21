import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { type Bench, type Measured, median, quantile, round, timed } from './bench.ts';
import { benchDatabase } from './database.ts';

const CLICKS = 60;
const FEW = 10;
const MANY = 10_000;
const LOOKS = 30;

/** From the deciding click to the first step, while looking people up costs nothing; and `/approvals` among many. */
export const approval: Bench = {
  name: 'approval',
  async run(): Promise<Measured[]> {
    const database = await benchDatabase();
    const house = await startTestHouse({ ...database, drop: database.close });
    try {
      return [await clicks(house, database), await listing(house, database)];
    } finally {
      await house.stop();
      await database.close();
    }
  },
};

type BenchDatabase = Awaited<ReturnType<typeof benchDatabase>>;

async function asked(house: TestHouse, { db }: BenchDatabase, by: Person, queue: string) {
  const request = {
    service: 'shop',
    runbook: 'stuck',
    parameters: { queue },
    by,
    place: { channel: 'C0SHOP' },
  };
  await house.flows.remediate({ ...request, action: 'purge', reason: 'duplicates' }, queue);
  return db
    .selectFrom('plan')
    .select(['id', 'digest'])
    .where('request', '=', queue)
    .executeTakeFirstOrThrow();
}

async function clicks(house: TestHouse, database: BenchDatabase): Promise<Measured> {
  const took: number[] = [];
  for (let click = 0; click < CLICKS; click += 1) {
    const { id: plan, digest } = await asked(house, database, NOOR, `click-${click}`);
    const begun = Promise.withResolvers<void>();
    house.steps.whilePerforming = () => begun.resolve();
    took.push(
      await timed(() => Promise.all([house.flows.approve({ plan, digest, by: SAM }), begun.promise])),
    );
    await house.says(`plan:${plan}`, (text) => text.includes('Done'));
  }
  return {
    name: 'from the deciding click to the first step',
    compared: 'to nothing: p95, looking people up costs nothing here',
    value: round(quantile(took, 0.95), 1),
    limit: 150,
    side: 'at most',
    unit: 'ms',
    details: { medianMs: round(median(took), 1), slowestMs: round(Math.max(...took), 1), clicks: CLICKS },
  };
}

async function listing(house: TestHouse, database: BenchDatabase): Promise<Measured> {
  const { id } = await asked(house, database, NOOR, 'model');
  await waiting(database, id, FEW);
  const few = await looks(house);
  await waiting(database, id, MANY);
  const many = await looks(house);
  return {
    name: `/approvals while ${MANY.toLocaleString('en-US')} plans wait`,
    compared: `to ${FEW} of them`,
    value: round(many / few),
    limit: 2,
    side: 'at most',
    unit: 'x',
    details: { fewMs: round(few), manyMs: round(many) },
  };
}

/** So many more that wait, as the model does. */
async function waiting({ db }: BenchDatabase, model: string, count: number): Promise<void> {
  await sql`
    insert into plan (id, request, digest, frozen, service, runbook, action, state, asked_team, asked_user, place, expires_at)
    select gen_random_uuid(), gen_random_uuid(), digest, frozen, service, runbook, gen_random_uuid(), 'waiting', asked_team,
           asked_user, place, now() + interval '1 hour'
    from plan, generate_series(1, ${count}) where id = ${model}`.execute(db);
  await sql`analyze plan`.execute(db);
}

async function looks(house: TestHouse): Promise<number> {
  const took: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) took.push(await timed(() => house.flows.approvals(SAM)));
  return median(took.slice(5));
}
