import pg from 'pg';
import { GuardiaError } from '../errors.ts';

/** Tries whether the database takes writes. */
export interface WriteProbe {
  /** Resolves once a write is committed; rejects with a GuardiaError that says why it could not be. */
  write(): Promise<void>;
  close(): Promise<void>;
}

const STATEMENT_MS = 700;
const QUERY_MS = 900;

/** What PostgreSQL says of a write that it does not take, in our words, by SQLSTATE. */
const REASONS: Readonly<Record<string, string>> = {
  '53100': "The database's disk is full: nothing can be written. Free some space.",
  '25006': 'The database is read-only, as a standby is: nothing can be written. Connect to the primary.',
  '57014': `The database did not complete a write within ${STATEMENT_MS} ms.`,
};

/**
 * A probe over a connection of its own, so that it neither waits for the pool nor uses it up when the server hangs.
 * Many who ask at once share one write.
 */
export function createWriteProbe(url: string, replica: string): WriteProbe {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: 'guardia',
    connectionTimeoutMillis: QUERY_MS,
    query_timeout: QUERY_MS,
  });
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  const statements = statementsFor(replica);
  let running: Promise<void> | null = null;
  return {
    write() {
      running ??= pool
        .query(statements)
        .then(() => undefined, refused)
        .finally(() => {
          running = null;
        });
      return running;
    },
    close: () => pool.end(),
  };
}

/**
 * One message, hence one transaction that is over even when this process freezes. A full disk shows only where a file
 * has to grow, which a row that is written again seldom needs: a sort of 300 kB beyond its memory always does.
 */
function statementsFor(replica: string): string {
  return `
    set local statement_timeout = ${STATEMENT_MS};
    set local work_mem = '64kB';
    set local temp_tablespaces = '';
    insert into write_probe (replica, at) values (${pg.escapeLiteral(replica)}, clock_timestamp())
      on conflict (replica) do update set at = excluded.at;
    delete from write_probe where at < now() - interval '1 day';
    select count(*) from generate_series(1, 10000)`;
}

function refused(cause: unknown): never {
  const code = String((cause as { code?: unknown }).code);
  const words = REASONS[code] ?? otherReason(code, cause);
  throw new GuardiaError('database', words, { cause, retryable: true });
}

function otherReason(code: string, cause: unknown): string {
  if (/^[0-9A-Z]{5}$/.test(code)) return `The database does not take a write (SQLSTATE ${code}).`;
  const isLate = cause instanceof Error && /timeout/i.test(cause.message);
  return isLate
    ? `The database did not complete a write within ${QUERY_MS} ms.`
    : 'The database does not answer.';
}
