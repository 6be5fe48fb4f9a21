import { createTestDatabase } from '../../helpers/database.ts';
import type { Doom, LastWords } from './injector.ts';
import { openWorld, type World } from './outside.ts';
import { type Bundle, Died, type MortalHouse, spawnHouse, within } from './process.ts';
import { openWitness, type Witness } from './witness.ts';

/** One database in which one house lives at a time; when it dies, the next goes on. */
export interface Lane {
  witness: Witness;
  world: World;
  /**
   * Dooms the house that lives, about this queue, and with `next` the one that comes after it from its first breath.
   * Whoever comes later lives on.
   */
  arm(queue: string, doom: Doom | null, next?: Doom): Promise<void>;
  /** Does this with the house that lives, and once more with the next when it dies in the middle. `again` says so. */
  insist<Result>(what: string, act: (house: MortalHouse, again: boolean) => Promise<Result>): Promise<Result>;
  /** Who died since it was armed, in order. */
  deaths(): readonly Death[];
  stop(): Promise<void>;
}

export interface Death extends LastWords {
  /** Whether a step had begun by then, and had not ended. */
  cutOff: boolean;
}

export async function openLane(bundle: Bundle): Promise<Lane> {
  const database = await createTestDatabase();
  const witness = await openWitness(database.url);
  const world = openWorld(witness);
  const spawn = () => spawnHouse(world.outside, bundle);
  const live = houseAfterHouse(spawn, { url: database.url, witness });
  let deaths: Death[] = [];
  let about = '';
  let then: Doom | undefined;

  async function replace(): Promise<void> {
    const words = await live.house().gone;
    if (!words) throw new Error('a house ended that was not killed');
    deaths.push({ ...words, cutOff: await witness.cutOff(about) });
    const doom = then;
    then = undefined;
    await live.next(doom).catch((error) => (error instanceof Died ? replace() : Promise.reject(error)));
  }

  async function insist<Result>(
    what: string,
    act: (house: MortalHouse, again: boolean) => Promise<Result>,
  ): Promise<Result> {
    for (let again = false; ; again = true) {
      try {
        return await within(what, act(live.house(), again));
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        await within(`another house, after ${what}`, replace());
      }
    }
  }

  await live.next();
  return {
    witness,
    world,
    insist,
    async arm(queue, doom, next) {
      await insist('a doom', (house) => house.arm(doom));
      [about, then, deaths] = [queue, next, []];
    },
    deaths: () => deaths,
    async stop() {
      await live.stop();
      await witness.stop();
      await database.drop();
    },
  };
}

/**
 * A house, and one that is ready to come after it. Every second one begins under the name of the one that died, as a
 * restart does; the others take over from a replica that fell silent.
 */
function houseAfterHouse(spawn: () => MortalHouse, { url, witness }: { url: string; witness: Witness }) {
  let house: MortalHouse | undefined;
  let ready = spawn();
  let born = 0;
  let replica = '';
  return {
    house() {
      if (!house) throw new Error('no house was ever started');
      return house;
    },
    async next(doom?: Doom) {
      if (born % 2 === 0) {
        await witness.silence(replica);
        replica = `replica-${born}`;
      }
      born += 1;
      [house, ready] = [ready, spawn()];
      await house.start({ url, replica }, doom);
    },
    stop: () => Promise.all([house?.kill(), ready.kill()]),
  };
}
