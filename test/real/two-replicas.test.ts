import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { purge } from '../helpers/asked.ts';
import { SAM } from '../helpers/house.ts';
import { randomFrom } from './helpers/at-random.ts';
import { chanceOf } from './mortal/crowd.ts';
import { NAMES, openPair, type Pair } from './mortal/pair.ts';
import { bundleHouse } from './mortal/process.ts';
import { playRound, type Round } from './mortal/round.ts';
import { until } from './servers/process.ts';

/**
 * Two replicas on one database, and several people who click at the same moment, at both of them. In every tenth round
 * one of the two is killed in the middle, and the other goes on. `GUARDIA_SEED` repeats a run as far as the machine
 * lets it, `GUARDIA_ROUNDS` makes it longer.
 */
const ROUNDS = Number(process.env.GUARDIA_ROUNDS ?? 150);
const KILL_EVERY = 10;
const SEED = Number(process.env.GUARDIA_SEED ?? Math.floor(Math.random() * 1_000_000));
let folder: string;
let pair: Pair;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-mortal-'));
  pair = await openPair(await bundleHouse(folder));
}, 120_000);
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

function tell(rounds: readonly Round[]): void {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const ends = Map.groupBy(rounds, ({ end }) => end);
  const losses = rounds.flatMap(({ loss }) => loss ?? []);
  console.log(
    `seed ${SEED}: ${rounds.length} rounds, ${sum(({ clicks }) => clicks)} clicks, ${sum(({ refused }) => refused)} refused in words; ` +
      `${[...ends].map(([end, of]) => `${of.length} ${end}`).join(', ')}; ` +
      `${losses.length} replicas killed, ${losses.filter(({ flows }) => flows > 0).length} with a flow that the other went on with`,
  );
}

describe('two replicas on one database', () => {
  it(`let a plan run once and end once, whoever clicks where (seed ${SEED})`, async () => {
    const chance = chanceOf(randomFrom(SEED));
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const doomed = round % KILL_EVERY === 0 ? chance.one(NAMES) : null;
      rounds.push(await playRound(pair, `queue-${round}`, chance, doomed));
    }
    tell(rounds);
    const broken = rounds.flatMap((round, index) =>
      round.broken.map((what) => `round ${index + 1}: ${what}`),
    );
    expect(broken).toEqual([]);
    expect(await pair.witness.takenBack()).toEqual([]);
    expect(new Set(rounds.map(({ end }) => end)).size).toBeGreaterThan(1);
    expect(rounds.filter(({ loss }) => loss?.flows).length).toBeGreaterThan(0);
  }, 600_000);

  it('repeat nothing, and do nothing further, when one is taken for dead while it works', async () => {
    const { witness, world } = pair;
    const queue = 'taken-for-dead';
    const hold = world.hold(queue);
    const a = pair.house('a');
    await a.call('remediate', { ...purge, parameters: { queue } }, queue);
    const [plan] = await witness.plansOf(queue);
    await a.call('approve', { plan: plan?.id, digest: plan?.digest, by: SAM });
    await hold.touched;
    await until('b has taken over', async () => {
      await witness.silence('a');
      return (await witness.unfinishedOf('a')) === 0;
    });
    await witness.ended(`remediate:${queue}`);
    hold.letGo();
    const events: string[] = [];
    await until('a has written down what it did', async () => {
      events.push(...(await witness.newRecord()).entries.map(({ event }) => event));
      return events.includes('step-ended');
    });
    expect(await witness.plansOf(queue)).toMatchObject([{ state: 'unknown' }]);
    expect(world.touches(queue)).toHaveLength(1);
    expect(events.slice(-4)).toEqual(['step-begun', 'unknown', 'verified', 'step-ended']);
  }, 60_000);
});
