import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { type Loaded, loadCatalogue } from '../../src/catalogue/load.ts';
import type { Problem } from '../../src/catalogue/problem.ts';
import { stepKinds } from '../../src/steps/index.ts';

export const GOOD = join(import.meta.dirname, '../catalogue/good');

/** Calls `use` with a folder that holds copies of these folders, the later over the earlier, and these files. */
export async function withFolder<T>(
  from: readonly string[],
  files: Readonly<Record<string, string | Buffer>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-catalogue-'));
  try {
    for (const source of from) await cp(source, folder, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Loads the good catalogue with some files changed or added; problems name files below its folder. */
export function loadWith(
  files: Readonly<Record<string, string | Buffer>>,
  more: readonly string[] = [],
): Promise<Loaded> {
  return withFolder([GOOD, ...more], files, async (folder) => {
    const loaded = await loadCatalogue(folder, {}, stepKinds);
    const problems = loaded.problems.map((one) => ({
      ...one,
      file: one.file.replace(`${folder}/`, ''),
      message: one.message.replaceAll(`${folder}/`, ''),
    }));
    return { ...loaded, problems };
  });
}

/** What lint would say: missing settings are not its business. */
export function lintProblems({ problems }: Loaded): Problem[] {
  return problems.filter((problem) => problem.rule !== 'setting');
}

export async function goodCatalogue(): Promise<Catalogue> {
  const { catalogue } = await loadCatalogue(GOOD, {}, stepKinds);
  if (!catalogue) throw new Error('the good catalogue is not good');
  return catalogue;
}
