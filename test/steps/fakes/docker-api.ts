import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DockerCall {
  method: string;
  /** With its query. */
  path: string;
  body: unknown;
}

/** A container as a test wants it; it may change between two questions. */
export interface FakeContainer {
  id: string;
  image?: string;
  status?: string;
  health?: string;
  restarts?: number;
  exitCode?: number;
  oom?: boolean;
  startedAt?: string;
  tty?: boolean;
}

export interface DockerFake {
  /** A connection for a service's file. */
  connection: { kind: 'docker'; url: string };
  /** What messages call it. */
  name: string;
  calls: DockerCall[];
  containers: Record<string, FakeContainer>;
  stop(): Promise<void>;
}

interface Answers {
  containers?: Record<string, FakeContainer>;
  /** Answers what it knows; otherwise the fake answers as Docker does. Undefined leaves it to the fake. */
  answer?(call: DockerCall, response: ServerResponse, fake: DockerFake): boolean | undefined;
}

/** Test equipment: Docker's API at the wire, over a socket in the file system as Docker has it. */
export async function startDocker({ containers = {}, answer }: Answers): Promise<DockerFake> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-docker-'));
  const socket = join(folder, 'docker.sock');
  const server = createServer(async (request, response) => {
    const call = { method: request.method ?? '', path: request.url ?? '', body: await bodyOf(request) };
    fake.calls.push(call);
    if (!answer?.(call, response, fake)) usual(call, response, fake);
  }).listen(socket);
  const fake: DockerFake = {
    connection: { kind: 'docker', url: `unix://${socket}` },
    name: `Docker at ${socket}`,
    calls: [],
    containers,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true });
    },
  };
  await once(server, 'listening');
  return fake;
}

function usual({ path }: DockerCall, response: ServerResponse, { containers }: DockerFake): void {
  const [, name = '', rest] = /^\/containers\/([^/]+)\/(\w+)/.exec(path) ?? [];
  // As Docker does it: the name, the id, or how an id begins.
  const found = Object.entries(containers).find(([is, { id }]) => is === name || id.startsWith(name));
  if (!found) json(response, 404, { message: `No such container: ${name}` });
  else if (rest === 'json') json(response, 200, inspected(...found));
  else if (rest === 'restart') response.writeHead(204).end();
  else json(response, 404, { message: 'page not found' });
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function inspected(name: string, facts: FakeContainer) {
  const { id, image = 'sha256:0123456789abcdef', status = 'running', health, restarts = 0 } = facts;
  return {
    Id: id,
    Name: `/${name}`,
    Image: image,
    RestartCount: restarts,
    Config: { Image: 'shop/web:1', Tty: facts.tty ?? false },
    State: {
      Status: status,
      ExitCode: facts.exitCode ?? 0,
      OOMKilled: facts.oom ?? false,
      StartedAt: facts.startedAt ?? '2026-01-01T03:00:12.5Z',
      ...(health === undefined ? {} : { Health: { Status: health, Log: null } }),
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}

/** One frame of Docker's multiplexed output: 1 is what was printed, 2 what was complained about. */
export function frame(stream: number, data: string | Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream);
  header.writeUInt32BE(Buffer.byteLength(data), 4);
  return Buffer.concat([header, Buffer.from(data)]);
}

/** An id as long as Docker's. */
export function idOf(digits: string): string {
  return digits.padEnd(64, '0');
}
