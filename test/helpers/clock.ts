import { sql } from 'kysely';
import type { Queries } from '../../src/store/database.ts';

/** From now on PostgreSQL's clock, as Guardia asks it in this database, is so much ahead; behind when negative. */
export async function shiftDatabaseClock(db: Queries, ms: number): Promise<void> {
  const ahead = sql.lit(`select clock_timestamp() + make_interval(secs => ${ms / 1_000})`);
  await sql`create or replace function guardia_now() returns timestamptz language sql volatile as ${ahead}`.execute(
    db,
  );
}

const Real = Date;

/** From now on this process's own clock is so much ahead; behind when negative. */
export function setOwnClock(ms: number): void {
  globalThis.Date = class extends Real {
    constructor(...given: ConstructorParameters<DateConstructor> | []) {
      super(...((given.length === 0 ? [Real.now() + ms] : given) as [number]));
    }
    static override now(): number {
      return Real.now() + ms;
    }
  } as DateConstructor;
}

export function rightOwnClock(): void {
  globalThis.Date = Real;
}
