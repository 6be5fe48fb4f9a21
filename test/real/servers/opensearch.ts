import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { builtOnce } from './built-once.ts';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

const run = promisify(execFile);
/** The last line that runs on the Java of Debian 12. Its tests' own distribution: the server with its modules, no plugins. */
const VERSION = '2.19.3';
const ARTIFACT = `org.opensearch.distribution.integ-test-zip:opensearch:${VERSION}:zip`;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
const FETCH_MS = 300_000;
const NOBODY = 65_534;

export interface OpenSearchServer extends Server {
  url: string;
  /** Puts documents into an index, so that they can be found at once. */
  index(name: string, documents: readonly object[]): Promise<void>;
}

/** A real OpenSearch of one node, from Maven Central, kept in the cache. It does not run as root, so then it is nobody. */
export async function startOpenSearch(): Promise<OpenSearchServer> {
  const zip = await openSearchZip();
  const [port, folder] = [await freePort(), await ownFolder('opensearch')];
  const url = `http://127.0.0.1:${port}`;
  await run('python3', ['-m', 'zipfile', '-e', zip, folder]);
  const home = join(folder, `opensearch-${VERSION}`);
  const isRoot = process.getuid?.() === 0;
  await run('chmod', ['-R', 'u+rwX,a+rX', folder]);
  if (isRoot) await run('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
  const settings = { 'http.port': port, 'transport.port': await freePort(), 'discovery.type': 'single-node' };
  const server = await startServer({
    name: 'opensearch',
    command: '/usr/bin/setpriv',
    args: [
      ...(isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
      ...['--pdeathsig', 'KILL', '--', 'bash', join(home, 'bin/opensearch')],
      ...Object.entries(settings).map(([name, value]) => `-E${name}=${value}`),
    ],
    environment: {
      OPENSEARCH_JAVA_HOME: dirname(dirname(realpathSync('/usr/bin/java'))),
      OPENSEARCH_JAVA_OPTS: '-Xms256m -Xmx256m -XX:TieredStopAtLevel=1',
      OPENSEARCH_TMPDIR: join(home, 'logs'),
    },
    folder,
    ready: () => answers(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`),
    readyWithinMs: 120_000,
  });
  return { ...server, url, index: (name, documents) => bulk(url, name, documents) };
}

export async function openSearchZip(): Promise<string> {
  const folder = await builtOnce(
    `opensearch-${VERSION}`,
    'OpenSearch from Maven Central (51 MB)',
    async (into) => {
      const args = ['-q', '-B', COPY, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${into}`];
      await run('mvn', args, { timeout: FETCH_MS });
    },
  );
  return join(folder, `opensearch-${VERSION}.zip`);
}

async function bulk(url: string, name: string, documents: readonly object[]): Promise<void> {
  const lines = documents
    .flatMap((document) => [{ index: {} }, document])
    .map((line) => JSON.stringify(line));
  const response = await fetch(`${url}/${name}/_bulk?refresh=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  });
  const { errors } = (await response.json()) as { errors: boolean };
  if (errors) throw new Error(`some documents were not taken by ${name}`);
}
