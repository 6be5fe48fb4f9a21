import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseYaml } from '../../src/catalogue/document.ts';
import { readSources } from '../../src/catalogue/source.ts';
import { GOOD } from '../helpers/catalogue.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What each parser makes of a text; a problem is told by its rule alone. */
function read(text: string): unknown {
  const { document, problems } = parseYaml('f.yml', text);
  return document && problems.length === 0 ? document.value : problems.map(({ rule }) => rule);
}

describe('both parsers', () => {
  it('read the same from every file there is', async () => {
    for (const folder of [join(ROOT, 'commands'), GOOD, join(import.meta.dirname, 'grown')]) {
      for (const { text } of (await readSources(folder)).files) expect(read(text)).toEqual(parse(text));
    }
    const manifest = await readFile(join(ROOT, 'manifest.yml'), 'utf8');
    expect(read(manifest)).toEqual(parse(manifest));
  });

  it.each([
    ['numbers', 'a: [1, 1.5, 0o14, 0x1F, 014, 1e3, .5, +1, 1_000]'],
    ['words that YAML 1.1 took for more', 'a: [yes, no, on, off, 2001-01-01, 12:30:45, ~, null, True]'],
    ['quotes and folds', "a: \"a\\x41\"\nb: 'it''s'\nc: >-\n  a\n  b\n\n  c\nd: |+\n  x\n\n"],
    ['an anchor', 'a: &x [1]\nb: *x'],
    ['a merge key, which is a key like any other', 'a: 1\n<<: 2'],
  ])('read the same of %s', (_, text) => {
    expect(read(text)).toEqual(parse(text, { version: '1.2', schema: 'core' }));
  });
});

describe('what is not in order', () => {
  it.each([
    ['a key that stands twice', 'a: 1\na: 2', 'duplicate-key'],
    ['a tab', 'a:\n\tb: 1', 'not-yaml'],
    ['two documents', 'a: 1\n---\nb: 2', 'not-yaml'],
    ['a tag', 'a: !!js/function "x"', 'not-yaml'],
    ['an alias without its anchor', 'a: *x', 'not-yaml'],
    ['nesting', `${'['.repeat(40)}${']'.repeat(40)}`, 'too-deep'],
    ['what is no YAML', 'a: @b', 'not-yaml'],
  ])('%s is told by the parser that knows where', (_, text, rule) => {
    expect(read(text)).toEqual(expect.arrayContaining([rule]));
  });

  it('is found at its line, also in a file that was read quickly', () => {
    const { document } = parseYaml('f.yml', 'a: 1\nb:\n  c: [x, y]\n');
    expect(document?.problem('wrong-type', ['b', 'c', 1], 'm', 'n')).toMatchObject({ line: 3, column: 10 });
  });
});
