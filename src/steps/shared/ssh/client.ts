import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bulkhead } from 'cockatiel';
import type { Client, ClientChannel } from 'ssh2';
import { GuardiaError, messageOf } from '../../../errors.ts';
import type { BeforeEffect, Clients } from '../../step-kind.ts';
import { inSeconds, untilAborted } from '../deadline.ts';
import { networkError } from '../failures.ts';
import { firstLine } from '../text.ts';

const LOGIN_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const MOST_SILENCES = 3;
/** How long a host that nobody waits for any more may still take to begin what it was asked, and be told to end it. */
const LATE_MS = 2_000;
/** OpenSSH allows ten sessions on a connection (MaxSessions): half for commands, half for ending them. */
const AT_ONCE = 5;
const WAITING = 1_024;

export interface SshServer {
  host: string;
  port: number;
  user: string;
  /** `SHA256:…` as ssh-keygen -l shows it; a host with another key is not spoken to. */
  hostKey: string;
  /** Private key as text. */
  key: string;
}

/** One connection to a host, opened when first used and again after it was lost. */
export interface Ssh {
  /** Begins a command and hands its channel to `use`, which sees to its end, also when the signal is aborted by then. */
  exec<T>(command: string, limits: Limits, use: Use<T>): Promise<T>;
}

interface Limits {
  signal: AbortSignal;
  /** Of a command that changes something: asked once logged in, right before the command is sent. */
  beforeEffect?: BeforeEffect;
}

/** `tell` runs a further command over the same connection and resolves when that is over, however it went. */
export type Use<T> = (channel: ClientChannel, tell: (command: string) => Promise<void>) => Promise<T>;

/** What is open at the moment. */
interface Link {
  client: Client;
  socket: Socket;
  ready: Promise<void>;
  loggedIn: boolean;
  /** Why it must not be used any more. */
  broken?: GuardiaError;
  /** Commands that are not over yet, also those that nobody waits for any more. */
  calls: number;
  /** Takes no further calls, and is closed with its last one. */
  retired: boolean;
}

interface Call<T> extends Limits {
  server: SshServer;
  command: string;
  use: Use<T>;
}

export function sshAt(clients: Clients, server: SshServer): Ssh {
  return clients.get(`ssh ${JSON.stringify(server)}`, () => {
    const turns = bulkhead(AT_ONCE, WAITING);
    let link: Promise<Link> | undefined;
    const current = async () => {
      const before = link;
      const open = await before;
      if (open && !open.broken && !open.retired) return open;
      // Of several who find it closed only the first opens it again.
      if (link === before) link = openLink(server);
      return link as Promise<Link>;
    };
    const client: Ssh = {
      exec<T>(command: string, limits: Limits, use: Use<T>) {
        const { signal } = limits;
        const { promise, resolve, reject } = Promise.withResolvers<T>();
        const turn = async () => {
          const open = await untilAborted(signal, current);
          const { result, over } = begin(open, { server, command, ...limits, use });
          resolve(result);
          await over;
        };
        turns.execute(turn, signal).catch(reject);
        return promise;
      },
    };
    return { client, close: async () => link && closeLink(await link) };
  });
}

/** `result` is what the caller waits for; `over` comes later when the signal is aborted, since the host must end it then. */
function begin<T>(link: Link, call: Call<T>): { result: Promise<T>; over: Promise<void> } {
  const { server, signal } = call;
  link.calls += 1;
  const opening = untilAborted(signal, async () => {
    await link.ready;
    await call.beforeEffect?.();
  }).then(() => open(link, call));
  const result = untilAborted(signal, async () => (await opening).result).catch((error) => {
    throw signal.aborted ? signal.reason : (link.broken ?? notBegun(error, server));
  });
  const over = Promise.race([opening.catch(() => undefined), tooLate(signal)])
    .then((begun) => (begun === 'too late' ? retire(link) : begun?.closed))
    .then(() => release(link));
  return { result, over };
}

async function tooLate(signal: AbortSignal): Promise<'too late'> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await sleep(LATE_MS, undefined, { ref: false });
  return 'too late';
}

/** A host that does not even begin is not asked for anything further over this connection. */
function retire(link: Link): void {
  link.retired = true;
}

interface Begun<T> {
  result: Promise<T>;
  closed: Promise<unknown>;
}

/** `use` has the channel before anything can arrive on it: all of a short command comes in one packet. */
function open<T>(link: Link, { command, use }: Call<T>): Promise<Begun<T>> {
  return new Promise((resolve, reject) => {
    link.client.exec(command, (error, channel) => {
      if (error) return reject(error);
      const closed = new Promise((done) => channel.once('close', done));
      const result = use(channel, (line) => tell(link, line));
      result.catch(() => undefined);
      resolve({ result, closed });
    });
  });
}

function tell({ client }: Link, command: string): Promise<void> {
  return new Promise((resolve) => {
    client.exec(command, (error, channel) => {
      if (error) resolve();
      else channel.resume().once('close', resolve);
    });
  });
}

function release(link: Link): void {
  link.calls -= 1;
  if (link.calls > 0 || (link.loggedIn && !link.retired)) return;
  link.retired = true;
  closeLink(link);
}

function closeLink({ client, socket }: Link): void {
  client.end();
  if (socket.connecting) socket.destroy();
  else socket.destroySoon();
}

/** Imported when first needed: whoever has no such target does not pay its memory. */
async function openLink(server: SshServer): Promise<Link> {
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const link: Link = { client, socket, ready, loggedIn: false, calls: 0, retired: false };
  const broke = (error: unknown) => {
    link.broken ??= lostBy(error, server);
    reject(link.broken);
    socket.destroy();
  };
  ready.catch(() => undefined);
  client.on('error', broke).once('ready', () => {
    link.loggedIn = true;
    resolve();
  });
  client.once('close', () => broke({ code: 'ECONNRESET' }));
  try {
    client.connect({
      ...{ sock: socket, username: server.user, privateKey: server.key, authHandler: ['publickey'] },
      ...{ readyTimeout: LOGIN_MS, keepaliveInterval: KEEP_ALIVE_MS, keepaliveCountMax: MOST_SILENCES },
      hostVerifier: (key: Buffer) => {
        const problem = wrongHost(key, server);
        if (problem) broke(problem);
        return problem === undefined;
      },
    });
  } catch (error) {
    broke(
      new GuardiaError('config', `the private key for ${named(server)} cannot be used: ${reason(error)}`),
    );
  }
  return link;
}

function wrongHost(key: Buffer, server: SshServer): GuardiaError | undefined {
  const shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
  if (shown === server.hostKey) return undefined;
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  return new GuardiaError(
    'refused',
    `${named(server)} shows another host key than its target names: ${shown} (${type})`,
  );
}

export function named({ user, host, port }: Pick<SshServer, 'user' | 'host' | 'port'>): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Why a connection is over. What the library threw while it read has neither a level nor a code. */
function lostBy(error: unknown, server: SshServer): GuardiaError {
  if (error instanceof GuardiaError) return error;
  const whom = named(server);
  const { level, code } = error as { level?: string; code?: unknown };
  if (level === 'client-authentication') return new GuardiaError('refused', `${whom} refused the login`);
  if (level === 'client-timeout') return unreachable(silence(error, whom));
  if (typeof code === 'number') return unreachable(`${whom} ended the connection: ${reason(error)}`);
  return code === undefined ? notSsh(error, whom) : networkError(error, whom);
}

function notBegun(error: unknown, server: SshServer): GuardiaError {
  if (error instanceof GuardiaError) return error;
  const whom = named(server);
  const said = reason(error);
  if (typeof (error as { reason?: unknown }).reason === 'number')
    return unreachable(`${whom} opens no further session: ${said}`, { conclusive: true });
  if (/^Unable to exec/.test(said))
    return new GuardiaError('refused', `${whom} would not begin the command`, { conclusive: true });
  return networkError({ code: 'ECONNRESET' }, whom);
}

function silence(error: unknown, whom: string): string {
  return /Keepalive/.test(messageOf(error))
    ? `${whom} has been silent for ${inSeconds(KEEP_ALIVE_MS * MOST_SILENCES)}`
    : `no answer from ${whom} to the login in ${inSeconds(LOGIN_MS)}`;
}

function notSsh(error: unknown, whom: string): GuardiaError {
  const said = reason(error);
  if (/lost before/.test(said)) return networkError({ code: 'ECONNRESET' }, whom);
  if (/no matching/.test(said)) return new GuardiaError('refused', `${whom}: ${said}`);
  return new GuardiaError('nonsense', `${whom} does not speak SSH (${said})`);
}

function unreachable(message: string, { conclusive } = { conclusive: false }): GuardiaError {
  return new GuardiaError('unreachable', message, { retryable: true, conclusive });
}

function reason(error: unknown): string {
  return firstLine(messageOf(error)).slice(0, 200);
}
