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
