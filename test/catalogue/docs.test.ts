import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { RULES } from '../../src/catalogue/problem.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { lintProblems, withFolder } from '../helpers/catalogue.ts';

const FENCE = /^```yaml\n# commands\/(\S+)\n([\s\S]*?)^```$/gm;

let text = '';
beforeAll(async () => {
  text = await readFile(join(import.meta.dirname, '../../docs/runbooks.md'), 'utf8');
});

describe('docs/runbooks.md', () => {
  it('has examples that load without a problem, and whose drills pass', async () => {
    const examples = [...text.matchAll(FENCE)].map((match) => [match[1] ?? '', match[2] ?? ''] as const);
    expect(examples).toHaveLength(text.match(/^```yaml$/gm)?.length ?? 0);
    expect(examples.map(([file]) => file)).toContain('shop/orders-late.yml');
    const loaded = await withFolder([], Object.fromEntries(examples), (folder) =>
      loadCatalogue(folder, {}, stepKinds),
    );
    expect(lintProblems(loaded)).toEqual([]);
    const runbooks = [...(loaded.catalogue?.services.values() ?? [])].flatMap((one) => [
      ...one.runbooks.values(),
    ]);
    expect(runbooks.flatMap(rehearse).flatMap((rehearsal) => rehearsal.faults)).toEqual([]);
    expect(runbooks).toHaveLength(examples.length - 1);
  });

  it('lists every rule as it is', () => {
    for (const [rule, about] of Object.entries(RULES)) expect(text).toContain(`| \`${rule}\` | ${about} |`);
  });
});
