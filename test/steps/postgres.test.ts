import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { postgres } from '../../src/steps/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startPostgresWire } from './fakes/postgres-wire.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url, application_name: 'test' });
  await admin.connect();
  await admin.query('create table touched (n int)');
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  return (await admin.query(text, values)).rows;
}

function service(url = database.url) {
  const { steps, observe, preview, fingerprint, perform } = serviceWith({
    connections: { postgres: { kind: 'postgres', url } },
  });
  const bound =
    <Result>(call: (kind: string, input: unknown, options?: CallOptions) => Promise<Result>) =>
    (input: unknown, options?: CallOptions) =>
      call('postgres', input, options);
  return {
    steps,
    observe: bound(observe),
    preview: bound(preview),
    fingerprint: bound(fingerprint),
    perform: bound(perform),
    query: (query: string, options?: CallOptions) => observe('postgres', { query }, options),
  };
}

/** What Guardia has open on this database. */
function ours(): Promise<Record<string, unknown>[]> {
  return sql(
    `select pid, state, wait_event, query from pg_stat_activity
     where datname = current_database() and application_name = 'guardia'`,
  );
}

/** Asks again until it is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** An error that people see. */
function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => ({ value }),
    ({ code, message }) => ({ code, message }),
  );
}

/** A session that stays as it is until the test is over. */
async function session(...statements: string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, application_name: 'shop-api' });
  client.on('error', () => undefined);
  await client.connect();
  closing({ close: () => client.end() });
  for (const statement of statements) await client.query(statement);
  return client;
}

describe('a query', () => {
  it.each([
    ['select count(*) from pg_am', 7],
    ['select 1.25::numeric', 1.25],
    ['select 3000000000::bigint', 3_000_000_000],
    ["select 'infinity'::float8", Number.POSITIVE_INFINITY],
    ["select 'NaN'::float8", null],
    ['select true', true],
    ["select 'abc'", 'abc'],
    ["select '07'", '07'],
    ["select interval '90 minutes'", '01:30:00'],
    ['select null', null],
    ['select 1 where false', null],
    ["select 1 as orders, 'x' as state", { orders: 1, state: 'x' }],
    ['values (1), (2)', ['1', '2']],
    ['with a as (select 5 as n) select n from a -- the last one', 5],
    ['select 7 ;', 7],
  ])('%s gives %j', async (query, value) => {
    expect((await service().query(query)).value).toEqual(value);
  });

  it('keeps the first thousand rows and says that there are more', async () => {
    const { value, says, evidence } = await service().query('select generate_series(1, 5000000) as n');
    expect(value).toHaveLength(1_000);
    expect(says).toBe('over 1,000 rows, of which the first 1,000 are kept');
    expect(JSON.stringify(evidence).length).toBeLessThan(5_000);
  });

  it('hands parameters over as values, whatever stands in them', async () => {
    const region = `eu'; drop table orders; -- {x} $1 "`;
    const { value, evidence } = await service().query(
      'select {region} as region, {n} + 1 as next, {none}::text',
      {
        parameters: { region, n: 41, none: null },
      },
    );
    expect(value).toEqual({ region, next: 42, text: null });
    expect(evidence[0]).toEqual({
      label: 'Query',
      text: `select ${pg.escapeLiteral(region)} as region, 41 + 1 as next, null::text`,
    });
  });

  it.each([
    ['delete from touched', 'begins with select'],
    ['select 1; drop table touched', 'nothing may follow the semicolon'],
    ['copy (select 1) to program $$touch /tmp/x$$', 'begins with select'],
    ['select pg_terminate_backend(1)', 'pg_terminate_backend does more than read'],
    ["select '{n}'", '{n} stands inside quotes'],
    ['select $1', 'write a parameter as {name}'],
    ['select {other}', '{other} names no declared parameter'],
    ['select (1', '( is not closed'],
    ["select 'x", 'what begins here does not end'],
    ['with gone as (delete from touched returning 1) select * from gone', 'data-modifying'],
    ['select * from no_such_table', 'relation "no_such_table" does not exist'],
    ['select 1 +', 'syntax error at end of input'],
    ["select 'x'::int", 'invalid input syntax for type integer'],
  ])('%s is refused as bad input', async (query, message) => {
    expect(await failure(service().query(query, { parameters: { n: 1 } }))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
  });

  it('that would write after all is refused by its read-only transaction', async () => {
    await sql(
      'create or replace function touch() returns int language sql as $$ insert into touched values (1) returning n $$',
    );
    expect(await failure(service().query('select touch()'))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('only lets this connection read: cannot execute INSERT'),
    });
    expect(await failure(service().query('select * from touched for update'))).toMatchObject({
      code: 'refused',
    });
    expect(await sql('select * from touched')).toEqual([]);
  });

  it.each(['its deadline', 'its caller'])('stopped by %s is stopped on the server as well', async (by) => {
    const caller = new AbortController();
    const options =
      by === 'its deadline' ? { deadlineMs: 400 } : { signal: caller.signal, deadlineMs: 60_000 };
    const sleeping = async () => (await ours()).some(({ wait_event }) => wait_event === 'PgSleep');
    const asked = service().query('select pg_sleep(60), 1', options);
    const ended = expect(asked).rejects.toMatchObject({
      code: by === 'its deadline' ? 'deadline' : 'aborted',
    });
    await until(sleeping);
    caller.abort();
    await ended;
    await until(async () => !(await sleeping()));
  });

  it('is ended by the server itself at the deadline, should nobody be there to stop it', async () => {
    const { query } = service();
    expect((await query("select current_setting('statement_timeout')", { deadlineMs: 2_500 })).value).toBe(
      '2500ms',
    );
  });
});

describe('the lint of a query', () => {
  const problems = (query: string, names: string[] = []) => postgres.check?.({ query }, names);

  it.each([
    "select 'a''b', E'it\\'s', \"we;ird\", $$ ; ' $$, $t$ $$ ( $t$ -- ; (\n, 1 /* ; ) */ from x where n = {n}",
    "SELECT a[1], jsonb_path_query(b, '$.x[0]') from c;",
    '(select 1) union (select 2)',
  ])('passes %s', (query) => {
    expect(problems(query, ['n'])).toEqual([]);
  });

  it.each([
    [
      "select 1,\n  '{n}'",
      'line 2, column 4: {n} stands inside quotes or a comment; write it outside of them, and Guardia hands it over as a value',
    ],
    ['select {m}', 'line 1, column 8: {m} names no declared parameter'],
    ['select (1]', 'line 1, column 10: ] closes nothing that is open'],
    [
      '  update x set y = 1',
      'line 1, column 3: a query that only reads begins with select, with, values or table',
    ],
    ['-- only a comment', 'the query is empty'],
  ])('says where %j is wrong', (query, problem) => {
    expect(problems(query, ['n'])).toEqual([problem]);
  });
});

describe('a look at the server', () => {
  it('counts connections against what there can be', async () => {
    const { value, says } = await service().observe({ connections: true });
    const { used, max, percent } = value as Record<string, number>;
    expect(max).toBe(200);
    expect(used).toBeGreaterThan(0);
    expect(percent).toBeCloseTo((used ?? 0) / 2, 1);
    expect(says).toBe(`${used} of 200 connections used`);
  });

  it('sees who waits for a lock, for how long and behind whom, and none of their data', async () => {
    const { observe } = service();
    expect(await observe({ locks: true })).toMatchObject({
      value: { waiting: 0, longest_s: 0 },
      says: 'nobody waits',
    });
    await sql('create table if not exists stock (item text)');
    const holder = await session('begin', 'lock table stock');
    const waiter = await session();
    const waits = waiter.query(`select * from "stock" where item = 'private'`).catch(() => undefined);
    await until(async () => ((await observe({ locks: true })).value as { waiting: number }).waiting === 1);
    await until(async () => Number((await observe({ locks: true })).value?.['longest_s' as never]) >= 0.2);
    const { evidence } = await observe({ locks: true });
    const text = evidence.map((one) => one.text).join('\n');
    expect(text).toMatch(/\(shop-api\) behind \d+ for \d+\.\d s: select \* from "stock" where item =/);
    expect(text).not.toContain('private');
    await holder.query('rollback');
    await waits;
  });
});

describe('VACUUM', () => {
  async function table(name: string, rows: number): Promise<void> {
    const client = await session(
      `drop table if exists ${name}`,
      `create table ${name} (n int) with (autovacuum_enabled = off)`,
      `insert into ${name} select generate_series(1, ${2 * rows})`,
      `delete from ${name} where n <= ${rows}`,
    );
    await client.query('select pg_stat_force_next_flush()');
    await client.end();
  }
  const vacuumed = (name: string) =>
    sql(
      'select vacuum_count::int as times, n_dead_tup::int as dead from pg_stat_user_tables where relid = $1::regclass',
      [name],
    );

  beforeEach(async () => {
    await sql('drop schema if exists shop cascade');
    await sql('create schema shop');
    await table('shop.orders', 2_000);
    await table('shop.items', 300);
  });

  it('is shown with its tables, their size and their dead rows, and touches nothing', async () => {
    const tables = ['shop.orders', 'shop.items'];
    const { what, amount, evidence } = await service().preview({ vacuum: 'analyze', tables });
    expect(what).toMatch(/^VACUUM \(ANALYZE\) shop\.orders, shop\.items in test_\w+ at \S+:\d+$/);
    expect(amount).toMatch(/^2 tables, \d+(\.\d)? kB, 2,300 dead rows$/);
    expect(evidence[0]?.text).toMatch(
      /^shop\.orders .* kB, 2,000 dead rows\nshop\.items .* kB, 300 dead rows$/,
    );
    expect(await vacuumed('shop.orders')).toEqual([{ times: 0, dead: 2_000 }]);
  });

  it('clears the dead rows of the named tables only, and says how many', async () => {
    const { says, amount } = await service().perform({ vacuum: 'analyze', tables: ['shop.orders'] });
    expect(amount).toBe('1 table');
    expect(says).toMatch(/^vacuumed shop\.orders in \d+(\.\d)? s: 2,000 dead rows before, 0 after$/);
    expect(await vacuumed('shop.orders')).toEqual([{ times: 1, dead: 0 }]);
    expect(await vacuumed('shop.items')).toEqual([{ times: 0, dead: 300 }]);
  });

  it('names who still needs the dead rows that it could not clear', async () => {
    const reader = await session('begin isolation level repeatable read', 'select 1');
    await sql('delete from shop.orders');
    const { says, evidence } = await service().perform({ vacuum: 'analyze', tables: ['shop.orders'] });
    expect(says).toMatch(/, [1-9][\d,]+ after$/);
    expect(evidence.at(-1)?.text).toMatch(/^\d+ \(shop-api\), idle in transaction, for \d+\.\d s$/);
    await reader.query('rollback');
  });

  it('of the whole database takes every table', async () => {
    const { preview, perform } = service();
    expect((await preview({ vacuum: 'analyze' })).what).toMatch(/^VACUUM \(ANALYZE\) every table in test_/);
    expect((await perform({ vacuum: 'analyze' })).says).toMatch(
      /^vacuumed \d+ tables in .*: .* dead rows before/,
    );
    expect(await vacuumed('shop.orders')).toEqual([{ times: 1, dead: 0 }]);
    expect(await vacuumed('shop.items')).toEqual([{ times: 1, dead: 0 }]);
  });

  it('of a partitioned table takes its parts', async () => {
    await sql('create table shop.sales (n int) partition by range (n)');
    await sql('create table shop.sales_1 partition of shop.sales for values from (0) to (1000)');
    const client = await session(
      'insert into shop.sales select generate_series(1, 500)',
      'delete from shop.sales',
    );
    await client.query('select pg_stat_force_next_flush()');
    await client.end();
    const { preview, perform } = service();
    const input = { vacuum: 'analyze', tables: ['shop.sales'] };
    expect((await preview(input)).amount).toMatch(/500 dead rows$/);
    expect((await perform(input)).says).toMatch(/^vacuumed shop\.sales in .* 500 dead rows before, 0 after$/);
  });

  it('takes a parameter as one name, whatever stands in it', async () => {
    await table('shop."Odd, name"', 10);
    const { preview } = service();
    const input = { vacuum: 'analyze', tables: ['shop.{table}'] };
    const odd = { parameters: { table: 'Odd, name' } };
    expect((await preview(input, odd)).what).toContain('VACUUM (ANALYZE) shop."Odd, name" in');
    for (const name of ['orders, shop.items', 'orders"; drop table shop.items; --', 'nothing'])
      expect(await failure(preview(input, { parameters: { table: name } }))).toMatchObject({
        code: 'not-found',
        message: `there is no table shop."${name.replaceAll('"', '""')}"`,
      });
  });

  it('is void when a table was made anew in between, and is not when rows came and went', async () => {
    const { steps, fingerprint } = service();
    const step = { kind: 'postgres', input: { vacuum: 'analyze', tables: ['shop.orders'] } };
    const before = await fingerprint(step.input);
    await sql('delete from shop.orders');
    expect(steps.drift(step, before, await fingerprint(step.input))).toEqual([]);
    await table('shop.orders', 10);
    expect(steps.drift(step, before, await fingerprint(step.input))).toEqual([
      expect.stringMatching(/^shop\.orders changed from \d+ to \d+$/),
    ]);
  });

  it('that its user may not do is no success', async () => {
    await sql(`create role clerk_${process.pid} login password 'sesame-street-4711'`);
    closing({
      close: async () =>
        void (await sql(`drop owned by clerk_${process.pid}; drop role clerk_${process.pid}`)),
    });
    await sql(`grant usage on schema shop to clerk_${process.pid}`);
    const url = new URL(database.url);
    [url.username, url.password] = [`clerk_${process.pid}`, 'sesame-street-4711'];
    const asked = service(url.href).perform({ vacuum: 'analyze', tables: ['shop.orders'] });
    expect(await failure(asked)).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('skipped shop.orders'),
    });
    expect(await vacuumed('shop.orders')).toEqual([{ times: 0, dead: 2_000 }]);
  });

  it('that comes to its deadline says what is done, and stops on the server', async () => {
    const holder = await session('begin', 'lock table shop.items');
    const tables = ['shop.orders', 'shop.items', 'shop.orders2'];
    await table('shop.orders2', 5);
    expect(
      await failure(service().perform({ vacuum: 'analyze', tables }, { deadlineMs: 1_200 })),
    ).toMatchObject({
      code: 'deadline',
      message: expect.stringMatching(
        /^vacuumed shop\.orders; shop\.items: .* statement timeout; not touched: shop\.orders2$/,
      ),
    });
    await holder.query('rollback');
    expect([await vacuumed('shop.orders'), await vacuumed('shop.items')]).toMatchObject([
      [{ times: 1 }],
      [{ times: 0 }],
    ]);
    await until(async () => (await ours()).every(({ query }) => !String(query).startsWith('vacuum')));
  });

  it('is remembered: the age of the last one, also where there never was one', async () => {
    const { observe, perform } = service();
    expect(await observe({ 'last-vacuum': true })).toMatchObject({
      value: expect.any(Number),
      says: expect.stringMatching(/^the longest ago: shop\.\w+, never in the last \d+(\.\d)? hours?$/),
    });
    await perform({ vacuum: 'analyze' });
    expect(await observe({ 'last-vacuum': true })).toMatchObject({
      value: 0,
      says: expect.stringMatching(/, 0\.0 h ago$/),
    });
  });

  it('is no check, and a query is no action', async () => {
    const { observe, preview } = service();
    expect(await failure(observe({ vacuum: 'analyze' }))).toMatchObject({ code: 'bad-input' });
    expect(await failure(preview({ query: 'select 1' }))).toMatchObject({ code: 'bad-input' });
    expect(postgres.asks?.({ vacuum: 'analyze' })).toBe('act');
    expect(postgres.asks?.({ locks: true })).toBe('look');
  });
});

describe('the connection', () => {
  it('is one of at most four, kept for the next call and closed with the steps', async () => {
    const { query, steps } = service();
    let most = 0;
    const calls = Array.from({ length: 20 }, () => query('select pg_sleep(0.05)::text'));
    const count = async () => {
      most = Math.max(most, (await ours()).length);
      return most === 4;
    };
    await Promise.all([...calls, until(count)]);
    expect((await ours()).length).toBe(4);
    await query('select 1');
    expect((await ours()).length).toBe(4);
    await steps.close();
    await until(async () => (await ours()).length === 0);
    expect(most).toBe(4);
  });

  it('is opened again after the server has ended it', async () => {
    const { query } = service();
    const mine = (await query('select pg_backend_pid()')).value;
    await sql('select pg_terminate_backend($1)', [mine]);
    expect((await query('select pg_backend_pid()')).value).not.toBe(mine);
  });

  it('with a wrong password, or to no database, is refused in words', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'open-sesame-4711';
    expect(await failure(service(wrong.href).query('select 1'))).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/ refused the login: password authentication failed/),
    });
    const none = database.url.replace(/\/\w+$/, '/no_such_shop');
    expect(await failure(service(none).query('select 1'))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('database "no_such_shop" does not exist'),
    });
  });

  it('that hangs in the middle is let go of, and the server asked to stop', async () => {
    const cancelled = Promise.withResolvers<void>();
    const wire = closing(await startPostgresWire(() => undefined, cancelled.resolve));
    const { query } = service(`postgres://guardia@127.0.0.1:${wire.port}/shop`);
    expect(await failure(query('select 1', { deadlineMs: 200 }))).toMatchObject({ code: 'deadline' });
    await cancelled.promise;
    await wire.quiet();
  });
});
