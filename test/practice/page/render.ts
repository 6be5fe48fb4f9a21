import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Shows blocks as the page would, as HTML. */
export type Render = (blocks: readonly unknown[], errors?: Record<string, string>) => string;

const FOLDER = join(import.meta.dirname, '../../../src/practice/workspace/page');

const ENTRY = `
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server.edge';
import { Blocks } from './blocks/blocks.tsx';
import { SurfaceContext } from './blocks/surface.ts';
import { DirectoryContext } from './text/directory.ts';

export function createRender(directory) {
  const never = async () => { throw new Error('nothing acts while a page is drawn'); };
  return (blocks, errors = {}) => {
    const surface = { entry: () => undefined, setEntry: never, act: never, suggest: never, confirm: never, errors };
    return renderToStaticMarkup(
      h(DirectoryContext.Provider, { value: directory }, h(SurfaceContext.Provider, { value: surface }, h(Blocks, { blocks }))),
    );
  };
}
`;

/** Bundles the page's components, which are TSX, once for a test file. */
export async function loadRender(directory: unknown): Promise<Render> {
  const bundle = await build({
    stdin: { contents: ENTRY, resolveDir: FOLDER, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['edge-light', 'import'],
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const folder = await mkdtemp(join(tmpdir(), 'guardia-page-'));
  const file = join(folder, 'render.mjs');
  await writeFile(file, bundle.outputFiles[0]?.contents ?? '');
  const { createRender } = (await import(pathToFileURL(file).href)) as {
    createRender(directory: unknown): Render;
  };
  await rm(folder, { recursive: true });
  return createRender(directory);
}
