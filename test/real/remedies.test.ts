import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { actionsAsWritten, NOT_PLAYED, PLAYED } from './helpers/remedies.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
const played = Object.values(PLAYED).flat();

describe('every action of the catalogue', () => {
  it.each(actionsAsWritten())('%s is played, or there is a reason why not', (id, kinds) => {
    const known = NOT_PLAYED.filter(({ of }) => of === 'every service' || id.startsWith(`${of}/`));
    const excused = known.map(({ kind }) => kind);
    expect(played.includes(id) ? [] : kinds.filter((kind) => !excused.includes(kind))).toEqual([]);
  });

  it('that is listed is there, and so is its test', () => {
    expect(actionsAsWritten().map(([id]) => id)).toEqual(expect.arrayContaining(played));
    for (const file of Object.keys(PLAYED))
      expect(existsSync(join(import.meta.dirname, `${file}.test.ts`))).toBe(true);
  });
});

describe('the documentation', () => {
  it.each(played)('says that %s was played', (id) => expect(DOCUMENT).toContain(`\`${id}\``));
  it.each(NOT_PLAYED)('says why no $kind of $of was', ({ kind, of, why }) =>
    expect(DOCUMENT).toContain(`| \`${kind}\` | ${of} | ${why} |`),
  );
});
