import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveApi } from './api-routes.ts';
import type { WorkspaceOptions } from './assemble.ts';
import { assemble } from './assemble.ts';
import type { Workspace } from './context.ts';
import { createDriver } from './driver/driver.ts';
import type { Driver } from './driver/types.ts';
import type { Faults } from './faults.ts';
import { send } from './http.ts';
import { readManifest } from './manifest.ts';
import { servePage } from './page-server/page-api.ts';
import { servePageFile } from './page-server/page-files.ts';

export type { WorkspaceOptions } from './assemble.ts';

export interface PracticeWorkspace {
  /** The page for people: `http://127.0.0.1:3000`. */
  url: string;
  /** What SLACK_API_URL has to be. */
  apiUrl: string;
  botToken: string;
  driver: Driver;
  faults: Faults;
  /** Tells where the bot listens; a test learns that only after the bot has started. */
  connectBot(url: string): void;
  stop(): Promise<void>;
}

/** Starts a practice workspace: a stand-in for Slack, its state in memory, its limits Slack's. */
export async function startWorkspace(options: WorkspaceOptions): Promise<PracticeWorkspace> {
  const manifest = await readManifest(options.manifest);
  const server = createServer();
  const url = await listen(server, options);
  const { ws, connectBot, settle } = assemble(options, url, manifest);
  const unlisten = ws.drills.onChange(() => ws.journal.add({ type: 'drills' }));
  server.on('request', (request, response) => {
    answer(ws, request, response).catch((error: unknown) => fail(response, error));
  });
  return {
    ...{ url, connectBot },
    apiUrl: `${url}/api/`,
    botToken: options.bot.token,
    driver: createDriver(ws),
    faults: ws.faults,
    async stop() {
      unlisten();
      await settle();
      await close(server);
    },
  };
}

/** Answers the address; where it listens everywhere, the one of this machine. */
async function listen(server: Server, { port, host = '127.0.0.1' }: WorkspaceOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reached}:${(server.address() as AddressInfo).port}`;
}

async function answer(ws: Workspace, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', ws.url);
  if (await serveApi(ws, request, response, url.pathname)) return;
  if (await servePage(ws, request, response, url)) return;
  if (request.method === 'GET' && (await servePageFile(response, url.pathname))) return;
  send(response, 404, 'There is nothing here. This is a practice workspace, not Slack.');
}

function fail(response: ServerResponse, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else send(response, 500, `The practice workspace failed: ${reason}`);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
