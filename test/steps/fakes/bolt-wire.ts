import type { Socket } from 'node:net';
import { startWire, type Wire } from './wire.ts';

/** What a statement is answered with: records, or an error by its code. */
export type BoltAnswer =
  | { fields: string[]; rows: unknown[][]; type?: 'r' | 'w' | 'rw' | 's'; plan?: readonly string[] }
  | { code: string; message: string }
  | 'nothing';

/** A statement, its parameters, and what its transaction was to be. */
export interface Asked {
  cypher: string;
  parameters: Record<string, unknown>;
  extra: Record<string, unknown>;
}

export interface BoltServer extends Wire {
  asked: Asked[];
  /** How often somebody asked to stop what runs. */
  resets(): number;
  /** Records that were sent. */
  sent(): number;
}

const HELLO = 0x01;
const RESET = 0x0f;
const RUN = 0x10;
const DISCARD = 0x2f;
const PULL = 0x3f;
const SUCCESS = 0x70;
const RECORD = 0x71;
const IGNORED = 0x7e;
const FAILURE = 0x7f;

/** A server that speaks Bolt 4.4 and lets everybody in. */
export async function startBoltWire(
  answer: (cypher: string, parameters: Record<string, unknown>) => BoltAnswer,
  agent = 'Neo4j/5.26.0',
): Promise<BoltServer> {
  const asked: Asked[] = [];
  let resets = 0;
  let sent = 0;
  const talks = new WeakMap<Socket, (data: Buffer) => void>();
  const begin = (socket: Socket) => {
    const respond = responder(agent, (one) => {
      asked.push(one);
      return answer(one.cypher, one.parameters);
    });
    return reader(socket, (tag, fields) => {
      if (tag === RESET) resets += 1;
      const replies = respond(tag, fields);
      sent += Math.max(0, replies.length - 1);
      socket.write(Buffer.concat(replies));
    });
  };
  const wire = await startWire((socket, data) => {
    const talk = talks.get(socket) ?? begin(socket);
    talks.set(socket, talk);
    talk(data);
  });
  return { ...wire, asked, resets: () => resets, sent: () => sent };
}

/** What a server says to each message; nothing more once it was to say nothing. */
function responder(agent: string, answer: (one: Asked) => BoltAnswer) {
  let current: BoltAnswer = { fields: [], rows: [] };
  return (tag: number, fields: unknown[]): Buffer[] => {
    if (tag === HELLO) return [message(SUCCESS, { server: agent, connection_id: 'bolt-1' })];
    if (tag === RUN) current = answer(runOf(fields));
    if (current === 'nothing') return [];
    if (tag === RESET) return [message(SUCCESS, {})];
    const failed = 'code' in current;
    if (tag === RUN)
      return [failed ? message(FAILURE, current) : message(SUCCESS, { fields: fieldsOf(current) })];
    if (tag !== PULL && tag !== DISCARD) return [];
    if ('code' in current) return [message(IGNORED, {})];
    const { n } = fields[0] as { n: number };
    const records = current.rows.slice(0, n).map((row) => message(RECORD, row));
    current = { ...current, rows: current.rows.slice(n) };
    const end = current.rows.length > 0 && tag === PULL ? { has_more: true } : summaryOf(current);
    return [...(tag === PULL ? records : []), message(SUCCESS, end)];
  };
}

function summaryOf({ type = 'r', plan }: Extract<BoltAnswer, { rows: unknown[][] }>): object {
  return { type, ...(plan ? { plan: planOf(plan) } : {}) };
}

/** `Operator: details`, the outermost first. */
function planOf([operator = '', ...rest]: readonly string[]): object {
  const [operatorType, Details = ''] = operator.split(': ');
  return {
    operatorType,
    args: { Details },
    identifiers: [],
    children: rest.length > 0 ? [planOf(rest)] : [],
  };
}

function runOf([cypher, parameters, extra]: unknown[]): Asked {
  type Map = Record<string, unknown>;
  return { cypher: String(cypher), parameters: parameters as Map, extra: extra as Map };
}

function fieldsOf(answer: Exclude<BoltAnswer, 'nothing'>): string[] {
  return 'fields' in answer ? answer.fields : [];
}

/** Takes the handshake, then messages out of their chunks. */
function reader(socket: Socket, handle: (tag: number, fields: unknown[]) => void): (data: Buffer) => void {
  let buffer = Buffer.alloc(0);
  let body = Buffer.alloc(0);
  let greeted = false;
  return (data) => {
    buffer = Buffer.concat([buffer, data]);
    if (!greeted && buffer.length >= 20) {
      greeted = true;
      buffer = buffer.subarray(20);
      socket.write(Buffer.from([0, 0, 4, 4]));
    }
    while (greeted && buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
      const size = buffer.readUInt16BE(0);
      body = Buffer.concat([body, buffer.subarray(2, 2 + size)]);
      buffer = buffer.subarray(2 + size);
      if (size > 0 || body.length === 0) continue;
      const at = { data: body, offset: 2 };
      const fields = Array.from({ length: (body[0] ?? 0) & 0x0f }, () => unpack(at));
      handle(body[1] ?? 0, fields);
      body = Buffer.alloc(0);
    }
  };
}

function message(tag: number, field: unknown): Buffer {
  const body = Buffer.concat([Buffer.from([0xb1, tag]), pack(field)]);
  const chunks: Buffer[] = [];
  for (let from = 0; from < body.length; from += 0xffff) {
    const chunk = body.subarray(from, from + 0xffff);
    chunks.push(Buffer.from([chunk.length >> 8, chunk.length & 0xff]), chunk);
  }
  return Buffer.concat([...chunks, Buffer.from([0, 0])]);
}

/** PackStream, as much of it as tests say: numbers that are whole become integers. */
function pack(value: unknown): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'string')
    return Buffer.concat([head(0xd2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(9, Number.isInteger(value) ? 0xcb : 0xc1);
    if (Number.isInteger(value)) number.writeBigInt64BE(BigInt(value), 1);
    else number.writeDoubleBE(value, 1);
    return number;
  }
  if (Array.isArray(value)) return Buffer.concat([head(0xd6, value.length), ...value.map(pack)]);
  const pairs = Object.entries(value as object);
  return Buffer.concat([
    head(0xda, pairs.length),
    ...pairs.flatMap(([key, inner]) => [pack(key), pack(inner)]),
  ]);
}

function head(tag: number, size: number): Buffer {
  const bytes = Buffer.alloc(5, tag);
  bytes.writeUInt32BE(size, 1);
  return bytes;
}

interface At {
  data: Buffer;
  offset: number;
}

/** As much of PackStream as a client says to a server; a figure that is none of its integers is told apart. */
function unpack(at: At): unknown {
  const tag = take(at, 1).readUInt8();
  if (tag < 0x80) return tag;
  if (tag >= 0xf0) return tag - 0x100;
  const [kind, bytes] = [tag & 0xf0, 2 ** (tag & 0x03)];
  if (kind === 0x80) return take(at, tag & 0x0f).toString();
  if (kind === 0x90) return list(at, tag & 0x0f);
  if (kind === 0xa0) return map(at, tag & 0x0f);
  if (tag === 0xc1) return { float: take(at, 8).readDoubleBE() };
  if (tag >= 0xc8 && tag <= 0xcb)
    return bytes === 8 ? Number(take(at, 8).readBigInt64BE()) : signed(at, bytes);
  if (tag >= 0xd0 && tag <= 0xd2) return take(at, unsigned(at, bytes)).toString();
  if (tag >= 0xd4 && tag <= 0xd6) return list(at, unsigned(at, bytes));
  if (tag >= 0xd8 && tag <= 0xda) return map(at, unsigned(at, bytes));
  return { 194: false, 195: true }[tag] ?? null;
}

function take(at: At, bytes: number): Buffer {
  at.offset += bytes;
  return at.data.subarray(at.offset - bytes, at.offset);
}

function signed(at: At, bytes: number): number {
  return take(at, bytes).readIntBE(0, bytes);
}

function unsigned(at: At, bytes: number): number {
  return take(at, bytes).readUIntBE(0, bytes);
}

function list(at: At, size: number): unknown[] {
  return Array.from({ length: size }, () => unpack(at));
}

function map(at: At, size: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: size }, () => [String(unpack(at)), unpack(at)]));
}
