import type { Transaction } from 'kysely';
import type { Tables } from './schema.ts';

/** A catalogue that was refused and not replaced since; `started` when a process began with the last good one. */
export interface RefusedCatalogue {
  revision: string;
  started: boolean;
}

/** Adds one; resolves with when it was refused first. */
export async function addRefused(tx: Transaction<Tables>, refused: RefusedCatalogue): Promise<Date> {
  await tx
    .insertInto('refused_catalogue')
    .values(refused)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { at } = await tx
    .selectFrom('refused_catalogue')
    .select('at')
    .where('revision', '=', refused.revision)
    .where('started', '=', refused.started)
    .executeTakeFirstOrThrow();
  return at;
}

/** Takes them all, since a good catalogue is in force. */
export async function takeRefused(tx: Transaction<Tables>): Promise<(RefusedCatalogue & { at: Date })[]> {
  return tx.deleteFrom('refused_catalogue').returning(['revision', 'started', 'at']).execute();
}
