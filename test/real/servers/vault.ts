import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goTools } from './go-tools.ts';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

export interface VaultServer extends Server {
  url: string;
  port: number;
  rootToken: string;
  /** One call of its API as an operator makes it; `undefined` when it answers nothing. */
  api<T = unknown>(method: 'GET' | 'POST' | 'PUT' | 'LIST', path: string, body?: unknown): Promise<T>;
}

/** A real Vault: unsealed, in memory, KV 2 at `secret/`, and able to make users in PostgreSQL. */
export async function startVault(): Promise<VaultServer> {
  const programs = await goTools('vault');
  const port = await freePort();
  const folder = await ownFolder('vault');
  const tokenFile = join(folder, 'root-token');
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'vault',
    command: join(programs, 'vault'),
    args: [`127.0.0.1:${port}`, tokenFile],
    folder,
    ready: async () => existsSync(tokenFile) && (await answers(`${url}/v1/sys/health`)),
    readyWithinMs: 60_000,
  });
  const rootToken = readFileSync(tokenFile, 'utf8');
  const api: VaultServer['api'] = (method, path, body) => ask({ url, rootToken }, method, path, body);
  await api('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  return { ...server, url, port, rootToken, api };
}

type Root = Pick<VaultServer, 'url' | 'rootToken'>;

async function ask<T>({ url, rootToken }: Root, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': rootToken },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} of Vault: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
