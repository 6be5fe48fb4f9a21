import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { sql } from 'kysely';
import type { KeptCatalogue } from '../catalogue/hold.ts';
import type { Queries } from './database.ts';

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];

/** The catalogue's own bound is 64 MiB of text; JSON may double that. */
const MOST_BYTES = 128 * 1_024 * 1_024;

/** Keeps the catalogue that is in force, in the place of the one before. */
export async function keepLastGood(db: Queries, { revision, files }: KeptCatalogue): Promise<void> {
  const kept = await db.selectFrom('last_good_catalogue').select('revision').executeTakeFirst();
  if (kept?.revision === revision) return;
  const text = JSON.stringify(files.map(({ service, name, path, text }) => ({ service, name, path, text })));
  const row = { revision, files: await compress(text) };
  await db
    .insertInto('last_good_catalogue')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('only_row')
        .doUpdateSet({ ...row, in_force_since: sql`guardia_now()` })
        .where('last_good_catalogue.revision', '!=', revision),
    )
    .execute();
}

/** The catalogue that was in force last, on any replica, and since when. */
export async function findLastGood(db: Queries): Promise<(KeptCatalogue & { since: string }) | null> {
  const row = await db.selectFrom('last_good_catalogue').selectAll().executeTakeFirst();
  if (!row) return null;
  const text = await decompress(row.files, { maxOutputLength: MOST_BYTES });
  return {
    revision: row.revision,
    since: row.in_force_since.toISOString(),
    files: JSON.parse(text.toString('utf8')) as KeptCatalogue['files'],
  };
}
