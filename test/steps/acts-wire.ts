import type { NetConnectOpts } from 'node:net';
import { createTestDatabase, onServer } from '../helpers/database.ts';
import type { Act, Journal, Stage } from './effects.ts';
import { type Ending, standBetween } from './fakes/between.ts';
import { startBoltWire } from './fakes/bolt-wire.ts';
import { answered, listsWith } from './fakes/celery-broker.ts';
import { pgMessage } from './fakes/postgres-wire.ts';
import { httpAnswer, startRedisWire } from './fakes/wire.ts';
import { closing } from './harness.ts';

const NO_ANSWER: Record<string, Ending> = { cut: { answers: 'cut' }, hangs: { answers: 'nothing' } };
const PAGE = { answers: { bytes: httpAnswer('<!doctype html>', { type: 'text/html' }) } };

async function before(
  to: NetConnectOpts,
  change: RegExp,
  note: Journal,
  ending: Ending | undefined,
): Promise<string> {
  const isChange = (data: string) => change.test(data);
  const between = closing(await standBetween({ to, note, ending, isChange }));
  return `127.0.0.1:${between.port}`;
}

const said = (bytes: string, applied?: false): Ending => ({
  answers: { bytes },
  ...(applied === false ? { applied } : {}),
});
const redisEnds: Pick<Act, 'unconfirmed' | 'conclusive'> = {
  unconfirmed: {
    ...NO_ANSWER,
    'half an answer': { answers: { bytes: '$100\r\nOK', closes: true } },
    'a proxy that lost Redis': said('-ERR Connection timed out\r\n'),
    'another proxy that lost Redis': said('-upstream failure\r\n'),
    'a web page': PAGE,
  },
  conclusive: {
    LOADING: said('-LOADING Redis is loading the dataset in memory\r\n', false),
    READONLY: said("-READONLY You can't write against a read only replica.\r\n", false),
    NOPERM: said('-NOPERM this user has no permissions to run this command\r\n', false),
    'an unknown command': said("-ERR unknown command 'FLUSHDB'\r\n", false),
  },
};

const page = (keys: readonly string[]) =>
  `*2\r\n$1\r\n0\r\n*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`;

function redisAnswer([command]: string[]): string {
  if (command === 'DBSIZE') return ':3\r\n';
  if (command === 'SCAN') return page(['session:1', 'session:2']);
  if (command === 'UNLINK') return ':2\r\n';
  return '+OK\r\n';
}

const redis = (does: string, input: Record<string, unknown>): Act => ({
  ...{ kind: 'redis', does, input, ...redisEnds },
  async stage(note, ending) {
    const { port } = closing(await startRedisWire(redisAnswer));
    const at = await before({ port }, /FLUSHDB|UNLINK/, note, ending);
    return { connections: { redis: { kind: 'redis', url: `redis://:sesame@${at}/0` } } };
  },
});

const deadLetter: Act = {
  kind: 'celery',
  does: 'jobs put aside',
  input: { 'dead-letter': 'orders' },
  together: true,
  ...redisEnds,
  async stage(note, ending) {
    const lists = listsWith({ orders: 3 });
    const { port } = closing(await startRedisWire((argv) => answered(lists, argv)));
    const at = await before({ port }, /LMOVE/, note, ending);
    return {
      connections: {
        celery: { kind: 'celery', app: 'tasks', target: 'here', broker: 'redis' },
        redis: { kind: 'redis', url: `redis://${at}/0` },
      },
      targets: { here: { local: ['celery'] } },
    };
  },
};

const READY = pgMessage('Z', 'I');
const pgError = (state: string, severity = 'ERROR', applied?: false): Ending => {
  const fields = `S${severity}\0V${severity}\0C${state}\0Mit says so\0\0`;
  const bytes = Buffer.concat([pgMessage('E', fields), ...(severity === 'ERROR' ? [READY] : [])]);
  const closes = severity === 'ERROR' ? {} : ({ closes: true } as const);
  return { answers: { bytes, ...closes }, ...(applied === false ? { applied } : {}) };
};

/** Address of a database with the tables that are vacuumed. */
let tables = '';

const postgres: Act = {
  kind: 'postgres',
  does: 'a vacuum of two tables',
  input: { vacuum: 'analyze', tables: ['one', 'two'] },
  changes: 2,
  async around() {
    const database = await createTestDatabase();
    tables = database.url;
    await onServer(tables, 'create table one (n int); create table two (n int)');
    return () => database.drop();
  },
  unconfirmed: {
    ...NO_ANSWER,
    'half an answer': { answers: { bytes: pgMessage('C', 'VACU', 100), closes: true } },
    'a web page': { answers: { ...PAGE.answers, closes: true } },
    '08007, transaction resolution unknown': pgError('08007'),
    '40003, statement completion unknown': pgError('40003'),
    '08006 of a pooler': pgError('08006', 'FATAL'),
    '57P01, shut down': pgError('57P01', 'FATAL'),
    '57P02, crashed': pgError('57P02', 'FATAL'),
    '57014, stopped half way': pgError('57014'),
    'XX000, a fault of the server': pgError('XX000'),
  },
  conclusive: {
    '42501, no right': pgError('42501', 'ERROR', false),
    '55P03, locked': pgError('55P03', 'ERROR', false),
    '40P01, a deadlock': pgError('40P01', 'ERROR', false),
  },
  async stage(note, ending) {
    const url = new URL(tables);
    const at = await before(
      { host: url.hostname, port: Number(url.port || 5432) },
      /vacuum \(analyze\)/,
      note,
      ending,
    );
    url.host = at;
    return { connections: { postgres: { kind: 'postgres', url: url.href } } };
  },
};

const BEGAN = '2026-11-15T02:00:00Z';
const FIELDS = ['id', 'began', 'ms', 'username', 'clientAddress', 'currentQuery', 'status'];
const RUNS = ['neo4j-transaction-1', BEGAN, 65_000, 'app', '10.0.0.7:4123', 'MATCH (n)', 'Running'];

export const neo4j: Act<Ending | { code: string }> = {
  kind: 'neo4j',
  does: 'the end of transactions',
  input: { terminate: { 'longer-than': '5s' } },
  planned: { substance: { server: 'graph', 'transaction neo4j-transaction-1': BEGAN } },
  unconfirmed: {
    ...NO_ANSWER,
    'half an answer': { answers: { bytes: Buffer.from([0, 99, 0xb1]), closes: true } },
    'a web page': { answers: { ...PAGE.answers, closes: true } },
    'a fault of the database': { code: 'Neo.DatabaseError.General.UnknownError' },
    'a trouble that passes': { code: 'Neo.TransientError.General.DatabaseUnavailable' },
    'a timeout': { code: 'Neo.ClientError.Transaction.TransactionTimedOut' },
  },
  conclusive: {
    'no right': { code: 'Neo.ClientError.Security.Forbidden' },
    'no such procedure': { code: 'Neo.ClientError.Procedure.ProcedureNotFound' },
  },
  async stage(note, ending): Promise<Stage> {
    const failure = ending && 'code' in ending ? ending : undefined;
    let terminated = false;
    const { port } = closing(
      await startBoltWire((cypher) => {
        if (/SHOW TRANSACTIONS/.test(cypher)) return { fields: FIELDS, rows: terminated ? [] : [RUNS] };
        terminated = true;
        if (failure) return { code: failure.code, message: 'it says so' };
        return { fields: ['message'], rows: [['Transaction terminated.']] };
      }),
    );
    const between = ending && 'answers' in ending ? ending : undefined;
    const at = await before({ port }, /TERMINATE TRANSACTIONS \$ids/, note, between);
    return {
      connections: { neo4j: { kind: 'neo4j', url: `bolt://${at}`, user: 'neo4j', password: 'sesame-4711' } },
    };
  },
};

export const actsOverWires = [
  redis('every key deleted', { flush: true }),
  redis('keys deleted by their names', { delete: 'session:*', 'at-most': 10 }),
  deadLetter,
  postgres,
] as const;
