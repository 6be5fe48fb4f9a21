import type { RedisClientType } from '@redis/client';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients } from '../../step-kind.ts';
import { inSeconds, untilAborted } from '../deadline.ts';
import { closedEarly, networkError } from '../failures.ts';
import { hostPort } from '../http/client.ts';
import { firstLine } from '../text.ts';

const LOGIN_MS = 5_000;
const CONNECT_MS = 3_000;
/** Answers that pass by themselves: a server that starts, is busy with a script, or waits for its primary. */
const PASSING = ['LOADING', 'BUSY', 'MASTERDOWN', 'TRYAGAIN', 'CLUSTERDOWN'];
const LOGIN_REFUSED = ['WRONGPASS', 'NOAUTH'];
/**
 * Error replies that Redis gives instead of running a command. A proxy before it makes up others, such as `ERR
 * Connection timed out`, also for a command that Redis had already.
 */
const INSTEAD =
  /^(LOADING|BUSY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|WRONGPASS|NOAUTH|NOPERM|READONLY|MISCONF|OOM|NOREPLICAS|MOVED|ASK|CROSSSLOT|WRONGTYPE|DENIED) |^ERR (unknown command|unknown subcommand|wrong number of arguments|syntax error|DB index)/;

/** One connection to Redis, opened when first used and again after it was lost; nothing waits in a queue for it. */
export interface Redis {
  /**
   * Sends one command; one that changes something right after `beforeEffect`. Throws 'unreachable', 'refused' (an error
   * reply) or 'nonsense' (not Redis).
   */
  command(argv: readonly string[], signal: AbortSignal, beforeEffect?: BeforeEffect): Promise<unknown>;
}

/** What is open at the moment; `broken` says why it must not be used any more. */
interface Link {
  client: RedisClientType;
  ready: Promise<unknown>;
  broken?: GuardiaError;
}

export function redisAt(clients: Clients, url: string): Redis {
  return clients.get(`redis ${url}`, () => {
    let link: Promise<Link> | undefined;
    const drop = async (dropped: Link) => {
      if ((await link) === dropped) link = undefined;
      dropped.client.destroy();
    };
    const current = async () => {
      const before = link;
      const open = await before;
      if (open && !open.broken && open.client.isOpen) return open;
      // Of several who find it closed only the first opens it again.
      if (link === before) link = openLink(url);
      return link as Promise<Link>;
    };
    const client: Redis = {
      command: (argv, signal, beforeEffect) => send({ url, current, drop }, argv, signal, beforeEffect),
    };
    return { client, close: async () => (await link)?.client.destroy() };
  });
}

interface Line {
  url: string;
  current(): Promise<Link>;
  drop(link: Link): Promise<void>;
}

async function send(
  line: Line,
  argv: readonly string[],
  signal: AbortSignal,
  beforeEffect?: BeforeEffect,
): Promise<unknown> {
  const link = await untilAborted(signal, line.current);
  try {
    return await untilAborted(signal, async () => {
      await link.ready;
      await beforeEffect?.();
      return link.client.sendCommand([...argv]);
    });
  } catch (error) {
    if (error instanceof GuardiaError && !signal.aborted) throw error;
    if (!isReply(error) || !link.client.isReady) await line.drop(link);
    if (signal.aborted) throw signal.reason;
    throw link.broken ?? explained(error, hostPort(line.url));
  }
}

/** Imported when first needed: whoever has no Redis does not pay its memory. */
async function openLink(url: string): Promise<Link> {
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    RESP: 2,
    name: 'guardia',
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  }) as unknown as RedisClientType;
  const link: Link = { client, ready: Promise.resolve() };
  client.on('error', (error) => mark(link, error, url));
  const login = setTimeout(() => client.destroy(), LOGIN_MS);
  link.ready = client.connect().finally(() => clearTimeout(login));
  link.ready.catch((error) => mark(link, error, url));
  return link;
}

/** The client goes on after bytes that are no Redis protocol, and would leave whoever waits for an answer waiting. */
function mark(link: Link, error: unknown, url: string): void {
  link.broken ??= explained(error, hostPort(url));
  if (link.broken.code === 'nonsense') link.client.destroy();
}

function explained(error: unknown, whom: string): GuardiaError {
  if (isReply(error)) return refusal(error.message, whom);
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  if (message.startsWith('Unknown RESP'))
    return new GuardiaError('nonsense', `${whom} does not speak Redis' protocol`);
  if (/Timeout/.test(name)) return unreachable(`no connection to ${whom} in ${inSeconds(CONNECT_MS)}`);
  if (/Disconnects/.test(name))
    return unreachable(`no answer from ${whom} to the login in ${inSeconds(LOGIN_MS)}`);
  if (/Closed|Offline/.test(name)) return closedEarly(whom);
  return networkError(error, whom);
}

function unreachable(message: string): GuardiaError {
  return new GuardiaError('unreachable', message, { retryable: true });
}

/** An error reply begins with its code: `WRONGTYPE Operation against a key …`. */
function refusal(message: string, whom: string): GuardiaError {
  const [code = ''] = message.split(' ');
  const conclusive = INSTEAD.test(message);
  if (LOGIN_REFUSED.includes(code))
    return new GuardiaError('refused', `${whom} refused the login (${code})`, { conclusive });
  const retryable = PASSING.includes(code);
  return new GuardiaError('refused', `${whom} answered: ${firstLine(message)}`, { retryable, conclusive });
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && /^(Simple|Blob)Error$|^ErrorReply$/.test(error.constructor.name);
}
