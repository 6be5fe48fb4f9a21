import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect } from 'node:net';
import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients } from '../../step-kind.ts';
import { boundedOutput, newestOutput } from '../command/output.ts';
import { guardedLookup } from '../http/addresses.ts';
import {
  type HttpAnswer,
  type HttpServer,
  type HttpStream,
  hostPort,
  httpCall,
  httpStream,
  jsonOf,
  jsonOr,
  turnsDown,
} from '../http/client.ts';
import { urlOf } from '../settings.ts';
import { firstLine } from '../text.ts';
import { readChunks, readFrames } from './frames.ts';

const MAX_BYTES = 4 * 1_048_576;
const NAME = /^[a-zA-Z0-9][\w.-]{0,254}$/;
/** As much of an id as Docker itself shows. */
const SHORT_ID = 12;
const ID = /^[0-9a-f]{12,64}$/;

/** Also what a target in a container and `logs` of one name. Docker over TLS asks for a client's certificate, in PEM. */
export const dockerConnection = z.strictObject({
  kind: z.literal('docker'),
  url: urlOf('unix', 'tcp', 'https'),
  ca: z.string().min(1).optional(),
  certificate: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
});

export type DockerConnection = z.output<typeof dockerConnection>;

export interface DockerRequest {
  method?: 'GET' | 'POST';
  /** Already encoded. */
  path: string;
  body?: unknown;
  signal: AbortSignal;
  /** Of what changes something. */
  beforeEffect?: BeforeEffect | undefined;
}

/** One request to Docker's API, its JSON checked against `schema`. */
export async function askDocker<T>(
  clients: Clients,
  connection: DockerConnection,
  request: DockerRequest,
  schema: z.ZodType<T>,
): Promise<T> {
  const server = dockerServer(clients, connection);
  const answer = await httpCall(clients, server, { ...sent(request), maxBytes: MAX_BYTES });
  if (answer.status >= 400) throw refusal(answer, server.name);
  const parsed = schema.safeParse(answer.status === 204 ? null : jsonOf(answer, server.name));
  if (parsed.success) return parsed.data;
  throw new GuardiaError(
    'nonsense',
    `${server.name} answered something that is not its API (status ${answer.status})`,
  );
}

/** The same for output that comes as long as something runs. */
export async function streamFromDocker(
  clients: Clients,
  connection: DockerConnection,
  request: DockerRequest,
): Promise<HttpStream & { whom: string }> {
  const server = dockerServer(clients, connection);
  const stream = await httpStream(clients, server, sent(request));
  if (stream.status < 400) return { ...stream, whom: server.name };
  const said = boundedOutput(4_096);
  await readChunks(stream.body, server.name, request.signal, said.add);
  throw refusal({ ...stream, text: said.text() }, server.name);
}

/** One that has no health check shows none, or `none`, or an empty word. */
const health = z.object({ Status: z.string().transform((status) => status.replace(/^none$/, '')) });

const inspected = z.object({
  Id: z.string().regex(ID),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  Config: z.object({ Image: z.string().default(''), Tty: z.boolean().default(false) }).prefault({}),
  State: z.object({
    /** created, running, paused, restarting, removing, exited, dead; Podman also says stopped. */
    Status: z.string(),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    StartedAt: z.string().default(''),
    Health: health.nullish().transform((shown) => (shown?.Status ? shown : undefined)),
  }),
});

/** A container as Docker tells it; lenient, only what is used. */
export type Container = z.output<typeof inspected>;

/**
 * A container by its name, or by its id from twelve digits on. Docker would also take a name for the beginning of
 * another container's id, which is nobody's intention.
 */
export async function inspectContainer(
  clients: Clients,
  connection: DockerConnection,
  name: string,
  signal: AbortSignal,
): Promise<Container> {
  if (!NAME.test(name))
    throw new GuardiaError('bad-input', `${JSON.stringify(name)} is not a container's name in Docker`);
  const found = await askDocker(clients, connection, { path: `/containers/${name}/json`, signal }, inspected);
  if (found.Name.replace(/^\//, '') === name || (ID.test(name) && found.Id.startsWith(name))) return found;
  throw new GuardiaError(
    'not-found',
    `${dockerServer(clients, connection).name}: No such container: ${name}`,
  );
}

/** What makes it this container and no other: `3f9a1b2c4d5e (image 0123456789ab)`. */
export function identityOf({ Id, Image }: Container): string {
  return `${Id.slice(0, SHORT_ID)} (image ${Image.replace(/^sha256:/, '').slice(0, SHORT_ID)})`;
}

export interface LogRequest {
  container: string;
  /** How many lines from the end. */
  tail?: number | undefined;
  sinceSeconds?: number | undefined;
  signal: AbortSignal;
}

/** What a container wrote, both its streams in one; of more than 1 MB the newest, and `cut` says that there was more. */
export async function containerLogs(
  clients: Clients,
  connection: DockerConnection,
  { container, tail, sinceSeconds, signal }: LogRequest,
): Promise<{ text: string; cut: boolean }> {
  const { Id, Config } = await inspectContainer(clients, connection, container, signal);
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true', tail: String(tail ?? 'all') });
  if (sinceSeconds !== undefined) query.set('since', String(Math.floor(Date.now() / 1_000) - sinceSeconds));
  const path = `/containers/${Id}/logs?${query}`;
  const { body, whom } = await streamFromDocker(clients, connection, { path, signal });
  const output = newestOutput();
  if (Config.Tty) await readChunks(body, whom, signal, output.add);
  else await readFrames(body, whom, (_, data) => output.add(data), signal);
  return { text: output.text(), cut: output.cut() };
}

function sent({ method = 'GET', path, body, signal, beforeEffect }: DockerRequest) {
  if (body === undefined) return { method, path, signal, beforeEffect };
  return {
    ...{ method, path, signal, beforeEffect },
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  };
}

/**
 * Where Docker is, and what messages call it.
 * Docker's own library reads answers without a bound, waits for ever for the rest of one that was cut off, and lets
 * DOCKER_HOST overrule the socket that it is given; so its few requests go through the client that all kinds share.
 */
export function dockerServer(clients: Clients, connection: DockerConnection): HttpServer & { name: string } {
  const url = new URL(connection.url);
  if (url.protocol === 'unix:') {
    const socketPath = decodeURIComponent(url.pathname);
    const agent = pooled(clients, connection, () => agentAt(socketPath));
    return { url: 'http://localhost', agent, name: `Docker at ${socketPath}` };
  }
  const secure = url.protocol === 'https:';
  const at = `${secure ? 'https' : 'http'}://${url.host}`;
  const name = `Docker at ${hostPort(at)}`;
  if (!connection.certificate && !connection.ca) return { url: at, name };
  return { url: at, name, agent: pooled(clients, connection, () => agentWith(connection, url.hostname)) };
}

function pooled(clients: Clients, connection: DockerConnection, open: () => Agent): Agent {
  return clients.get(`docker ${JSON.stringify(connection)}`, () => {
    const client = open();
    return { client, close: () => client.destroy() };
  });
}

function agentAt(socketPath: string): Agent {
  return Object.assign(new Agent({ keepAlive: true }), { createConnection: () => connect(socketPath) });
}

function agentWith({ ca, certificate, key }: DockerConnection, hostname: string): Agent {
  const options = { keepAlive: true, lookup: guardedLookup(hostname), ca, cert: certificate, key };
  return new HttpsAgent(options);
}

const message = z.object({ message: z.string() });

function refusal({ status, text }: Pick<HttpAnswer, 'status' | 'text'>, whom: string): GuardiaError {
  const said = message.safeParse(jsonOr(text)).data;
  const reason = (said && firstLine(said.message)) || `status ${status}`;
  const conclusive = said !== undefined && turnsDown(status);
  if (status === 404) return new GuardiaError('not-found', `${whom}: ${reason}`, { conclusive });
  const retryable = status === 429 || status >= 500;
  return new GuardiaError('refused', `${whom} refused: ${reason}`, { retryable, conclusive });
}
