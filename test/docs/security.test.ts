import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const CITED = /`(test\/[^`]+)` “([^”]+)”/g;

it('docs/security.md has a row for every part of the promise, each with tests that exist', async () => {
  const promises = await readFile(join(ROOT, '../shared/approvals.md'), 'utf8');
  const text = await readFile(join(ROOT, 'docs/security.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| \d+\. /.test(line));
  expect(rows).toHaveLength(promises.match(/^- \[ \]/gm)?.length ?? Number.NaN);
  for (const [index, row] of rows.entries()) {
    expect(row).toMatch(new RegExp(`^\\| ${index + 1}\\. `));
    const cited = [...row.matchAll(CITED)].map(([, file = '', name = '']) => ({ file, name }));
    expect(cited).not.toEqual([]);
    for (const { file, name } of cited) {
      expect({ file, holds: await readFile(join(ROOT, file), 'utf8') }).toEqual({
        file,
        holds: expect.stringContaining(name),
      });
    }
  }
});
