import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { auditEntries } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { openAsIs } from '../store/open.ts';
import { type AuditEntry, BEFORE_THE_FIRST, type ChainHead, firstBreak, missesHead } from './chain.ts';
import { readHeads } from './head-export.ts';

export const AUDIT_HELP = `  guardia audit verify [--head SEQ:HASH] [--heads FILE]
                                             check that the record is whole; --head, --heads: that it still holds
                                             the heads that were exported`;

const PAGE = 1_000;
/** PostgreSQL's own word for a table that is not there. */
const NO_TABLE = '42P01';

interface Terminal {
  out(text: string): void;
  err(text: string): void;
  environment: Record<string, string | undefined>;
}

/** `guardia audit verify`. Exit code 0 when the chain is whole, 1 when it is not, 2 when it could not be checked. */
export async function runAudit(argv: readonly string[], terminal: Terminal): Promise<number> {
  const heads = await read(argv).catch(messageOf);
  if (typeof heads === 'string') {
    terminal.err(`guardia audit: ${heads}.\n${AUDIT_HELP}`);
    return 2;
  }
  const settings = { GUARDIA_DATA: './data', ...present(terminal.environment) };
  const record = `The record in ${placeOf(settings)}`;
  try {
    const { entries, problem } = await verify(settings, heads);
    if (problem) terminal.err(`${record} is broken: ${problem}.`);
    else terminal.out(`${record} is whole: ${entries} entries.`);
    return problem ? 1 : 0;
  } catch (error) {
    const { code } = error as { code?: string };
    const why = code === NO_TABLE ? 'Guardia has not run on this database yet' : messageOf(error);
    terminal.err(`${record} could not be checked: ${why}.`);
    return 2;
  }
}

type Settings = Parameters<typeof openAsIs>[0];

/** An empty setting is none. */
function present({ DATABASE_URL, GUARDIA_DATA }: Terminal['environment']): Partial<Settings> {
  return { ...(DATABASE_URL ? { DATABASE_URL } : {}), ...(GUARDIA_DATA ? { GUARDIA_DATA } : {}) };
}

/** Which database it is, without the secrets of its URL. */
function placeOf({ DATABASE_URL, GUARDIA_DATA }: Settings): string {
  if (!DATABASE_URL) return GUARDIA_DATA;
  const url = URL.parse(DATABASE_URL);
  return url ? url.host + url.pathname : 'DATABASE_URL';
}

/** The heads to hold the record against. Rejects for who wrote something else: nothing asked for is passed by. */
async function read(argv: readonly string[]): Promise<ChainHead[]> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { head: { type: 'string', multiple: true }, heads: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const [command, ...more] = positionals;
  if (command !== 'verify' || more.length > 0) throw new Error('there is only verify');
  const { head = [], heads = [] } = values;
  const files = await Promise.all(heads.map((file) => readFile(file, 'utf8')));
  return [...head, ...files].flatMap(readHeads);
}

async function verify(settings: Settings, heads: readonly ChainHead[]) {
  const store = await openAsIs(settings);
  try {
    return await check(store.db, heads);
  } finally {
    await store.close();
  }
}

/** Page by page, so that a record of years fits into memory. */
async function check(
  db: Database,
  exported: readonly ChainHead[],
): Promise<{ entries: number; problem: string | null }> {
  let head: ChainHead = { seq: 0, hash: BEFORE_THE_FIRST };
  let ahead = exported;
  for (;;) {
    const page: AuditEntry[] = await auditEntries(db, head.seq, PAGE);
    const last = page.at(-1);
    const reached = ahead.filter(({ seq }) => last === undefined || seq <= last.seq);
    const problem =
      firstBreak(page, head) ?? reached.map((one) => missesHead(page, one)).find(Boolean) ?? null;
    if (problem || !last) return { entries: head.seq, problem };
    ahead = ahead.filter(({ seq }) => seq > last.seq);
    head = { seq: last.seq, hash: last.hash };
  }
}
