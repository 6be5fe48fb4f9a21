import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const CITED = /`(test\/[^`]+)` “([^”]+)”/g;
/** What the page held when it was last added to: a promise or a fault may be added, and none may be lost. */
const PROMISES = 22;
const FAULTS = 20;

it('docs/security.md numbers every part of the promise, each with tests that exist', async () => {
  const rows = (await section('Each part of the promise, and its test')).filter((row) => /^\| \d/.test(row));
  expect(rows.map((row) => Number(row.match(/^\| (\d+)\. /)?.[1]))).toEqual(
    rows.map((_, index) => index + 1),
  );
  expect(rows.length).toBeGreaterThanOrEqual(PROMISES);
  for (const row of rows) await expectTestsOf(row);
});

it('docs/security.md names every fault that must not open a way, each with tests that exist', async () => {
  const rows = (await section('Each fault that must not open a way, and its test')).slice(2);
  expect(rows.length).toBeGreaterThanOrEqual(FAULTS);
  for (const row of rows) await expectTestsOf(row);
});

it.each(['Content from outside', 'Faults of others'])(
  'docs/faults.md has tests that exist for every row of “%s”',
  async (heading) => {
    const rows = (await section(heading, 'docs/faults.md')).slice(2);
    expect(rows.length).toBeGreaterThanOrEqual(12);
    for (const row of rows) await expectTestsOf(row);
  },
);

/** The rows of the table under a heading, its head and rule among them. */
async function section(heading: string, file = 'docs/security.md'): Promise<string[]> {
  const text = await readFile(join(ROOT, file), 'utf8');
  const [, after = ''] = text.split(`## ${heading}\n`);
  const [table = ''] = after.split(/^## /m);
  return table.split('\n').filter((line) => line.startsWith('|'));
}

async function expectTestsOf(row: string): Promise<void> {
  const cited = [...row.matchAll(CITED)].map(([, file = '', name = '']) => ({ file, name }));
  expect({ row, cited }).not.toEqual({ row, cited: [] });
  for (const { file, name } of cited) {
    const holds = (await readFile(join(ROOT, file), 'utf8')).replaceAll("\\'", "'");
    expect({ file, holds }).toEqual({ file, holds: expect.stringContaining(name) });
  }
}
