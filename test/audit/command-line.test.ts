import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type AuditEntry, BEFORE_THE_FIRST, type ChainHead, hashOf } from '../../src/audit/chain.ts';
import { runAudit } from '../../src/audit/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

/** Two more than are read at once. */
const LENGTH = 1_002;
const CLI = join(import.meta.dirname, '../../src/cli.ts');

let entries: AuditEntry[];
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-audit-'));
  database = await createTestDatabase();
  entries = chain(LENGTH);
  await fill(database, entries);
});
afterAll(() => Promise.all([database.drop(), rm(folder, { recursive: true })]));

function chain(length: number): AuditEntry[] {
  const made: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const entry = {
      ...{ seq, at: '2026-11-14T03:12:00.000Z', event: 'asked' as const, team: 'T', user: 'U' },
      ...{ plan: null, digest: null, details: { seq }, previous: made.at(-1)?.hash ?? BEFORE_THE_FIRST },
    };
    made.push({ ...entry, hash: hashOf(entry) });
  }
  return made;
}

async function fill({ db }: TestDatabase, record: readonly AuditEntry[]): Promise<void> {
  const rows = record.map((entry) => ({
    ...entry,
    seq: String(entry.seq),
    details: JSON.stringify(entry.details),
  }));
  await db.insertInto('audit').values(rows).execute();
}

async function guardia(argv: readonly string[], environment: Record<string, string> = {}) {
  const [out, err] = [[] as string[], [] as string[]];
  const code = await runAudit(argv, {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    environment: { DATABASE_URL: database.url, GUARDIA_DATA: folder, ...environment },
  });
  return { code, out, err };
}

const entry = (seq: number) => entries[seq - 1] as AuditEntry;
const written = ({ seq, hash }: ChainHead) => `${seq}:${hash}`;
/** Without the user and the password of its URL. */
const placeOf = (url: string) => /@(.+)$/.exec(url)?.[1];
const recordIn = ({ url } = database) => `The record in ${placeOf(url)}`;
const whole = () => ({ code: 0, out: [`${recordIn()} is whole: 1002 entries.`], err: [] });
const broken = (why: string, where = database) => ({
  ...{ code: 1, out: [] },
  err: [`${recordIn(where)} is broken: ${why}.`],
});

async function headFile(heads: readonly ChainHead[]): Promise<string> {
  const file = join(folder, `heads-${heads.map(({ seq }) => seq).join('-')}`);
  await writeFile(file, heads.map((head) => `2026-11-14T03:12:00.000Z ${written(head)}\n`).join(''));
  return file;
}

describe('guardia audit verify', () => {
  it('says that the record is whole', async () => {
    expect(await guardia(['verify'])).toEqual(whole());
  });

  it('holds the record against every head that is named', async () => {
    const named = ['--head', written(entry(1_002)), '--head', written(entry(3))];
    expect(await guardia(['verify', ...named])).toEqual(whole());
    expect(await guardia(['verify', '--head', `2:${entry(3).hash}`, ...named])).toEqual(
      broken('entry 2 is not the one that was exported'),
    );
  });

  it('holds the record against every head of a file', async () => {
    const heads = [entry(1_001), entry(1), entry(1_000), entry(1_002)];
    expect(await guardia(['verify', '--heads', await headFile(heads)])).toEqual(whole());
    for (const seq of [1_000, 1_001]) {
      const falsified = await headFile([...heads, { seq, hash: entry(3).hash }]);
      expect(await guardia(['verify', '--heads', falsified])).toEqual(
        broken(`entry ${seq} is not the one that was exported`),
      );
    }
  });

  it('says that a tail was cut', async () => {
    expect(await guardia(['verify', '--head', `1003:${entry(1).hash}`])).toEqual(
      broken('the chain ends before entry 1003, which was exported: its tail was cut'),
    );
  });

  it('says which entry was changed, and which is missing', async () => {
    const other = await createTestDatabase();
    const verified = () => guardia(['verify'], { DATABASE_URL: other.url });
    try {
      await fill(other, entries.slice(0, 3).with(1, { ...entry(2), user: 'V' }));
      expect(await verified()).toEqual(broken('entry 2 was changed after it was written', other));
      await sql`delete from audit where seq = 2`.execute(other.db);
      expect(await verified()).toEqual(broken('entry 2 is missing: after 1 comes 3', other));
    } finally {
      await other.drop();
    }
  });
});

describe('guardia audit', () => {
  it.each<[string, string[], string]>([
    ['nothing', [], 'there is only verify'],
    ['another command', ['check'], 'there is only verify'],
    ['a word too many', ['verify', 'all'], 'there is only verify'],
    ['an option that is not there', ['verify', '--haeds', 'FILE'], "Unknown option '--haeds'"],
    ['an option without its value', ['verify', '--heads'], "'--heads <value>' argument missing"],
    ['half a head', ['verify', '--head', '3'], 'line 1 is not a head: write SEQ:HASH'],
    ['an empty head', ['verify', '--head', ''], 'there is no head: write SEQ:HASH'],
    ['a file that is not there', ['verify', '--heads', '/nowhere/heads'], 'ENOENT: no such file'],
  ])('explains itself to who writes %s, and checks nothing', async (_what, argv, why) => {
    const { code, out, err } = await guardia(argv);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toEqual([expect.stringContaining(why)]);
    expect(err).toEqual([
      expect.stringMatching(/^guardia audit: .*\.\n {2}guardia audit verify \[--head SEQ:HASH\]/),
    ]);
  });

  it('says so when Guardia never ran there', async () => {
    const other = await createTestDatabase();
    try {
      await sql`drop table audit`.execute(other.db);
      expect(await guardia(['verify'], { DATABASE_URL: other.url })).toEqual({
        ...{ code: 2, out: [] },
        err: [`${recordIn(other)} could not be checked: Guardia has not run on this database yet.`],
      });
    } finally {
      await other.drop();
    }
  });

  it('says why a database cannot be read', async () => {
    const gone = database.url.replace(/[^/]+$/, 'gone');
    expect(await guardia(['verify'], { DATABASE_URL: gone })).toEqual({
      ...{ code: 2, out: [] },
      err: [`The record in ${placeOf(gone)} could not be checked: database "gone" does not exist.`],
    });
  });

  it('says whose fault it is that there is no database', async () => {
    const { code, err } = await guardia(['verify'], { DATABASE_URL: 'a database' });
    expect(code).toBe(2);
    expect(err).toEqual([expect.stringMatching(/^The record in DATABASE_URL could not be checked: ./)]);
  });

  it('reads the settings that stand in .env, as the bot does', async () => {
    const home = await mkdtemp(join(folder, 'env-'));
    await writeFile(join(home, '.env'), `DATABASE_URL=${database.url}\n`);
    const { DATABASE_URL: _, ...environment } = process.env;
    const options = { cwd: home, env: environment };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'audit', 'verify'], options);
    expect(stdout).toBe(`${whole().out}\n`);
  });

  it('looks at the embedded database where no other is named', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const { code, err } = await guardia(['verify'], { DATABASE_URL: '', GUARDIA_DATA: file });
    expect(code).toBe(2);
    expect(err).toEqual([expect.stringMatching(`^The record in ${file} could not be checked: .*${file}`)]);
  });

  it('looks for it in ./data unless told otherwise', async () => {
    const here = process.cwd();
    const empty = join(folder, 'here');
    await mkdir(empty);
    await writeFile(join(empty, 'data'), '');
    process.chdir(empty);
    try {
      const { err } = await guardia(['verify'], { DATABASE_URL: '', GUARDIA_DATA: '' });
      expect(err).toEqual([
        expect.stringMatching(`^The record in ./data could not be .*${join(empty, 'data')}`),
      ]);
    } finally {
      process.chdir(here);
    }
  });

  it('leaves no connection behind', async () => {
    const other = await createTestDatabase();
    await fill(other, entries.slice(0, 1));
    await other.close();
    expect(await guardia(['verify'], { DATABASE_URL: other.url })).toMatchObject({ code: 0 });
    const name = new URL(other.url).pathname.slice(1);
    await sql`drop database ${sql.id(name)}`.execute(database.db);
    expect(await guardia(['verify'], { DATABASE_URL: other.url })).toMatchObject({ code: 2 });
  });
});
