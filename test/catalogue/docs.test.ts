import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runbookJsonSchema, serviceJsonSchema } from '../../src/catalogue/json-schema.ts';
import { kindsReference } from '../../src/catalogue/kinds.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { RULES } from '../../src/catalogue/problem.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import { readSources } from '../../src/catalogue/source.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { lintProblems, withFolder } from '../helpers/catalogue.ts';

const ROOT = join(import.meta.dirname, '../..');
const FENCE = /^```yaml\n# commands\/(\S+)\n([\s\S]*?)^```$/gm;

/** The complete files that stand in a page; every block of `yaml` has to be one. */
async function examplesIn(page: string) {
  const text = await docs(page);
  const examples = [...text.matchAll(FENCE)].map((match) => [match[1] ?? '', match[2] ?? ''] as const);
  expect(examples).toHaveLength(text.match(/^```yaml$/gm)?.length ?? 0);
  return examples;
}

describe('the examples', () => {
  it.each([
    ['runbooks.md', 'shop/orders-late.yml'],
    ['from-wiki-page-to-runbook.md', 'voice/voice-slow.yml'],
  ])('of docs/%s load without a problem, and their drills pass', async (page, expected) => {
    const examples = await examplesIn(page);
    expect(examples.map(([file]) => file)).toContain(expected);
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
});

describe('docs/runbooks.md', () => {
  it('lists every rule as it is', async () => {
    const text = await docs('runbooks.md');
    for (const [rule, about] of Object.entries(RULES)) expect(text).toContain(`| \`${rule}\` | ${about} |`);
  });
});

describe('what is generated', () => {
  it('docs/step-kinds.md says what every step kind takes', async () => {
    expect(await docs('step-kinds.md')).toBe(`${kindsReference(stepKinds).trimEnd()}\n`);
  });

  it('docs/schema is the JSON Schema of runbooks and services', async () => {
    expect(JSON.parse(await docs('schema/runbook.schema.json'))).toEqual(plain(runbookJsonSchema(stepKinds)));
    expect(JSON.parse(await docs('schema/service.schema.json'))).toEqual(plain(serviceJsonSchema(stepKinds)));
  });

  it('every file of the catalogue names its schema in its first line, where editors look for it', async () => {
    const { files } = await readSources(join(ROOT, 'commands'));
    const unnamed = files.filter(({ name, text: written }) => {
      const schema = name === 'service' ? 'service' : 'runbook';
      return (
        written.split('\n')[0] !== `# yaml-language-server: $schema=../../docs/schema/${schema}.schema.json`
      );
    });
    expect(unnamed.map(({ path }) => path)).toEqual([]);
  });
});

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

function docs(name: string): Promise<string> {
  return readFile(join(ROOT, 'docs', name), 'utf8');
}
