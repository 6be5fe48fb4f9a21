import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  type CatalogueHolder,
  type CatalogueParts,
  holdCatalogue,
  type KeptCatalogue,
  loadForStart,
} from '../../src/catalogue/hold.ts';
import type { Refusal } from '../../src/catalogue/refusal.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, withFolder } from '../helpers/catalogue.ts';

const SETTINGS = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMO' };
const SINCE = '2026-11-14T03:12:00.000Z';

interface Given {
  settings?: Record<string, string>;
  refuse?: CatalogueParts['refuse'];
}

/** A folder with the good catalogue, and what is kept of it between starts. */
interface Place {
  kept: KeptCatalogue | null;
  isAway: boolean;
  /** How often something was to be kept. */
  keeps(): number;
  log: string[];
  write(path: string, change: (text: string) => string): Promise<void>;
  start(given?: Given): Promise<CatalogueHolder>;
}

function inPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  return withFolder([GOOD], {}, (folder) => {
    const log: string[] = [];
    let keeps = 0;
    const place: Place = {
      kept: null,
      isAway: false,
      keeps: () => keeps,
      log,
      async write(path, change) {
        const file = join(folder, path);
        await writeFile(file, change(await readFile(file, 'utf8')));
      },
      async start({ settings = SETTINGS, refuse = async () => [] } = {}) {
        const parts: CatalogueParts = {
          config: { GUARDIA_COMMANDS: folder, environment: settings },
          kinds: stepKinds,
          logger: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }),
          lastGood: {
            async keep(catalogue) {
              keeps += 1;
              if (place.isAway) throw new Error('the database is away');
              place.kept = catalogue;
            },
            find: async () => place.kept && { ...place.kept, since: SINCE },
          },
          refuse,
        };
        return holdCatalogue(parts, await loadForStart(parts));
      },
    };
    return use(place);
  });
}

const rename = (title: string) => (text: string) => text.replace(/^(title|titel): .*$/m, title);
const SERVICE = 'demo/service.yml';
const titleOf = (holder: CatalogueHolder) => holder.current().services.get('demo')?.title;

describe('a catalogue that is loaded again', () => {
  it('takes the place of the old one, and is the last good one', () =>
    inPlace(async (place) => {
      const holder = await place.start();
      const told: (Refusal | null)[] = [];
      holder.listen((refusal) => told.push(refusal));
      await place.write(SERVICE, rename('title: Demonstration'));
      await expect(holder.reload()).resolves.toBeNull();
      expect(titleOf(holder)).toBe('Demonstration');
      expect(told).toEqual([null]);
      expect(place.kept?.revision).toBe(holder.current().revision);
    }));

  it('is kept for the next start later when that was not possible at once', () =>
    inPlace(async (place) => {
      const holder = await place.start();
      place.isAway = true;
      await place.write(SERVICE, rename('title: Demonstration'));
      await expect(holder.reload()).resolves.toBeNull();
      expect(place.kept?.revision).not.toBe(holder.current().revision);
      place.isAway = false;
      await holder.keep();
      expect(place.kept?.revision).toBe(holder.current().revision);
      await holder.keep();
      expect(place.keeps()).toBe(3);
    }));

  it('is the newest one, also when an older load takes longer', () =>
    inPlace(async (place) => {
      const [slow, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let asked = 0;
      const holder = await place.start({
        async refuse() {
          asked += 1;
          begun.resolve();
          if (asked === 1) await slow.promise;
          return [];
        },
      });
      await place.write(SERVICE, rename('title: Older'));
      const older = holder.reload();
      await begun.promise;
      await place.write(SERVICE, rename('title: Demonstration'));
      const newer = holder.reload();
      // It waits for the older one; if it did not, it would have ended by now.
      await Promise.race([newer, new Promise((over) => setTimeout(over, 500))]);
      slow.resolve();
      await Promise.all([older, newer]);
      expect(asked).toBe(2);
      expect(titleOf(holder)).toBe('Demonstration');
    }));

  it('is refused when it is not valid, with every problem, until a good one comes', () =>
    inPlace(async (place) => {
      const holder = await place.start();
      const good = holder.current().revision;
      const told: (Refusal | null)[] = [];
      holder.listen((refusal) => told.push(refusal));
      await place.write(SERVICE, (text) => rename('titel: X')(text).replace('about:', 'abuot:'));
      const refusal = await holder.reload();
      expect(refusal?.problems.join('\n')).toMatch(/service\.yml:\d+:1 .*"titel"[\s\S]*"abuot"/);
      expect(refusal).toMatchObject({ revision: expect.not.stringContaining(good), lastGoodSince: null });
      expect([titleOf(holder), place.kept?.revision]).toEqual(['Demo', good]);
      expect(holder.refusal()).toEqual(refusal);
      expect(place.log.join()).toContain('titel');
      await place.write(SERVICE, (text) => rename('title: Demo')(text).replace('abuot:', 'about:'));
      await holder.reload();
      expect(holder.refusal()).toBeNull();
      expect(told).toEqual([refusal, null]);
    }));

  it('is refused as long as somebody has a reason against it, which is said', () =>
    inPlace(async (place) => {
      const holder = await place.start({ refuse: async () => ['An incident is open.'] });
      await place.write(SERVICE, rename('title: Demonstration'));
      await expect(holder.reload()).resolves.toMatchObject({ problems: ['An incident is open.'] });
      expect(titleOf(holder)).toBe('Demo');
    }));

  it('is refused without the words of a failure that may carry a secret', () =>
    inPlace(async (place) => {
      const refuse = () => Promise.reject(new Error('connect postgres://u:hunter2@db'));
      const holder = await place.start({ refuse });
      await place.write(SERVICE, rename('title: Demonstration'));
      const refusal = await holder.reload();
      expect(refusal?.problems).toEqual(['It could not be looked at; the log says more.']);
      expect(titleOf(holder)).toBe('Demo');
    }));
});

describe('a start', () => {
  it('goes on with the last good catalogue when the files in the folder are not valid, and says so', () =>
    inPlace(async (place) => {
      const good = (await place.start()).current().revision;
      await place.write(SERVICE, rename('titel: X'));
      place.log.length = 0;
      const holder = await place.start();
      expect([titleOf(holder), holder.current().revision]).toEqual(['Demo', good]);
      expect(holder.refusal()).toMatchObject({
        problems: [expect.stringContaining('titel')],
        lastGoodSince: SINCE,
      });
      expect(place.log.join()).toContain('starts with the last good one');
      await place.write(SERVICE, rename('title: Demonstration'));
      await holder.reload();
      expect([titleOf(holder), holder.refusal()]).toEqual(['Demonstration', null]);
    }));

  it('goes on with it, too, when the new catalogue may not come now', () =>
    inPlace(async (place) => {
      await place.start();
      await place.write(SERVICE, rename('title: Demonstration'));
      const holder = await place.start({ refuse: async () => ['An incident is open.'] });
      expect(titleOf(holder)).toBe('Demo');
      expect(holder.refusal()?.problems).toEqual(['An incident is open.']);
    }));

  it('ends with every problem when there is no last good catalogue', () =>
    inPlace(async (place) => {
      await place.write(SERVICE, (text) => rename('titel: X')(text).replace('about:', 'abuot:'));
      await expect(place.start({ settings: {} })).rejects.toThrow(/"titel"[\s\S]*"abuot"/);
    }));

  it('ends with every setting that is missing, whatever was good before, and shows no value', () =>
    inPlace(async (place) => {
      await place.start();
      const starting = place.start({ settings: { DEMO_CHANNEL: 'hunter2' } });
      await expect(starting).rejects.toThrow(
        /^(?![\s\S]*hunter2)[\s\S]*DEMO_CHANNEL is not a Slack channel[\s\S]*DEMO_ONCALL_GROUP is not set/,
      );
    }));

  it('ends when the last good catalogue cannot be used either, with the problems of both', () =>
    inPlace(async (place) => {
      await place.start();
      await place.write(SERVICE, rename('titel: X'));
      await expect(place.start({ settings: {} })).rejects.toThrow(
        /"titel"[\s\S]*Nor can the last good catalogue be used:[\s\S]*DEMO_CHANNEL is not set/,
      );
    }));

  it('takes a good folder although the last good catalogue is not good any more', () =>
    inPlace(async (place) => {
      await place.start();
      const [first, ...rest] = place.kept?.files ?? [];
      if (first) place.kept = { revision: 'old', files: [{ ...first, text: 'not: known' }, ...rest] };
      const holder = await place.start({ refuse: async () => ['never asked'] });
      expect(holder.refusal()).toBeNull();
    }));
});
