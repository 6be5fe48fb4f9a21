import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CallOptions, serviceWith } from '../../steps/harness.ts';
import { type Journal, type JournalEntry, writeJournal } from '../servers/journal.ts';
import { type OpenSearchServer, startOpenSearch } from '../servers/opensearch.ts';
import { type PodmanServer, startPodman } from '../servers/podman.ts';
import { until } from '../servers/process.ts';

describe('a real OpenSearch', () => {
  let server: OpenSearchServer;

  beforeAll(async () => {
    server = await startOpenSearch();
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const failed = Array.from({ length: 300 }, (_, n) => ({
      '@timestamp': minutesAgo(n / 100),
      level: 'error',
      message: `redis error: job ${n} was not taken after ${n * 3} ms`,
      service: 'denis',
    }));
    await server.index('denis-2026.11', [
      ...failed,
      { '@timestamp': minutesAgo(5), level: 'info', message: 'all is well', service: 'denis', n: 7 },
      { '@timestamp': minutesAgo(90), level: 'error', message: 'redis error long ago', service: 'denis' },
    ]);
    await server.index('other-1', [
      { '@timestamp': minutesAgo(1), message: 'redis error of somebody else', service: 'a "b" (c) OR d:*' },
    ]);
  }, 420_000);

  afterAll(() => server?.stop());

  function search(input: object, parameters: CallOptions['parameters'] = {}) {
    const { observe } = serviceWith({
      connections: { elasticsearch: { kind: 'elasticsearch', url: server.url } },
    });
    return observe('logs', input, { parameters, deadlineMs: 20_000 });
  }

  it('counts what a query finds since then, and gives the newest, grouped by shape', async () => {
    const { value, says, evidence } = await search({ index: 'denis*', query: '"redis error"', since: '10m' });
    expect([value, says]).toEqual([
      300,
      expect.stringMatching(
        /^300 lines; 200 like: 20\S+Z error redis error: job \d+ was not taken after \d+ ms$/,
      ),
    ]);
    expect(evidence.at(-1)?.text.split('\n').at(-1)).toMatch(/job 0 was not taken after 0 ms$/);
    expect((await search({ index: 'denis*', query: '"redis error"', since: '2h' })).value).toBe(301);
    expect((await search({ index: 'denis*', query: 'n:7 AND well' })).value).toBe(1);
    expect((await search({ index: 'denis*', query: 'nobody' })).value).toBe(0);
  });

  it('reads a parameter as it was meant, within quotes and without', async () => {
    const service = 'a "b" (c) OR d:*';
    for (const query of ['service:{service}', 'service:"{service}"']) {
      expect((await search({ index: '*', query }, { service })).value).toBe(1);
      expect((await search({ index: '*', query }, { service: 'nobody || *' })).value).toBe(0);
      expect((await search({ index: '*', query }, { service: '*' })).value).toBe(0);
    }
  });

  it('refuses what is no query, and an index that is not there, in its own words', async () => {
    await expect(search({ index: 'denis*', query: 'a:(b' })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/refused: Failed to parse query \[a:\(b\]/),
    });
    for (const index of ['gone', 'gone-*']) {
      await expect(search({ index, query: 'a' })).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining(`no such index [${index}]`),
      });
    }
  });
});

describe('a real journal', () => {
  let journal: Journal;

  beforeAll(async () => {
    const entry = (minutesAgo: number, unit: string, message: string): JournalEntry => ({
      at: new Date(Date.now() - minutesAgo * 60_000),
      unit,
      message,
    });
    journal = await writeJournal([
      entry(120, 'elevenlabs_integration', 'Rate limit exceeded long ago'),
      ...Array.from({ length: 40 }, (_, n) =>
        entry(30 - n / 2, 'elevenlabs_integration', `Rate limit exceeded: request ${n} waits ${n} s`),
      ),
      entry(5, 'elevenlabs_integration', 'up\nand running'),
      entry(5, 'other', 'Rate limit exceeded elsewhere'),
    ]);
  });

  afterAll(() => journal?.remove());

  function unit(input: object) {
    const backend = { local: ['journalctl'], environment: { PATH: journal.path } };
    const { observe } = serviceWith({ targets: { backend } });
    return observe('logs', { on: 'backend', ...input });
  }

  it('gives the lines of a unit, as far back and as many as is wanted', async () => {
    const input = { unit: 'elevenlabs_integration', match: 'Rate limit exceeded' };
    expect((await unit({ ...input, since: '3h' })).value).toBe(41);
    expect((await unit({ ...input, since: '1h' })).value).toBe(40);
    const { value, says, evidence } = await unit({ ...input, tail: 3 });
    expect([value, says]).toEqual([
      2,
      expect.stringMatching(/^2 of \d lines with Rate limit exceeded; there is more/),
    ]);
    expect(evidence.at(-1)?.text).toMatch(/20\S+ \S+ .*Rate limit exceeded: request 39 waits 39 s$/);
    expect((await unit({ ...input, since: '1h' })).evidence[1]?.text).toMatch(
      /^40 {2}20\S+ .*request 0 waits 0 s$/,
    );
  });

  it('has nothing of a unit that wrote nothing', async () => {
    expect(await unit({ unit: 'silent', since: '1h' })).toMatchObject({ value: 0, says: '0 lines' });
  });
});

describe('a real container', () => {
  let podman: PodmanServer;

  beforeAll(async () => {
    podman = await startPodman();
    const script = 'for i in 1 2 3; do echo "job $i failed"; done; echo "all is well" >&2; sleep 600';
    podman.run('agente-api', ['sh', '-c', script]);
  });

  afterAll(() => podman?.stop());

  it('has its matching lines counted and grouped', async () => {
    const { observe } = serviceWith({ connections: { docker: podman.connection } });
    const look = () => observe('logs', { container: 'agente-api', since: '10m', match: '/FAILED/i' });
    const { value, says, evidence } = await until('its lines', async () => {
      const observation = await look();
      return /of 4 lines/.test(observation.says ?? '') && observation;
    });
    expect([value, says]).toEqual([3, '3 of 4 lines with /FAILED/i; 3 like: job 1 failed']);
    expect(evidence[1]).toEqual({ label: 'Lines by shape, the first of each', text: '3  job 1 failed' });
  });
});
