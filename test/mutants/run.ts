import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import globalSetup from '../helpers/global-setup.ts';
import globalTeardown from '../helpers/global-teardown.ts';
import { figuresOf, sentenceOf } from './figures.ts';

/**
 * `npm run mutants [-- --outputFile=FILE] [-- --mutate=src/plan/digest.ts]`: changes the rules, one thing at a time, and
 * demands that a test fails each time. Ends with 1 when a change was not noticed.
 */
const { values } = parseArgs({ options: { outputFile: { type: 'string' }, mutate: { type: 'string' } } });
const only = values.mutate === undefined ? {} : { mutate: values.mutate.split(',') };
try {
  await globalSetup();
  // Outside of the house, where no tool finds a second copy of it, and removed with the run's own folder.
  const folder = await mkdtemp(join(tmpdir(), 'guardia-mutants-'));
  const mutants = await new Stryker({ ...only, tempDirName: folder }).runMutationTest();
  const figures = figuresOf(mutants);
  if (values.outputFile) await writeFile(values.outputFile, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(sentenceOf(figures));
  process.exitCode = figures.failed === 0 && figures.passed > 0 ? 0 : 1;
} finally {
  await globalTeardown();
}
