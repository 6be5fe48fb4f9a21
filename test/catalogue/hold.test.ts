import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type CatalogueHolder, holdCatalogue } from '../../src/catalogue/hold.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, withFolder } from '../helpers/catalogue.ts';

const SETTINGS = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMO' };

/** Holds the good catalogue, changes the service's title to `title` behind its back, and reloads. */
function reloaded(title: string, before: (holder: CatalogueHolder) => void, log: string[] = []) {
  return withFolder([GOOD], {}, async (folder) => {
    const logger = pino({ level: 'error' }, { write: (line: string) => void log.push(line) });
    const holder = await holdCatalogue(
      { GUARDIA_COMMANDS: folder, environment: SETTINGS },
      stepKinds,
      logger,
    );
    before(holder);
    const file = join(folder, 'demo/service.yml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('title: Demo', title));
    await holder.reload();
    return holder.current().services.get('demo')?.title;
  });
}

describe('a catalogue that is loaded again', () => {
  it('takes the place of the old one', async () => {
    expect(await reloaded('title: Demonstration', () => {})).toBe('Demonstration');
  });

  it('is the newest one, also when an older load takes longer', async () => {
    await withFolder([GOOD], {}, async (folder) => {
      const config = { GUARDIA_COMMANDS: folder, environment: SETTINGS };
      const holder = await holdCatalogue(config, stepKinds, pino({ level: 'silent' }));
      const [slow, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let asked = 0;
      holder.guard(async () => {
        asked += 1;
        begun.resolve();
        if (asked === 1) await slow.promise;
        return [];
      });
      const older = holder.reload();
      await begun.promise;
      const file = join(folder, 'demo/service.yml');
      await writeFile(file, (await readFile(file, 'utf8')).replace('title: Demo', 'title: Demonstration'));
      const newer = holder.reload();
      // It waits for the older one; if it did not, it would have ended by now.
      await Promise.race([newer, new Promise((over) => setTimeout(over, 500))]);
      slow.resolve();
      await Promise.all([older, newer]);
      expect(asked).toBe(2);
      expect(holder.current().services.get('demo')?.title).toBe('Demonstration');
    });
  });

  it('does not when it is not valid', async () => {
    expect(await reloaded('titel: Demonstration', () => {})).toBe('Demo');
  });

  it('does not as long as somebody has a reason against it, which is said', async () => {
    const log: string[] = [];
    const against = (holder: CatalogueHolder) => holder.guard(async () => ['An incident is open.']);
    expect(await reloaded('title: Demonstration', against, log)).toBe('Demo');
    expect(log.join()).toContain('An incident is open.');
  });
});
