import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { auditEntries } from '../store/audit.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import { type AuditEntry, BEFORE_THE_FIRST, type ChainHead, firstBreak, missesHead } from './chain.ts';

export const AUDIT_HELP = `  guardia audit verify [--head SEQ:HASH]     check that the record is whole; --head: that it still holds an exported head`;

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
  const asked = read(argv);
  if (!asked) {
    terminal.err(`guardia audit: there is only verify.\n${AUDIT_HELP}`);
    return 2;
  }
  const server = await connect(terminal.environment);
  try {
    const { entries, problem } = await check(server.db, asked.head);
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

function read(argv: readonly string[]): { head: ChainHead | null } | null {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { head: { type: 'string' } },
    allowPositionals: true,
    strict: false,
  });
  if (positionals[0] !== 'verify') return null;
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(String(values.head ?? '')) ?? [];
  return { head: seq && hash ? { seq: Number(seq), hash } : null };
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
  exported: ChainHead | null,
): Promise<{ entries: number; problem: string | null }> {
  let head: ChainHead = { seq: 0, hash: BEFORE_THE_FIRST };
  let missed: string | null = exported
    ? `the chain ends before entry ${exported.seq}, which was exported: its tail was cut`
    : null;
  for (;;) {
    const page: AuditEntry[] = await auditEntries(db, head.seq, PAGE);
    const problem = firstBreak(page, head);
    if (problem) return { entries: head.seq, problem };
    if (exported && page.some((entry) => entry.seq === exported.seq)) missed = missesHead(page, exported);
    const last = page.at(-1);
    if (!last) return { entries: head.seq, problem: missed };
    head = { seq: last.seq, hash: last.hash };
  }
}
