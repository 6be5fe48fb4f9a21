import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { bulkhead } from 'cockatiel';
import pg from 'pg';
import { GuardiaError } from '../../../errors.ts';
import type { Clients } from '../../step-kind.ts';
import { untilAborted } from '../deadline.ts';
import { postgresError, whomOf } from './errors.ts';

/** A server in trouble has few connections to spare: whoever finds these busy waits. */
const AT_ONCE = 4;
const WAITING = 1_024;
const IDLE_MS = 30_000;
const LAST_WORD_MS = 500;
/** Of all answers of one call together. */
const MAX_BYTES = 4 * 1_048_576;
/** What a server's first message can begin with: an answer to the login, an error, yes and no to TLS. */
const GREETINGS = 'RESNv';
const CANCEL = 80_877_102;

export interface Answer {
  columns: readonly { name: string; type: number }[];
  /** As PostgreSQL writes them. */
  rows: readonly (readonly (string | null)[])[];
}

export type Ask = (text: string, values?: readonly (string | null)[]) => Promise<Answer>;

/** One call's part in a server: until when, and what stops it. */
export interface Patience {
  deadlineMs: number;
  signal: AbortSignal;
}

export interface Postgres {
  /** `shop at db.shop:5432` */
  name: string;
  /** In one read-only transaction, on one of a few connections that are kept. */
  read<T>(patience: Patience, work: (ask: Ask) => Promise<T>): Promise<T>;
  /** On a connection of its own, each statement by itself; `warned` hears what the server warns of. */
  act<T>(patience: Patience, work: (ask: Ask) => Promise<T>, warned: (text: string) => void): Promise<T>;
}

interface Link {
  client: pg.Client;
  ready: Promise<unknown>;
  received: number;
  idle?: NodeJS.Timeout;
}

interface Server {
  url: string;
  gate: ReturnType<typeof bulkhead>;
  open: Set<Link>;
  idle: Link[];
}

/** Throws what postgres-errors.ts makes of it. A call that is given up takes its statement on the server along. */
export function postgresAt(clients: Clients, url: string): Postgres {
  return clients.get(`postgres ${url}`, () => {
    const server: Server = { url, gate: bulkhead(AT_ONCE, WAITING), open: new Set(), idle: [] };
    const { database, ...at } = new pg.Client({ connectionString: url });
    const client: Postgres = {
      name: `${database} at ${whomOf(at)}`,
      read: (patience, work) =>
        server.gate.execute(
          () => within(server, patience, (link) => reading(link, patience, work)),
          patience.signal,
        ),
      act: (patience, work, warned) =>
        within(server, patience, (link) => acting(link, patience, work, warned), 'own'),
    };
    return { client, close: () => Promise.all([...server.open].map((link) => end(server, link))).then() };
  });
}

async function within<T>(
  server: Server,
  { signal }: Patience,
  work: (link: Link) => Promise<T>,
  whose: 'own' | 'kept' = 'kept',
): Promise<T> {
  const link = (whose === 'kept' && server.idle.pop()) || openLink(server);
  clearTimeout(link.idle);
  link.received = 0;
  try {
    const result = await untilAborted(signal, () => link.ready.then(() => work(link)));
    if (whose === 'kept') keep(server, link);
    else void end(server, link);
    return result;
  } catch (error) {
    if (signal.aborted) giveUp(link);
    else void end(server, link);
    throw signal.aborted ? signal.reason : postgresError(error, whomOf(link.client));
  }
}

async function reading<T>(link: Link, { deadlineMs }: Patience, work: (ask: Ask) => Promise<T>): Promise<T> {
  await link.client.query(`begin read only; set local statement_timeout = ${Math.ceil(deadlineMs)}`);
  const result = await work((text, values) => ask(link, text, values));
  await link.client.query('rollback');
  return result;
}

async function acting<T>(
  link: Link,
  { deadlineMs }: Patience,
  work: (ask: Ask) => Promise<T>,
  warned: (text: string) => void,
): Promise<T> {
  link.client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warned(message ?? '');
  });
  await link.client.query(`set statement_timeout = ${Math.ceil(deadlineMs)}`);
  return work((text, values) => ask(link, text, values));
}

/** By the extended protocol, which takes one statement only. */
async function ask({ client }: Link, text: string, values: readonly (string | null)[] = []): Promise<Answer> {
  const query = { text, values: [...values], rowMode: 'array' as const, queryMode: 'extended' };
  const asked = client.query<(string | null)[]>(query);
  const { fields, rows } = await asked.catch((error) => {
    throw postgresError(error, whomOf(client));
  });
  return { columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })), rows };
}

function openLink(server: Server): Link {
  const client: pg.Client = new pg.Client({
    connectionString: server.url,
    application_name: 'guardia',
    types: { getTypeParser: () => (text: string) => text },
    stream: () => greeted(new Socket(), () => whomOf(client)),
  });
  const link: Link = { client, received: 0, ready: Promise.resolve() };
  server.open.add(link);
  client.on('error', () => undefined);
  client.on('end', () => forget(server, link));
  bounded(link, client.connection.stream);
  link.ready = client.connect().then(() => {
    if (client.ssl) bounded(link, client.connection.stream);
  });
  link.ready.catch(() => undefined);
  return link;
}

/** A web server's answer would be read as the beginning of a very long message, and waited for. */
function greeted(socket: Socket, whom: () => string): Socket {
  return socket.once('data', (data) => {
    if (GREETINGS.includes(String.fromCharCode(data[0] ?? 0))) return;
    socket.destroy(new GuardiaError('nonsense', `${whom()} does not speak PostgreSQL's protocol`));
  });
}

function bounded(link: Link, stream: Duplex): void {
  stream.on('data', (data: Buffer) => {
    link.received += data.length;
    if (link.received <= MAX_BYTES) return;
    const size = `${MAX_BYTES / 1_048_576} MiB`;
    stream.destroy(new GuardiaError('nonsense', `${whomOf(link.client)} answered more than ${size}`));
  });
}

function keep(server: Server, link: Link): void {
  if (!server.open.has(link)) return;
  server.idle.push(link);
  link.idle = setTimeout(() => void end(server, link), IDLE_MS).unref();
}

function forget(server: Server, link: Link): void {
  clearTimeout(link.idle);
  server.open.delete(link);
  server.idle = server.idle.filter((other) => other !== link);
}

/** Says goodbye, so that the server's log holds no complaint, and waits for the answer a moment only. */
async function end(server: Server, link: Link): Promise<void> {
  forget(server, link);
  const { client } = link;
  const late = setTimeout(() => client.connection.stream.destroy(), LAST_WORD_MS);
  await client.end().catch(() => undefined);
  clearTimeout(late);
}

/** Lets go at once, and asks the server by another socket to stop what it is at. */
function giveUp({ client }: Link): void {
  client.connection.stream.destroy();
  const { processID, secretKey } = client as unknown as Record<'processID' | 'secretKey', number | null>;
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  for (const [index, part] of [16, CANCEL, processID, secretKey].entries())
    request.writeInt32BE(part, 4 * index);
  const { host, port } = client;
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.on('error', () => undefined).setTimeout(LAST_WORD_MS, () => socket.destroy());
  socket.end(request);
}
