import { setTimeout as sleep } from 'node:timers/promises';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Fingerprint, Performed } from '../../step-kind.ts';
import { inSeconds } from '../deadline.ts';
import { clipped, counted } from '../text.ts';
import { OURS, type Patience, type Reader } from './client.ts';
import { withoutTexts } from './cypher.ts';

/** One plan terminates no more than these, the oldest first. */
export const MOST_TERMINATED = 100;
/** What was terminated is followed for so long, or until shortly before the deadline. */
const FOLLOWED_MS = 10_000;
const LAST_WORD_MS = 500;
const POLL_MS = 200;

/** One that runs, and is neither ours nor marked for its end already. */
export interface Transaction {
  id: string;
  /** As the server writes it: with the id it tells a transaction from one that got its id after a restart. */
  began: string;
  ms: number;
  who: string;
  /** Empty while its client asks for nothing. */
  query: string;
}

const OTHERS = `coalesce(metaData.app, '') <> '${OURS.app}'`;

/** From version 4.4 on. */
const SHOW = `
  SHOW TRANSACTIONS YIELD transactionId AS id, startTime AS began, elapsedTime, username, clientAddress,
    currentQuery, status, metaData
  WHERE ${OTHERS} AND elapsedTime.milliseconds >= $least
  RETURN id, began, elapsedTime.milliseconds AS ms, username, clientAddress, currentQuery, status ORDER BY ms DESC`;

/** Until version 4.4. */
const LIST = `
  CALL dbms.listTransactions() YIELD transactionId AS id, startTime AS began, elapsedTimeMillis AS ms, username,
    clientAddress, currentQuery, status, metaData
  WHERE ${OTHERS} AND ms >= $least
  RETURN id, began, ms, username, clientAddress, currentQuery, status ORDER BY ms DESC`;

const TERMINATE = 'TERMINATE TRANSACTIONS $ids';
const KILL = 'CALL dbms.killTransactions($ids) YIELD transactionId, username, message';

/** Those that have run for at least so long, the oldest first. */
export async function runningFor(reader: Reader, leastMs: number): Promise<Transaction[]> {
  return (await listed(reader, leastMs)).filter(({ status }) => !status.startsWith('Terminated'));
}

async function listed(reader: Reader, leastMs: number): Promise<(Transaction & { status: string })[]> {
  const { rows } = await reader.ask((await hasShow(reader)) ? SHOW : LIST, { least: BigInt(leastMs) });
  return rows.map(([id, began, ms, user, address, query, status]) => ({
    id: String(id),
    began: String(began),
    ms: Number(ms),
    who: [user || 'somebody', ...(address ? [`at ${address}`] : [])].join(' '),
    query: String(query ?? ''),
    status: String(status),
  }));
}

async function hasShow(reader: Reader): Promise<boolean> {
  const [major, minor] = await reader.version();
  return major > 4 || (major === 4 && minor >= 4);
}

/** `neo4j-transaction-12 of app at 10.0.0.7:41234, for 65 s: MATCH (n) …` */
export function describedTransaction({ id, who, ms, query }: Transaction): string {
  const asks = clipped(withoutTexts(query), 200) || 'asks for nothing at the moment';
  return `${id} of ${who}, for ${inSeconds(ms)}: ${asks}`;
}

/** Exactly those that the plan names and that still run; says what became of each. */
export async function terminate(
  reader: Reader,
  patience: Patience & { beforeEffect: BeforeEffect },
  planned: Fingerprint,
): Promise<Performed> {
  const until = performance.now() + Math.min(FOLLOWED_MS, patience.deadlineMs - LAST_WORD_MS);
  const named = namedIn(planned);
  const doomed = (await runningFor(reader, 0)).filter(({ id, began }) => named.get(id) === began);
  const ids = doomed.map(({ id }) => id);
  const terminating = (await hasShow(reader)) ? TERMINATE : KILL;
  if (ids.length > 0) {
    await patience.beforeEffect();
    await reader.ask(terminating, { ids });
  }
  const left = await leftOver(reader, ids, patience.signal, until);
  const ended = [...named.keys()].filter((id) => !ids.includes(id));
  const amount = counted(ids.length, 'transaction');
  return {
    says: outcome(ids, ended, left),
    amount,
    evidence: doomed.length === 0 ? [] : [evidenceOf(doomed)],
  };
}

function evidenceOf(doomed: readonly Transaction[]) {
  return { label: 'Terminated', text: doomed.map(describedTransaction).join('\n') };
}

interface Left {
  /** Marked for their end, and holding nothing any more: they go once their client asks for something. */
  idle: string[];
  running: string[];
}

/** Until all have ended but those that only wait for their client. */
async function leftOver(
  reader: Reader,
  ids: readonly string[],
  signal: AbortSignal,
  until: number,
): Promise<Left> {
  for (;;) {
    const now = ids.length === 0 ? [] : await listed(reader, 0);
    const there = now.filter(({ id }) => ids.includes(id));
    const left = {
      idle: there.filter(isIdle).map(({ id }) => id),
      running: there.filter((one) => !isIdle(one)).map(({ id }) => id),
    };
    if (left.running.length === 0 || performance.now() > until) return left;
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** One without a query that is not marked yet still holds its locks. */
function isIdle({ query, status }: { query: string; status: string }): boolean {
  return query === '' && status.startsWith('Terminated');
}

function outcome(ids: readonly string[], ended: readonly string[], { idle, running }: Left): string {
  if (running.length > 0)
    throw new GuardiaError(
      'deadline',
      `${counted(ids.length, 'transaction')} marked for termination, but not yet ended: ${running.join(', ')}`,
    );
  const parts = [
    ids.length > 0 ? `terminated ${ids.join(', ')}` : 'nothing was left to terminate',
    ...(idle.length > 0
      ? [`of which ${idle.join(', ')} holds nothing any more and goes with its client`]
      : []),
    ...(ended.length > 0 ? [`${ended.join(', ')} had ended by then`] : []),
  ];
  return parts.join('; ');
}

const PREFIX = 'transaction ';

/** What a plan is bound to: each transaction by its id and when it began. */
export function fingerprintOf(server: string, transactions: readonly Transaction[]): Fingerprint {
  const named = transactions.map(({ id, began }) => [`${PREFIX}${id}`, began]);
  return { substance: { server, ...Object.fromEntries(named) } };
}

function namedIn({ substance }: Fingerprint): Map<string, string> {
  const pairs = Object.entries(substance).filter(([key]) => key.startsWith(PREFIX));
  return new Map(pairs.map(([key, began]) => [key.slice(PREFIX.length), String(began)]));
}

/** Others that run by now stay alone, and those that ended meanwhile are no reason to ask again. */
export function terminationDrift(before: Fingerprint, now: Fingerprint): string[] {
  const [was, is] = [namedIn(before), namedIn(now)];
  const others = [...was].filter(([id, began]) => is.has(id) && is.get(id) !== began);
  return [
    ...(before.substance.server === now.substance.server
      ? []
      : [`server changed from ${before.substance.server} to ${now.substance.server}`]),
    ...others.map(([id]) => `${id} is another transaction by now`),
  ];
}
