import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { auditEntries } from '../store/audit.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
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
  const asked = await read(argv);
  if (typeof asked === 'string') {
    terminal.err(`guardia audit: ${asked}.\n${AUDIT_HELP}`);
    return 2;
  }
  const server = await connect(terminal.environment);
  try {
    const { entries, problem } = await check(server.db, asked.heads);
    if (problem) terminal.err(`The record is broken: ${problem}.`);
    else terminal.out(`The record is whole: ${entries} entries.`);
    return problem ? 1 : 0;
  } catch (error) {
    const { code } = error as { code?: string };
    const why = code === NO_TABLE ? 'Guardia has not run on this database yet' : messageOf(error);
    terminal.err(`The record could not be checked: ${why}.`);
    return 2;
  } finally {
    await server.close();
  }
}

/** The heads to hold the record against; a sentence for who wrote something else. */
async function read(argv: readonly string[]): Promise<{ heads: ChainHead[] } | string> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { head: { type: 'string' }, heads: { type: 'string' } },
    allowPositionals: true,
    strict: false,
  });
  if (positionals[0] !== 'verify') return 'there is only verify';
  const { heads: file, head } = values;
  const text = typeof file === 'string' ? await readFile(file, 'utf8').catch(messageOf) : '';
  const written = [...(typeof head === 'string' ? [head] : []), text].join('\n');
  const { heads, problems } = readHeads(written);
  return problems[0] ?? { heads };
}

async function connect(
  environment: Terminal['environment'],
): Promise<{ db: Database; close(): Promise<void> }> {
  const own = environment.DATABASE_URL ? null : await startEmbedded(environment.GUARDIA_DATA ?? './data');
  const open = openDatabase(environment.DATABASE_URL ?? own?.url ?? '', { max: 1 });
  return {
    db: open.db,
    async close() {
      await open.close();
      await own?.stop();
    },
  };
}

/** Page by page, so that a record of years fits into memory. */
async function check(
  db: Database,
  exported: readonly ChainHead[],
): Promise<{ entries: number; problem: string | null }> {
  let head: ChainHead = { seq: 0, hash: BEFORE_THE_FIRST };
  let ahead = exported.toSorted((a, b) => a.seq - b.seq);
  for (;;) {
    const page: AuditEntry[] = await auditEntries(db, head.seq, PAGE);
    const last = page.at(-1);
    const reached = ahead.filter(({ seq }) => last === undefined || seq <= last.seq);
    const problem =
      firstBreak(page, head) ?? reached.map((one) => missesHead(page, one)).find(Boolean) ?? null;
    if (problem || !last) return { entries: head.seq, problem };
    ahead = ahead.slice(reached.length);
    head = { seq: last.seq, hash: last.hash };
  }
}
