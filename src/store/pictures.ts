import type { Queries } from './database.ts';

export interface StoredPicture {
  key: string;
  png: Buffer;
  title: string;
  alt: string;
  /** Slack's file id, once it has been uploaded. */
  slackFile: string | null;
}

/** Keeps a picture until delivery uploads it; the first one under a key stays. */
export async function keepPicture(
  db: Queries,
  picture: { key: string; png: Uint8Array; title: string; alt: string },
): Promise<void> {
  await db
    .insertInto('picture')
    .values({ ...picture, png: Buffer.from(picture.png), slack_file: null })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

export async function findPicture(db: Queries, key: string): Promise<StoredPicture | null> {
  const row = await db.selectFrom('picture').selectAll().where('key', '=', key).executeTakeFirst();
  return row
    ? { key: row.key, png: row.png, title: row.title, alt: row.alt, slackFile: row.slack_file }
    : null;
}

/** What pictures show, for those of these keys that were drawn, in their order. */
export async function picturesUnder(
  db: Queries,
  keys: readonly string[],
): Promise<Pick<StoredPicture, 'key' | 'title' | 'alt'>[]> {
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('picture')
    .select(['key', 'title', 'alt'])
    .where('key', 'in', keys)
    .execute();
  return rows.sort((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));
}

/** Slack's file ids of those pictures that Slack has. */
export async function slackFilesOf(db: Queries, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('picture')
    .select(['key', 'slack_file'])
    .where('key', 'in', keys)
    .where('slack_file', 'is not', null)
    .execute();
  return new Map(rows.map((row) => [row.key, row.slack_file ?? '']));
}

export async function pictureUploaded(db: Queries, key: string, slackFile: string): Promise<void> {
  await db
    .updateTable('picture')
    .set({ slack_file: slackFile, uploaded_at: new Date() })
    .where('key', '=', key)
    .execute();
}
