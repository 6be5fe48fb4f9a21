import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { linesLeftOut, linesOf, resolveReference } from '../../src/catalogue/coverage.ts';
import { catalogueFiles, makeTable, readCoverage } from '../../src/catalogue/table.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMANDS = join(ROOT, 'commands');
const SOURCES = join(ROOT, 'docs/sources');
/** The folder of the original manuals, which are no part of the project. */
const MANUALS = process.env.GUARDIA_MANUALS;

describe('docs/catalogue.md', () => {
  it('is what the sources and the catalogue make it, and nothing in it leads nowhere', async () => {
    const { text, problems } = await makeTable(COMMANDS, SOURCES);
    expect(problems).toEqual([]);
    expect(await readFile(join(ROOT, 'docs/catalogue.md'), 'utf8')).toBe(text);
  });

  if (!MANUALS)
    console.log('GUARDIA_MANUALS names no folder, so docs/sources is not held against the original manuals.');
  (MANUALS ? it : it.skip)('leaves out no line of the manuals', async () => {
    const { sources } = await readCoverage(SOURCES);
    expect(sources.map(({ document }) => document).sort()).toHaveLength(5);
    for (const source of sources) {
      const text = await readFile(join(MANUALS ?? '', source.document), 'utf8');
      expect({ document: source.document, left: linesLeftOut(source, text) }).toEqual({
        document: source.document,
        left: [],
      });
      const last = text.split('\n').length;
      expect(source.facts.flatMap((fact) => linesOf(fact.lines)).filter((line) => line > last)).toEqual([]);
    }
  });
});

describe('a reference', () => {
  it.each([
    ['denis/redis-down#checks.ping', 'Answers PING'],
    ['denis/redis-down#actions.restart', 'Restart the StatefulSet'],
    ['denis#roles.sre', 'SRE'],
  ])('%s leads to what carries a fact', async (ref, title) => {
    expect(resolveReference(await catalogueFiles(COMMANDS), ref)).toMatchObject({ title });
  });

  it.each(['denis/redis-down#checks.pong', 'denis/redis-up#checks.ping', 'denis#roles', 'x#y'])(
    '%s is seen to lead nowhere, or to a place',
    async (ref) => {
      const found = resolveReference(await catalogueFiles(COMMANDS), ref);
      expect(found === undefined || ref === 'denis#roles').toBe(true);
    },
  );
});

describe('a line of a document', () => {
  const source = {
    document: 'd',
    title: 't',
    service: 's',
    facts: [{ lines: '2-3', section: 'x', kind: 'note' as const, fact: 'f', 'carried-by': ['a#b'] }],
    'not-carried': [{ lines: 5, why: 'heading' }],
  };

  it('that nobody speaks of is found; rules, fences and empty lines are not missed', () => {
    const text = ['one', 'two', 'three', '---', 'five', '', '```bash', 'eight', '├──'].join('\n');
    expect(linesLeftOut(source, text)).toEqual([
      { line: 1, text: 'one' },
      { line: 8, text: 'eight' },
    ]);
  });
});
