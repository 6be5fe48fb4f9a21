import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Driver } from 'neo4j-driver';
import { parse } from 'yaml';
import type { Fingerprint } from '../../../src/steps/step-kind.ts';
import { type CallOptions, mayAct, serviceWith } from '../../steps/harness.ts';
import { NEO4J_MS, type Neo4jServer, startNeo4j } from '../servers/neo4j.ts';
import { until } from '../servers/process.ts';

/** Ten seconds of work and more, unless somebody ends it. */
const LONG = 'UNWIND range(1, 100000000) AS a UNWIND range(1, 10000) AS b RETURN count(*)';

let server: Neo4jServer;
let shop: Driver;

beforeAll(async () => {
  server = await startNeo4j();
  shop = server.client('shop/1.0');
  await change("CREATE (:Policy { name: 'a', since: date('2026-01-01'), at: point({ x: 1, y: 2 }) })");
  await change("UNWIND range(1, 3) AS n CREATE (:Decision { n: n, by: 'b' + n })");
}, NEO4J_MS);

afterAll(async () => {
  await shop?.close();
  await server?.stop();
});

async function change(cypher: string): Promise<void> {
  const session = shop.session();
  await session.run(cypher);
  await session.close();
}

/** A statement of the shop's that goes on until it is ended: resolves with `done`, or with the code of its end. */
function goesOn(cypher = LONG): Promise<string> {
  const session = shop.session();
  return session
    .run(cypher)
    .then(
      () => 'done',
      ({ code }: { code: string }) => code,
    )
    .finally(() => session.close());
}

function service({ password = server.password, database }: { password?: string; database?: string } = {}) {
  const connection = {
    kind: 'neo4j',
    url: server.url,
    user: server.user,
    password,
    ...(database ? { database } : {}),
  };
  const { steps, env, ...calls } = serviceWith({ connections: { neo4j: connection } });
  const options = { parameters: {}, deadlineMs: 20_000 };
  return {
    steps,
    observe: (input: unknown, given?: CallOptions) =>
      calls.observe('neo4j', input, { deadlineMs: 20_000, ...given }),
    preview: (input: unknown) => calls.preview('neo4j', input, options),
    fingerprint: (input: unknown) => calls.fingerprint('neo4j', input, options),
    perform: (input: unknown, fingerprint: Fingerprint) =>
      steps.perform(env, { kind: 'neo4j', input, fingerprint }, { ...options, beforeEffect: mayAct }),
  };
}

async function runningNow(longerThan = '0s'): Promise<number> {
  const { value } = await service().observe({ transactions: { 'longer-than': longerThan } });
  return (value as { transactions: number }).transactions;
}

describe('a real Neo4j is read', () => {
  it.each<[string, unknown]>([
    ['RETURN 1', 1],
    ['MATCH (d:Decision) RETURN count(d)', 3],
    ['RETURN 0.25', 0.25],
    ['RETURN 0.0 / 0', null],
    ["RETURN date('2026-01-01')", '2026-01-01'],
    ["RETURN duration('PT90M').minutes AS minutes, true AS known", { minutes: 90, known: true }],
    ['MATCH (d:Decision) RETURN d.by ORDER BY d.n', ['b1', 'b2', 'b3']],
    ['MATCH (d:Decision) RETURN collect(d.n) AS all', ['1', '2', '3']],
    ['MATCH (d:Nothing) RETURN d', null],
    ['CALL db.labels() YIELD label RETURN label ORDER BY label', ['Decision', 'Policy']],
    ['CALL dbms.components() YIELD name RETURN name', 'Neo4j Kernel'],
    ['SHOW DATABASES YIELD name RETURN name ORDER BY name', ['neo4j', 'system']],
  ])('%s gives %j', async (cypher, value) => {
    expect((await service().observe({ cypher })).value).toEqual(value);
  });

  it('tells nodes by what they are and hold', async () => {
    const { value } = await service().observe({ cypher: 'MATCH (p:Policy) RETURN p LIMIT 10' });
    expect(JSON.parse(String(value))).toEqual({
      ':Policy': { name: 'a', since: '2026-01-01', at: expect.stringContaining('x=1') },
    });
  });

  it('with parameters as it was meant, whole numbers as such', async () => {
    const input = {
      cypher: 'MATCH (d:Decision) WHERE d.by <> $by RETURN d.n ORDER BY d.n SKIP $skip LIMIT $limit',
      with: { by: '{by}', skip: 1, limit: '{limit}' },
    };
    const parameters = { by: "b1' OR 1 = 1 //", limit: 1 };
    expect((await service().observe(input, { parameters })).value).toBe(2);
  });

  it('without fetching what nobody keeps', async () => {
    const { value, says } = await service().observe({ cypher: 'UNWIND range(1, 50000000) AS n RETURN n' });
    expect(value).toHaveLength(1_000);
    expect(says).toContain('over 1,000 values');
  });

  it('through the routing driver as well', async () => {
    const connection = { kind: 'neo4j', url: server.url.replace('bolt:', 'neo4j:'), user: server.user };
    const { observe } = serviceWith({ connections: { neo4j: { ...connection, password: server.password } } });
    expect((await observe('neo4j', { cypher: 'RETURN 1' })).value).toBe(1);
  });

  it.each([
    ['MATCH (n RETURN n', 'bad-input', 'is not closed'],
    ['MATCH (n) RETRN n', 'bad-input', "Invalid input 'RETRN'"],
    ['CALL shop.none()', 'bad-input', 'There is no procedure'],
    ['RETURN 1; RETURN 2', 'bad-input', 'exactly one statement'],
  ])('and refuses %s in its own words', async (cypher, code, message) => {
    await expect(service().observe({ cypher })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

/** Every Cypher of the catalogue, wherever it stands in its files. */
function cypherOfTheCatalogue(): string[] {
  const commands = join(import.meta.dirname, '../../../commands');
  const files = readdirSync(commands, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yml'),
  );
  const found = new Set<string>();
  const walk = (key: string, value: unknown): void => {
    if (key === 'cypher') found.add(String(value));
    else if (value !== null && typeof value === 'object')
      for (const [inner, of] of Object.entries(value)) walk(inner, of);
  };
  for (const name of files) walk('', parse(readFileSync(join(commands, name), 'utf8')));
  return [...found];
}

describe('the catalogue', () => {
  it.each(cypherOfTheCatalogue())('asks what a real Neo4j can answer: %s', async (cypher) => {
    expect(await service().observe({ cypher })).toHaveProperty('value');
  });
});

describe('a real Neo4j is not written to', () => {
  it.each([
    "CALL db.createLabel('Written')",
    "CALL dbms.killConnection('bolt-1')",
    'CALL db.clearQueryCaches()',
    'CALL dbms.components() YIELD name CALL dbms.killConnection(name) YIELD message RETURN message',
  ])('by %s, which its own plan gives away', async (cypher) => {
    await expect(service().observe({ cypher })).rejects.toMatchObject({
      code: 'refused',
      message: 'a check may only read, and this statement does more',
    });
    const { value } = await service().observe({
      cypher: 'CALL db.labels() YIELD label RETURN collect(label)',
    });
    expect(value).not.toContain('Written');
  });
});

describe('transactions of a real Neo4j', () => {
  const input = { terminate: { 'longer-than': '1s' } };

  it('are seen, and ended exactly as planned: another that began since goes on', async () => {
    const { observe, preview, fingerprint, perform } = service();
    const doomed = goesOn(`${LONG} AS doomed`);
    await until('a transaction over 1 s', async () => (await runningNow('1s')) === 1);
    const [shown, planned] = await Promise.all([preview(input), fingerprint(input)]);
    expect(shown.amount).toMatch(/^1 transaction, the oldest for \d+(\.\d)? s$/);
    expect(shown.evidence[0]?.text).toContain('AS doomed');
    const spared = goesOn(`${LONG} AS spared`);
    await until('both over 1 s', async () => (await runningNow('1s')) === 2);
    // Whether it is still listed by then, and so said to go with its client, is the server's pace.
    expect((await perform(input, planned)).says).toMatch(
      /^terminated (neo4j-transaction-\d+)(; of which \1 holds nothing any more and goes with its client)?$/,
    );
    expect(await doomed).toMatch(/^Neo\.\w+\.Transaction\.Terminated/);
    const { evidence } = await observe({ transactions: { 'longer-than': '1s' } });
    expect(evidence.at(-1)?.text).toMatch(/^neo4j-transaction-\d+ of neo4j at .* AS spared$/);
    expect((await perform(input, planned)).says).toMatch(
      /^nothing was left to terminate; .* had ended by then$/,
    );
    await perform(input, await fingerprint(input));
    expect(await spared).toMatch(/^Neo\.\w+\.Transaction\.Terminated/);
    expect(await runningNow()).toBe(0);
  });

  it('that only hold locks let go of them', async () => {
    const session = shop.session();
    const idle = session.beginTransaction();
    await idle.run("MATCH (p:Policy) SET p.name = 'locked'");
    await until('a transaction over 1 s', async () => (await runningNow('1s')) === 1);
    const waiting = goesOn("MATCH (p:Policy) SET p.name = 'free'");
    const { fingerprint, perform } = service();
    const planned = await fingerprint(input);
    const { says } = await perform(input, planned);
    expect(says).toMatch(/holds nothing any more and goes with its client$/);
    expect(await waiting).toBe('done');
    expect(await runningNow()).toBe(0);
    await session.close();
  });

  it('are none of ours', async () => {
    const { observe } = service();
    const caller = new AbortController();
    const own = observe({ cypher: LONG }, { signal: caller.signal, deadlineMs: 60_000 }).catch(
      ({ code }) => code,
    );
    const seen = async () => {
      const { value } = await service().observe({ cypher: 'SHOW TRANSACTIONS YIELD currentQuery' });
      return [value].flat().some((query) => query === LONG);
    };
    await until('our own query', seen);
    expect(await runningNow()).toBe(0);
    caller.abort();
    expect(await own).toBe('aborted');
    await until('the end of our own query on the server', async () => !(await seen()));
  });
});

describe('the connection to a real Neo4j', () => {
  it('is counted among all of them', async () => {
    const { value, evidence } = await service().observe({ connections: true });
    expect(value).toBeGreaterThanOrEqual(2);
    expect(evidence[1]?.text).toMatch(/\d+ of shop\/1\.0/);
  });

  it('with a wrong password, or to no database, is refused in words', async () => {
    await expect(
      service({ password: 'open-sesame-4711' }).observe({ cypher: 'RETURN 1' }),
    ).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ refused the login: /),
    });
    await expect(service({ database: 'nothing' }).observe({ cypher: 'RETURN 1' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('nothing'),
    });
  });

  it(
    'to one that was stopped fails in words, and is opened again when it is back',
    async () => {
      const { observe } = service();
      expect((await observe({ cypher: 'RETURN 1' })).value).toBe(1);
      const { port } = server;
      await server.stop();
      await expect(observe({ cypher: 'RETURN 1' })).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
        message: `refused by 127.0.0.1:${port}, three tries`,
      });
      server = await startNeo4j({ port });
      expect((await observe({ cypher: 'RETURN 1' })).value).toBe(1);
    },
    NEO4J_MS,
  );
});
