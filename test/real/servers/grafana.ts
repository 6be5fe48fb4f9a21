import { cpSync, renameSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { builtOnce } from './built-once.ts';
import { findGo, runGo } from './go-tools.ts';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

/** Of Grafana 10.0.0, which is one module, as newer ones are not. */
const VERSION = 'v1.9.2-0.20230609164553-81d85ce8028d';
/** The Go of its time. */
const TOOLCHAIN = 'go1.20.14';
const PASSWORD = 'sesame-street-4711';

export interface GrafanaServer extends Server {
  url: string;
  /** One call of its API as its administrator makes it. */
  api<T = unknown>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T>;
  /** The token of a new service account. */
  token(role: 'Viewer' | 'Editor'): Promise<string>;
}

/** A real Grafana without its pages, with a Prometheus as its data source `prom`. */
export async function startGrafana({ prometheusUrl }: { prometheusUrl: string }): Promise<GrafanaServer> {
  const home = await grafanaHome();
  const [port, folder] = [await freePort(), await ownFolder('grafana')];
  const url = `http://127.0.0.1:${port}`;
  await provision(join(folder, 'provisioning'), prometheusUrl);
  const server = await startServer({
    name: 'grafana',
    command: join(home, 'grafana'),
    args: ['server', '--homepath', home],
    environment: {
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: String(port),
      GF_PATHS_DATA: join(folder, 'data'),
      GF_PATHS_LOGS: join(folder, 'logs'),
      GF_PATHS_PLUGINS: join(folder, 'plugins'),
      GF_PATHS_PROVISIONING: join(folder, 'provisioning'),
      GF_SECURITY_ADMIN_PASSWORD: PASSWORD,
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    },
    folder,
    ready: () => answers(`${url}/api/health`),
    readyWithinMs: 120_000,
  });
  const api: GrafanaServer['api'] = (method, path, body) => ask(url, method, path, body);
  return { ...server, url, api, token: (role) => tokenOf(api, role) };
}

export function grafanaHome(): Promise<string> {
  return builtOnce(`grafana-${VERSION}`, `Grafana ${VERSION}`, buildGrafana);
}

async function tokenOf(api: GrafanaServer['api'], role: string): Promise<string> {
  const account = await api<{ id: number }>('POST', '/serviceaccounts', { name: `guardia ${role}`, role });
  return (await api<{ key: string }>('POST', `/serviceaccounts/${account.id}/tokens`, { name: role })).key;
}

async function provision(folder: string, url: string): Promise<void> {
  await mkdir(join(folder, 'datasources'), { recursive: true });
  const source = {
    name: 'Prometheus',
    type: 'prometheus',
    uid: 'prom',
    access: 'proxy',
    url,
    isDefault: true,
  };
  const file = stringify({ apiVersion: 1, datasources: [{ ...source, jsonData: { timeInterval: '1s' } }] });
  await writeFile(join(folder, 'datasources', 'prometheus.yml'), file);
}

/** Its published module has no generated code and no pages: the one is generated, and the others are left out. */
async function buildGrafana(folder: string): Promise<void> {
  const own = await findGo();
  const module = await runGo(
    own,
    ['mod', 'download', '-json', `github.com/grafana/grafana@${VERSION}`],
    folder,
  );
  const source = join(folder, 'source');
  cpSync((JSON.parse(module) as { Dir: string }).Dir, source, { recursive: true });
  await writable(source);
  const goroot = (await runGo(own, ['env', 'GOROOT'], folder, { GOTOOLCHAIN: TOOLCHAIN })).trim();
  const go = join(goroot, 'bin', 'go');
  const environment = {
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-mod=mod',
    PATH: `${join(goroot, 'bin')}:${process.env.PATH}`,
  };
  await runGo(
    go,
    ['run', 'github.com/google/wire/cmd/wire', 'gen', '-tags', 'oss', './pkg/server'],
    source,
    environment,
  );
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  await runGo(
    go,
    ['build', ...flags, '-o', join(folder, 'grafana'), './pkg/cmd/grafana'],
    source,
    environment,
  );
  for (const name of ['conf', 'public']) renameSync(join(source, name), join(folder, name));
  rmSync(source, { recursive: true, force: true });
}

/** What Go has downloaded may not be written to. */
async function writable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

async function ask<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: {
      authorization: `Basic ${btoa(`admin:${PASSWORD}`)}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} of Grafana: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
