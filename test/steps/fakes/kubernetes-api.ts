import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig } from '../contracts.ts';

export interface KubernetesCall {
  method: string;
  path: string;
  query: URLSearchParams;
  type: string | undefined;
  token: string | undefined;
  body: unknown;
}

export interface Exec {
  pod: string;
  argv: string[];
  container: string | null;
  /** Sends one frame of the exec protocol: 1 output, 2 errors, 3 status. */
  send(channel: number, data: string | Buffer): void;
  /** Ends as the API server does: the status, then the closing of the connection. */
  exit(code: number): void;
  socket: Socket;
}

export interface KubernetesFake {
  /** A connection for a service's file. */
  connection: { kind: 'kubernetes'; namespace: string; kubeconfig: string };
  calls: KubernetesCall[];
  stop(): Promise<void>;
}

export interface KubernetesAnswer {
  status?: number;
  body?: unknown;
  /** In the place of a body: what is no JSON, such as a log. */
  text?: string;
  /** The connection closes instead. */
  lost?: true;
}

interface Answers {
  answer(call: KubernetesCall): KubernetesAnswer;
  exec?(exec: Exec): void;
  /** In PEM; `ca` is what the kubeconfig trusts. */
  tls?: { key: string; cert: string; ca: string };
}

/** Test equipment: an API server at the wire, with the exec protocol over a WebSocket. */
export async function startKubernetes({ answer, exec, tls }: Answers): Promise<KubernetesFake> {
  const calls: KubernetesCall[] = [];
  const sockets = new Set<Socket>();
  const serve: RequestListener = async (request, response) => {
    const call = callOf(request, await bodyOf(request));
    calls.push(call);
    const { status = 200, body, text, lost } = answer(call);
    if (lost) return void request.socket.destroy();
    const type = text === undefined ? 'application/json' : 'text/plain';
    // Whatever is written is answered with an object that says its kind.
    const told = call.method === 'GET' ? body : { kind: 'Object', ...(body as object) };
    response.writeHead(status, { 'content-type': type }).end(text ?? JSON.stringify(told));
  };
  const server = (tls ? createTlsServer(tls, serve) : createServer(serve)).listen(0, '127.0.0.1');
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.on('upgrade', (request, socket) => {
    const call = callOf(request, undefined);
    calls.push(call);
    if (exec) exec(upgraded(request, call, socket as Socket));
    else socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'guardia-kube-'));
  const { port } = server.address() as { port: number };
  await writeFile(
    join(folder, 'config'),
    kubeconfig(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, 'kube-token-4711', tls?.ca),
  );
  return {
    connection: { kind: 'kubernetes', namespace: 'denis', kubeconfig: join(folder, 'config') },
    calls,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}

function callOf({ method = '', url = '', headers }: IncomingMessage, body: unknown): KubernetesCall {
  const { pathname, searchParams } = new URL(url, 'http://api');
  const token = headers.authorization?.replace('Bearer ', '');
  return { method, path: pathname, query: searchParams, type: headers['content-type'], token, body };
}

function upgraded(request: IncomingMessage, call: KubernetesCall, socket: Socket): Exec {
  const key = request.headers['sec-websocket-key'];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
      `sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`,
  );
  socket
    .on('error', () => undefined)
    .on('end', () => socket.destroy())
    .resume();
  const send = (channel: number, data: string | Buffer) =>
    socket.write(frame(Buffer.concat([Buffer.from([channel]), Buffer.from(data)])));
  return {
    pod: call.path.split('/').at(-2) ?? '',
    argv: call.query.getAll('command'),
    container: call.query.get('container'),
    send,
    exit(code) {
      send(3, JSON.stringify(code === 0 ? { status: 'Success' } : failure(code)));
      socket.end(Buffer.from([0x88, 0]));
    },
    socket,
  };
}

function failure(code: number) {
  const causes = [{ reason: 'ExitCode', message: String(code) }];
  return {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with exit code ${code}`,
    details: { causes },
  };
}

/** One unmasked binary frame. */
export function frame(data: Buffer): Buffer {
  const size = data.length;
  if (size < 126) return Buffer.concat([Buffer.from([0x82, size]), data]);
  const header = Buffer.alloc(10);
  header.writeUInt8(0x82, 0);
  header.writeUInt8(127, 1);
  header.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([header, data]);
}

/** A pod as the API server tells it. */
export function podNamed(
  name: string,
  { ready = true, phase = 'Running', restarts = 0, waiting = '', last = '', ...more }: PodFacts = {},
) {
  return {
    metadata: {
      name,
      creationTimestamp: more.made ?? '2026-01-01T00:00:00Z',
      annotations: more.annotations ?? {},
      ...(more.deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: (more.containers ?? ['main']).map((container) => ({ name: container })) },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }, ...(more.conditions ?? [])],
      containerStatuses: [
        {
          name: 'main',
          ready,
          restartCount: restarts,
          state: waiting ? { waiting: { reason: waiting } } : { running: {} },
          lastState: last ? { terminated: { reason: last, exitCode: 137 } } : {},
        },
      ],
    },
  };
}

interface PodFacts {
  ready?: boolean;
  phase?: string;
  restarts?: number;
  waiting?: string;
  last?: string;
  deleted?: boolean;
  made?: string;
  annotations?: Record<string, string>;
  containers?: string[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}
