import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstBreak } from '../../src/audit/chain.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { rightOwnClock, setOwnClock } from '../helpers/clock.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { ASKED, CLICKED, CLICKS, OUTSIDERS, sequences, type User } from './commands.ts';
import { play } from './play.ts';

/** Ten thousand, or as many as SEQUENCES says. */
const WANTED = Number(process.env.SEQUENCES ?? 10_000);
/** Played at the same time, each in a database of its own. */
const LANES = 4;

/** What has to have led somewhere, or nothing was proved of it; what is rare needs many sequences. */
const COMMON = [
  ...ASKED.map((via) => `ask via ${via}`),
  ...CLICKED.flatMap((via) => ['approve', 'deny', 'cancel'].map((does) => `${does} via ${via}`)),
];
const WAYS = [...COMMON, ...CLICKED.flatMap((via) => CLICKS.map((does) => `${does} via ${via}`))];

let databases: TestDatabase[];

/** Longer than a request may wait: whoever asked the process's own clock would end all of them. */
const FAST_MS = 20 * 60_000;

beforeAll(async () => {
  setOwnClock(FAST_MS);
  databases = await Promise.all(Array.from({ length: LANES }, () => createTestDatabase()));
});
afterAll(async () => {
  rightOwnClock();
  await Promise.all(databases.map((database) => database.drop()));
});

/** What was played, in words, so that an empty run cannot look like a full one. */
function tally() {
  const counts = new Map<string, number>();
  const add = (what: string, times = 1) => counts.set(what, (counts.get(what) ?? 0) + times);
  const of = (what: string) => counts.get(what) ?? 0;
  return { add, of, says: () => [...counts].map(([what, times]) => `${times} ${what}`).join(', ') };
}

function isOutsider(user: User): boolean {
  return OUTSIDERS.some((one) => one === user);
}

describe('whatever people, replicas and the clock do', () => {
  it(
    'nothing runs without its approvals or twice, every change is recorded, and no end is taken back',
    async () => {
      const [seen, did] = [tally(), tally()];
      const playIn = (database: TestDatabase) =>
        fc.asyncProperty(sequences, async (sequence) => {
          seen.add('sequences');
          const { ends, deaths, done } = await play(database, `queue ${seen.of('sequences')}`, sequence);
          seen.add('commands', sequence.commands.length);
          seen.add('replicas died', deaths);
          for (const end of ends) seen.add(`plans ${end}`);
          for (const { act, ok } of done) {
            if (ok) did.add(`${act.does} via ${act.via}`);
            else if (act.does === 'ask' && isOutsider(act.by)) seen.add('starts refused to outsiders');
          }
        });
      const numRuns = Math.ceil(WANTED / LANES);
      // The same ones every time under CI, so that what fails there fails here; others at work.
      const from = process.env.CI ? 0 : Math.floor(Math.random() * 2 ** 30);
      await Promise.all(
        databases.map((database, lane) => fc.assert(playIn(database), { numRuns, seed: from + lane })),
      );
      console.log(`${seen.says()}\nwith success: ${did.says()}`);
      expect(seen.of('sequences')).toBeGreaterThanOrEqual(WANTED);
      for (const end of ['done', 'unknown', 'denied', 'cancelled', 'expired', 'void'])
        expect(seen.of(`plans ${end}`)).toBeGreaterThan(0);
      expect(seen.of('replicas died')).toBeGreaterThan(0);
      expect(seen.of('starts refused to outsiders')).toBeGreaterThan(0);
      for (const way of WANTED < 10_000 ? COMMON : WAYS) expect([way, did.of(way)]).not.toEqual([way, 0]);
    },
    WANTED * 200,
  );

  it('leaves a record that nobody could have changed', async () => {
    for (const database of databases) {
      const entries = await auditEntries(database.db, 0, 1_000_000);
      expect(entries.length).toBeGreaterThan(WANTED / LANES);
      expect(firstBreak(entries)).toBeNull();
    }
  });
});
