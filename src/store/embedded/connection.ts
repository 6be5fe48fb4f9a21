import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../../errors.ts';
import { KEEPER } from './keeper.ts';
import { dataProblem } from './problems.ts';

/** Where Guardia's database is, with its password. */
export function urlOf(password: string, port: number): string {
  return `postgresql://guardia:${password}@127.0.0.1:${port}/guardia`;
}

/** The database that PostgreSQL itself brings. */
export function alwaysThere(url: string): string {
  return url.replace(/\/guardia$/, '/postgres');
}

/** Makes Guardia's database where the server has none. */
export async function ensureDatabase(url: string): Promise<void> {
  try {
    await onServer(url, async (admin) => {
      const found = await admin.query("select 1 from pg_database where datname = 'guardia'");
      if (found.rowCount === 0) await admin.query('create database guardia');
    });
  } catch (cause) {
    throw dataProblem(
      `The embedded PostgreSQL does not answer: ${messageOf(cause)}. Or set DATABASE_URL to one of yours.`,
      cause,
    );
  }
}

export async function answers(url: string): Promise<boolean> {
  return onServer(url, () => true).catch(() => false);
}

/** How long a connection that was closed may still be listed by the server of a busy machine. */
const CLOSED_MS = 2_000;

/** Whether anybody but the keeper stays connected. */
export async function usedByOthers(url: string): Promise<boolean> {
  const deadline = Date.now() + CLOSED_MS;
  return onServer(url, async (admin) => {
    while (await othersOn(admin)) {
      if (Date.now() > deadline) return true;
      await wait(100);
    }
    return false;
  }).catch(() => false);
}

async function othersOn(admin: pg.Client): Promise<boolean> {
  const others = await admin.query(
    `select 1 from pg_stat_activity where backend_type = 'client backend'
      and pid <> pg_backend_pid() and application_name <> $1`,
    [KEEPER],
  );
  return others.rows.length > 0;
}

async function onServer<T>(url: string, ask: (admin: pg.Client) => T | Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: alwaysThere(url),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await ask(client);
  } finally {
    await client.end().catch(() => {});
  }
}
