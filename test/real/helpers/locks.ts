import pg from 'pg';
import type { TestDatabase } from '../../helpers/database.ts';
import { until } from '../servers/process.ts';

/** Keeps everybody from writing into a table until it is let go. `blocked` resolves once somebody waits for it. */
export async function lockTable(
  { url, pool }: TestDatabase,
  table: string,
): Promise<{ blocked(): Promise<void>; letGo(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in exclusive mode`);
  const waits = 'select 1 from pg_locks where not granted and relation = $1::regclass';
  return {
    async blocked() {
      await until(`somebody waits to write into ${table}`, async () => {
        const { rowCount } = await pool.query(waits, [table]);
        return (rowCount ?? 0) > 0;
      });
    },
    async letGo() {
      await client.query('rollback');
      await client.end();
    },
  };
}
