import { describe, expect, it } from '@jest/globals';
import { neo4j } from '../../src/steps/neo4j.ts';
import type { Fingerprint } from '../../src/steps/step-kind.ts';
import { type BoltAnswer, type BoltServer, startBoltWire } from './fakes/bolt-wire.ts';
import { type CallOptions, closing, mayAct, serviceWith } from './harness.ts';

type Say = (cypher: string, parameters: Record<string, unknown>) => BoltAnswer;

/** A Neo4j that finds every statement to be one that reads, and answers it as given. */
async function neo4jThat(say: Say, agent?: string) {
  const server = closing(
    await startBoltWire((cypher, parameters) => {
      const plan: BoltAnswer = { fields: [], rows: [], type: 'r' };
      return cypher.startsWith('EXPLAIN ') ? plan : say(cypher, parameters);
    }, agent),
  );
  return { server, ...serviceAt(server) };
}

function serviceAt({ port }: Pick<BoltServer, 'port'>) {
  const connection = {
    kind: 'neo4j',
    url: `bolt://127.0.0.1:${port}`,
    user: 'neo4j',
    password: 'sesame-4711',
  };
  const service = serviceWith({ connections: { neo4j: connection } });
  const { steps, env } = service;
  return {
    steps,
    observe: (input: unknown, options?: CallOptions) => service.observe('neo4j', input, options),
    preview: (input: unknown) => service.preview('neo4j', input),
    fingerprint: (input: unknown) => service.fingerprint('neo4j', input),
    perform: (input: unknown, fingerprint: Fingerprint, deadlineMs = 5_000) =>
      steps.perform(
        env,
        { kind: 'neo4j', input, fingerprint },
        { parameters: {}, deadlineMs, beforeEffect: mayAct },
      ),
  };
}

const one = (fields: string[], ...row: unknown[]): BoltAnswer => ({ fields, rows: [row] });

describe('a query', () => {
  it.each<[string, BoltAnswer, unknown]>([
    ['one field of one record', one(['n'], 1_243), 1_243],
    ['a figure that is no whole number', one(['n'], 0.25), 0.25],
    ['NaN', one(['n'], Number.NaN), null],
    ['a truth', one(['n'], true), true],
    ['nothing known', one(['n'], null), null],
    ['no record', { fields: ['n'], rows: [] }, null],
    ['fields of one record', one(['name', 'n'], 'a', 2), { name: 'a', n: 2 }],
    ['one list', one(['names'], ['a', 'b', 3]), ['a', 'b', '3']],
    ['one map', one(['p'], { mode: 'strict', n: 2 }), '{"mode":"strict","n":2}'],
    [
      'several records',
      {
        fields: ['name', 'n'],
        rows: [
          ['a', 1],
          ['b', 2],
        ],
      },
      ['a', 'b'],
    ],
  ])('sees %s', async (_, answer, value) => {
    const { observe } = await neo4jThat(() => answer);
    expect((await observe({ cypher: 'MATCH (n) RETURN n' })).value).toEqual(value);
  });

  it('keeps the first thousand records and says that there are more', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => [`policy ${n}`]);
    const { observe, server } = await neo4jThat(() => ({ fields: ['name'], rows }));
    const { value, says, evidence } = await observe({ cypher: 'MATCH (p) RETURN p.name' });
    expect(value).toHaveLength(1_000);
    expect(says).toBe('over 1,000 values, of which the first 1,000 are kept');
    expect(JSON.stringify(evidence).length).toBeLessThan(5_000);
    expect(server.sent()).toBeLessThan(3_000);
  });

  it('gives parameters to the server beside the statement, each with its type', async () => {
    const { observe, server } = await neo4jThat(() => one(['n'], 1));
    const name = "x' }) DETACH DELETE p //";
    const cypher = 'MATCH (p:Policy { name: $name }) WHERE p.age > $age * $part RETURN count(p)';
    const { evidence } = await observe(
      { cypher, with: { name: '{name}', age: '{age}', part: 0.5 } },
      { parameters: { name, age: 3 } },
    );
    expect(server.asked.map((asked) => asked.cypher)).toEqual([`EXPLAIN ${cypher}`, cypher]);
    expect(server.asked[1]?.parameters).toEqual({ name, age: 3, part: { float: 0.5 } });
    expect(evidence[0]?.text).toBe(`${cypher}\n$name = ${JSON.stringify(name)}\n$age = 3\n$part = 0.5`);
  });

  it('only reads, says whose it is, and is ended by the server itself at the deadline', async () => {
    const { observe, server } = await neo4jThat(() => one(['n'], 1));
    await observe({ cypher: 'RETURN 1' }, { deadlineMs: 2_500 });
    for (const { extra } of server.asked)
      expect(extra).toMatchObject({ mode: 'r', tx_timeout: 2_500, tx_metadata: { app: 'guardia' } });
  });

  const ENDS = 'ProduceResults@neo4j';
  const kills = 'ProcedureCall@neo4j: dbms.killConnection(name) :: (message)';
  const tells = 'ProcedureCall@neo4j: dbms.components() :: (name)';

  it.each([
    ['w', []],
    ['rw', []],
    ['s', []],
    ['s', [ENDS, kills]],
    ['s', [ENDS, kills, tells]],
    ['r', [ENDS, 'TerminateTransactions@neo4j']],
    ['r', [ENDS, 'LoadCSV@neo4j']],
  ] as const)('that the server plans as %j with %j is refused before it runs', async (type, plan) => {
    const server = closing(await startBoltWire(() => ({ fields: [], rows: [], type, plan })));
    await expect(serviceAt(server).observe({ cypher: 'CALL shop.tidyUp()' })).rejects.toMatchObject({
      code: 'refused',
      message: 'a check may only read, and this statement does more',
    });
    expect(server.asked.map(({ cypher }) => cypher)).toEqual(['EXPLAIN CALL shop.tidyUp()']);
  });

  it.each([
    ['CALL dbms.components()', [ENDS, tells]],
    ['SHOW DATABASES', ['AdministrationCommand@system']],
  ])('that only asks the system may run: %s', async (cypher, plan) => {
    const server = closing(
      await startBoltWire(() => ({ fields: ['name'], rows: [['neo4j']], type: 's', plan })),
    );
    expect((await serviceAt(server).observe({ cypher })).value).toBe('neo4j');
  });

  it('that writes by its own words asks nobody', async () => {
    const { observe, server } = await neo4jThat(() => one(['n'], 1));
    await expect(observe({ cypher: 'MATCH (n) DETACH DELETE n' })).rejects.toMatchObject({
      code: 'bad-input',
    });
    expect(server.received()).toBe('');
  });

  it.each([
    ['Neo.ClientError.Statement.SyntaxError', 'bad-input', 'refused the statement: no'],
    ['Neo.ClientError.Procedure.ProcedureNotFound', 'bad-input', 'refused the statement: no'],
    ['Neo.ClientError.Statement.AccessMode', 'refused', 'only lets this session read: no'],
    ['Neo.ClientError.Security.Forbidden', 'refused', 'refused: no'],
    ['Neo.ClientError.Transaction.TransactionTimedOut', 'deadline', 'stopped the statement: no'],
    ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 'refused', 'could not do it: no'],
  ])('that fails with %s is %s', async (errorCode, code, says) => {
    const { observe, server } = await neo4jThat(() => ({ code: errorCode, message: 'no\nand why' }));
    await expect(observe({ cypher: 'RETURN 1' })).rejects.toMatchObject({
      code,
      message: `127.0.0.1:${server.port} ${says}`,
    });
  });

  it('that hangs is stopped on the server, and its connection let go of', async () => {
    const { observe, server } = await neo4jThat(() => 'nothing');
    await expect(observe({ cypher: 'RETURN 1' }, { deadlineMs: 200 })).rejects.toMatchObject({
      code: 'deadline',
    });
    await server.quiet();
    expect(server.resets()).toBe(1);
  });

  it('leaves other calls alone when it is given up', async () => {
    const { observe, server } = await neo4jThat((cypher) =>
      cypher.includes('slow') ? 'nothing' : one(['n'], 1),
    );
    const caller = new AbortController();
    const slow = observe({ cypher: 'RETURN "slow"' }, { signal: caller.signal, deadlineMs: 60_000 });
    const ended = expect(slow).rejects.toMatchObject({ code: 'aborted' });
    await observe({ cypher: 'RETURN 1' });
    caller.abort();
    await ended;
    expect((await observe({ cypher: 'RETURN 1' })).value).toBe(1);
    expect(server.asked.length).toBeGreaterThan(4);
  });
});

describe('the lint of a statement', () => {
  const problems = (cypher: string, given = {}, names: string[] = []) =>
    neo4j.check?.({ cypher, with: given }, names);

  it.each([
    'MATCH (n:Set { create: 1 }) WHERE n.delete = \'MERGE\' AND n.`drop` <> "SET" RETURN n.set // REMOVE it',
    'MATCH (n) /* DELETE n */ RETURN [x IN n.list | { set: x }] AS created',
    'SHOW TRANSACTIONS YIELD transactionId',
    'UNWIND [1, 2] AS offset RETURN offset;',
  ])('passes %s', (cypher) => {
    expect(problems(cypher)).toEqual([]);
  });

  it.each([
    ['create', 'CREATE (n)'],
    ['MERGE', 'MATCH (a)\nMERGE (a)-[:X]->(b)'],
    ['SET', 'MATCH (n) SET n.x = 1'],
    ['DELETE', 'MATCH (n) DELETE n'],
    ['TERMINATE', "TERMINATE TRANSACTION 'neo4j-transaction-1'"],
    ['LOAD CSV', "LOAD  CSV FROM 'file:///etc/passwd' AS line RETURN line"],
  ])('refuses %s', (_, cypher) => {
    expect(problems(cypher)).toEqual([
      expect.stringMatching(/^line \d, column \d+: [A-Z ]+ does more than read$/),
    ]);
  });

  it.each([
    ['RETURN {n}', {}, 'line 1, column 8: write $n in place of {n}, and below it with: { n: "{n}" }'],
    ["RETURN '{n}'", {}, 'line 1, column 9: write $n in place of {n}, and below it with: { n: "{n}" }'],
    ['RETURN $n', {}, '$n is not given; write with: { n: … }'],
    ['RETURN 1', { n: 1 }, 'with gives n, which the query does not name as $n'],
    ['RETURN $n', { n: '{other}' }, '{other} names no declared parameter; declared are n'],
    ['RETURN (1', {}, 'line 1, column 8: ( is not closed'],
    ['RETURN "x', {}, 'line 1, column 8: what begins here does not end'],
    ['PROFILE RETURN 1', {}, 'a check asks for an answer, so it begins with neither EXPLAIN nor PROFILE'],
  ])('says what is wrong with %j', (cypher, given, problem) => {
    expect(problems(cypher, given, ['n'])).toEqual([problem]);
  });
});

const FIELDS = ['id', 'began', 'ms', 'username', 'clientAddress', 'currentQuery', 'status'];
const BEGAN = '2026-01-01T03:00:00.000Z';

/** A transaction as the server lists it. */
function running(
  id: number,
  more: { began?: string; ms?: number; query?: string; status?: string } = {},
): unknown[] {
  const {
    began = BEGAN,
    ms = 65_040,
    query = "MATCH (n { name: 'private' }) RETURN n",
    status = 'Running',
  } = more;
  return [`neo4j-transaction-${id}`, began, ms, 'app', '10.0.0.7:41234', query, status];
}

function lists(cypher: string): boolean {
  return cypher.includes('SHOW TRANSACTIONS') || cypher.includes('dbms.listTransactions');
}

describe('transactions', () => {
  it.each([
    ['Neo4j/2025.10.1', 'SHOW TRANSACTIONS'],
    ['Neo4j/5.26.0', 'SHOW TRANSACTIONS'],
    ['Neo4j/4.4.48', 'SHOW TRANSACTIONS'],
    ['Neo4j/4.3.23', 'CALL dbms.listTransactions()'],
    ['Neo4j/4.2.0', 'CALL dbms.listTransactions()'],
  ])('of %s are asked for in its own words', async (agent, words) => {
    const { observe, server } = await neo4jThat(() => ({ fields: FIELDS, rows: [running(7)] }), agent);
    expect((await observe({ transactions: { 'longer-than': '5s' } })).value).toEqual({
      transactions: 1,
      oldest_s: 65,
    });
    const [asked] = server.asked;
    expect(asked?.cypher.trim().startsWith(words)).toBe(true);
    expect(asked?.parameters).toEqual({ least: 5_000 });
    expect(asked?.cypher).toContain("coalesce(metaData.app, '') <> 'guardia'");
  });

  it('are counted without those that are marked for their end, and shown without their texts', async () => {
    const rows = [running(7), running(8, { ms: 5_000 }), running(9, { status: 'Terminated with reason: x' })];
    const { observe } = await neo4jThat(() => ({ fields: FIELDS, rows }));
    const { value, says, evidence } = await observe({ transactions: { 'longer-than': '5s' } });
    expect(value).toEqual({ transactions: 2, oldest_s: 65 });
    expect(says).toBe('2 transactions longer than 5s, the oldest for 65 s');
    expect(evidence.at(-1)?.text.split('\n')[0]).toBe(
      'neo4j-transaction-7 of app at 10.0.0.7:41234, for 65 s: MATCH (n { name: }) RETURN n',
    );
  });

  it('that are none are nothing', async () => {
    const { observe } = await neo4jThat(() => ({ fields: FIELDS, rows: [] }));
    expect(await observe({ transactions: { 'longer-than': '5s' } })).toMatchObject({
      value: { transactions: 0, oldest_s: 0 },
      says: 'none longer than 5s',
    });
  });
});

describe('terminate', () => {
  const input = { terminate: { 'longer-than': '5s' } };

  /** Lists what `rows` gives, one after the other and the last one again, and terminates. */
  async function neo4jWith(...lists_: unknown[][][]) {
    const left = [...lists_];
    let last: unknown[][] = [];
    return neo4jThat((cypher) => {
      if (lists(cypher)) last = left.shift() ?? last;
      return lists(cypher)
        ? { fields: FIELDS, rows: last }
        : { fields: ['message'], rows: [['Transaction terminated.']] };
    });
  }

  const planned: Fingerprint = {
    substance: {
      server: 'graph:7687',
      'transaction neo4j-transaction-1': BEGAN,
      'transaction neo4j-transaction-2': BEGAN,
      'transaction neo4j-transaction-3': BEGAN,
    },
  };

  it('is planned with what it would end, in words and by their ids', async () => {
    const { preview, fingerprint, server } = await neo4jWith([running(7), running(8, { ms: 6_000 })]);
    const [shown, bound] = await Promise.all([preview(input), fingerprint(input)]);
    const at = `127.0.0.1:${server.port}`;
    expect(shown).toMatchObject({
      what: `terminate 2 transactions that ran longer than 5s on ${at}`,
      amount: '2 transactions, the oldest for 65 s',
      evidence: [
        { text: expect.stringMatching(/^neo4j-transaction-7 of app .*\nneo4j-transaction-8 of app /) },
      ],
    });
    expect(bound.substance).toEqual({
      server: at,
      'transaction neo4j-transaction-7': BEGAN,
      'transaction neo4j-transaction-8': BEGAN,
    });
    expect(server.asked).toHaveLength(1);
  });

  it('is no plan when nothing runs so long', async () => {
    const { preview } = await neo4jWith([]);
    await expect(preview(input)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('no transaction runs longer than 5s'),
    });
  });

  it('ends exactly those that the plan names and that still are the same', async () => {
    const later = '2026-01-01T04:00:00.000Z';
    const { perform, server } = await neo4jWith(
      [running(1), running(3, { began: later }), running(4)],
      [running(4)],
    );
    const { says, amount, evidence } = await perform(input, planned);
    const terminating = server.asked.filter(({ cypher }) => !lists(cypher));
    expect(terminating).toMatchObject([
      { cypher: 'TERMINATE TRANSACTIONS $ids', parameters: { ids: ['neo4j-transaction-1'] } },
    ]);
    expect(says).toBe(
      'terminated neo4j-transaction-1; neo4j-transaction-2, neo4j-transaction-3 had ended by then',
    );
    expect(amount).toBe('1 transaction');
    expect(evidence[0]?.text).toContain('neo4j-transaction-1 of app');
  });

  it('has nothing to do when all have ended, and leaves others alone', async () => {
    const { perform, server } = await neo4jWith([running(4)]);
    expect(await perform(input, planned)).toMatchObject({
      says: expect.stringMatching(/^nothing was left to terminate; .* had ended by then$/),
      amount: '0 transactions',
    });
    expect(server.asked.every(({ cypher }) => lists(cypher))).toBe(true);
  });

  it('uses the procedure of servers before 4.4', async () => {
    let ended = false;
    const { perform, server } = await neo4jThat((cypher) => {
      ended ||= !lists(cypher);
      return { fields: FIELDS, rows: ended ? [] : [running(1)] };
    }, 'Neo4j/4.3.23');
    await perform(input, planned);
    expect(server.asked.map(({ cypher }) => cypher)).toContainEqual(
      expect.stringMatching(/^CALL dbms\.killTransactions\(\$ids\)/),
    );
  });

  it('is followed until they have ended', async () => {
    const marked = running(1, { status: 'Terminated with reason: x' });
    const { perform, server } = await neo4jWith([running(1)], [marked], [marked], []);
    const only: Fingerprint = { substance: { 'transaction neo4j-transaction-1': BEGAN } };
    expect((await perform(input, only)).says).toBe('terminated neo4j-transaction-1');
    expect(server.asked.filter(({ cypher }) => lists(cypher))).toHaveLength(4);
  });

  it('says which ones hold nothing any more and only wait for their client', async () => {
    const marked = running(1, { query: '', status: 'Terminated with reason: x' });
    const { perform } = await neo4jWith([running(1)], [marked]);
    expect((await perform(input, planned)).says).toContain(
      'terminated neo4j-transaction-1; of which neo4j-transaction-1 holds nothing any more and goes with its client',
    );
  });

  it('waits for one without a query that is not marked yet, since it still holds its locks', async () => {
    const idle = { query: '' };
    const marked = running(1, { ...idle, status: 'Terminated with reason: x' });
    const { perform } = await neo4jWith([running(1)], [running(1, idle)], [marked]);
    expect((await perform(input, planned)).says).toContain('holds nothing any more');
  });

  it('is no success while one of them still runs', async () => {
    const { perform } = await neo4jWith([running(1)], [running(1, { status: 'Terminated with reason: x' })]);
    await expect(perform(input, planned, 1_000)).rejects.toMatchObject({
      code: 'deadline',
      message: '1 transaction marked for termination, but not yet ended: neo4j-transaction-1',
    });
  });

  it('is void when an id means another transaction by now, and not when some ended or others began', () => {
    const now = (more: object): Fingerprint => ({ substance: { server: 'graph:7687', ...more } });
    const drift = (after: Fingerprint) => neo4j.drift?.(planned, after);
    expect(
      drift(now({ 'transaction neo4j-transaction-1': BEGAN, 'transaction neo4j-transaction-9': BEGAN })),
    ).toEqual([]);
    expect(drift(now({ 'transaction neo4j-transaction-2': 'later' }))).toEqual([
      'neo4j-transaction-2 is another transaction by now',
    ]);
    expect(drift({ substance: { server: 'other:7687' } })).toEqual([
      'server changed from graph:7687 to other:7687',
    ]);
  });

  it('is no check, and a query is no action', async () => {
    const { observe, preview } = await neo4jWith([]);
    await expect(observe(input)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(preview({ connections: true })).rejects.toMatchObject({ code: 'bad-input' });
    expect(neo4j.asks?.({ terminate: { 'longer-than': '5s' } })).toBe('act');
    expect(neo4j.asks?.({ connections: true })).toBe('look');
  });
});

describe('connections', () => {
  it('are counted by who holds them', async () => {
    const { observe } = await neo4jThat(() => ({
      fields: ['userAgent', 'n'],
      rows: [
        ['shop/1.0', 95],
        ['guardia', 1],
      ],
    }));
    expect(await observe({ connections: true })).toMatchObject({
      value: 96,
      says: '96 connections',
      evidence: [{}, { text: '95 of shop/1.0\n1 of guardia' }],
    });
  });

  it('of ours are at most four, and closed with the steps', async () => {
    const { observe, steps, server } = await neo4jThat(() => one(['n'], 1));
    await Promise.all(Array.from({ length: 20 }, () => observe({ cypher: 'RETURN 1' })));
    expect(server.received().match(/user_agent/g)?.length).toBeLessThanOrEqual(4);
    await steps.close();
    await server.quiet();
  });
});
