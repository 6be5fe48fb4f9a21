import { createTestDatabase } from '../../helpers/database.ts';
import type { Doom, LastWords } from './injector.ts';
import { openWorld, type World } from './outside.ts';
import { type Bundle, type MortalHouse, spawnHouse } from './process.ts';
import { openWitness, type Witness } from './witness.ts';

export type Name = 'a' | 'b';
export const NAMES: readonly Name[] = ['a', 'b'];

/** Two replicas on one database. */
export interface Pair {
  witness: Witness;
  world: World;
  house(name: Name): MortalHouse;
  /** Dooms one of them while this queue is looked after. */
  arm(name: Name, queue: string, doom: Doom): Promise<void>;
  /** What became of the one that was armed; nothing of it is left for the next time. */
  lookAfter(name: Name): Promise<Loss | null>;
  stop(): Promise<void>;
}

/** What a replica left when it died. */
export interface Loss {
  words: LastWords | null;
  /** Flows that the other has to go on with. */
  flows: number;
  /** Whether a step had begun by then, by either of them, and had not ended. */
  cutOff: boolean;
}

export async function openPair(bundle: Bundle): Promise<Pair> {
  const database = await createTestDatabase();
  const witness = await openWitness(database.url);
  const world = openWorld(witness);
  const houses = new Map<Name, MortalHouse>();
  const losses = new Map<Name, Promise<Loss>>();
  let about = '';
  const house = (name: Name) => houses.get(name) as MortalHouse;

  async function begin(name: Name): Promise<void> {
    houses.set(name, spawnHouse(world.outside, bundle));
    losses.set(name, lossOf(name));
    await house(name).start({ url: database.url, replica: name });
  }

  /** From the moment of its death it counts as silent for long: the other need not wait for three quarters of a minute. */
  async function lossOf(name: Name): Promise<Loss> {
    const words = await house(name).gone;
    const [cutOff, flows] = await Promise.all([witness.cutOff(about), witness.unfinishedOf(name)]);
    await witness.silence(name);
    return { words, cutOff, flows };
  }

  await Promise.all(NAMES.map(begin));
  return {
    witness,
    world,
    house,
    async arm(name, queue, doom) {
      about = queue;
      await house(name).arm(doom);
    },
    async lookAfter(name) {
      const lives = house(name).arm(null);
      const loss = await lives.then(
        () => null,
        () => losses.get(name),
      );
      if (loss) await begin(name);
      return loss ?? null;
    },
    async stop() {
      await Promise.all(NAMES.map((name) => house(name).kill()));
      await Promise.all(losses.values());
      await witness.stop();
      await database.drop();
    },
  };
}
