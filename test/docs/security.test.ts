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
    await expectTestsOf(row);
  }
});

it('docs/security.md has a row for every fault of Slack and of approvals, each with tests that exist', async () => {
  const faults = await readFile(join(ROOT, '../shared/faults.md'), 'utf8');
  const text = await readFile(join(ROOT, 'docs/security.md'), 'utf8');
  const [, , slack = '', approvals = ''] = faults.split('\n\n');
  const wanted = [
    ...slack.replace(/^Slack: /, '').split(/\s·\s/),
    ...approvals.replace(/^.*by every path, including: /s, '').split(/,\s/),
  ].map((fault) => fault.replace(/\s+/g, ' ').replace(/\.$/, '').trim());
  expect(wanted.length).toBeGreaterThan(15);
  for (const fault of wanted) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${fault} |`));
    expect({ fault, row }).toEqual({ fault, row: expect.any(String) });
    await expectTestsOf(row as string);
  }
});

async function expectTestsOf(row: string): Promise<void> {
  const cited = [...row.matchAll(CITED)].map(([, file = '', name = '']) => ({ file, name }));
  expect(cited).not.toEqual([]);
  for (const { file, name } of cited) {
    const holds = (await readFile(join(ROOT, file), 'utf8')).replaceAll("\\'", "'");
    expect({ file, holds }).toEqual({ file, holds: expect.stringContaining(name) });
  }
}
