import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { auth, type Driver, driver } from 'neo4j-driver';
import { builtOnce } from './built-once.ts';
import { freePort, ownFolder, type Server, startServer } from './process.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, 'neo4j');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const FETCH_MS = 600_000;
const USER = 'neo4j';
const PASSWORD = 'sesame-street-4711';

/** As long as fetching and starting it may take the first time; give it to `beforeAll`. */
export const NEO4J_MS = FETCH_MS + 180_000;

export interface Neo4jServer extends Server {
  url: string;
  port: number;
  user: string;
  password: string;
  /** A driver of somebody else's; close it. */
  client(userAgent: string): Driver;
}

/** A real Neo4j of one member, from Maven Central; give the port to start one again where another was. */
export async function startNeo4j(options: { port?: number } = {}): Promise<Neo4jServer> {
  const jars = await neo4jJars();
  const [port, folder] = [options.port ?? (await freePort()), await ownFolder('neo4j')];
  const url = `bolt://127.0.0.1:${port}`;
  const client = (userAgent: string) =>
    driver(url, auth.basic(USER, PASSWORD), { userAgent, useBigInt: true });
  const flags = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')];
  const server = await startServer({
    name: 'neo4j',
    command: 'java',
    args: [...flags, join(SOURCE, 'Neo4jServer.java'), folder, String(port), PASSWORD],
    folder,
    ready: () => answersTo(client('test')),
    readyWithinMs: 150_000,
  });
  return { ...server, url, port, user: USER, password: PASSWORD, client };
}

async function answersTo(client: Driver): Promise<boolean> {
  try {
    await client.verifyConnectivity();
    return true;
  } finally {
    await client.close();
  }
}

/** The folder with the jars that pom.xml names, fetched once for each state of that file and kept in the cache. */
export function neo4jJars(): Promise<string> {
  const pom = join(SOURCE, 'pom.xml');
  const state = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return builtOnce(`neo4j-${state}`, 'Neo4j from Maven Central (123 MB)', async (folder) => {
    const args = ['-q', '-B', '-f', pom, COPY, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    await run('mvn', args, { timeout: FETCH_MS });
  });
}
