import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { send } from '../http.ts';

const FOLDER = fileURLToPath(new URL('../page/', import.meta.url));
const INDEX = `${FOLDER}index.html`;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  svg: 'image/svg+xml',
  png: 'image/png',
};

let bundle: Promise<Map<string, Uint8Array>> | undefined;

/** The page: index.html, and what esbuild makes of main.tsx, built once and kept. Answers whether it was a file of it. */
export async function servePageFile(response: ServerResponse, path: string): Promise<boolean> {
  if (path === '/' || path.startsWith('/archives/')) {
    await sendIndex(response);
    return true;
  }
  if (!/^\/(page\.(js|css)|assets\/[\w.-]+)$/.test(path)) return false;
  const file = (await bundled()).get(path);
  if (file === undefined) return false;
  send(response, 200, Buffer.from(file), {
    'content-type': TYPES[path.split('.').at(-1) ?? ''] ?? 'text/plain',
  });
  return true;
}

function bundled(): Promise<Map<string, Uint8Array>> {
  bundle ??= build().catch((error: unknown) => {
    bundle = undefined;
    throw error;
  });
  return bundle;
}

async function sendIndex(response: ServerResponse): Promise<void> {
  const index = await readFile(INDEX).catch(() => undefined);
  if (index === undefined)
    send(response, 200, 'This is a practice workspace, not Slack. Its page is not installed.');
  else send(response, 200, index, { 'content-type': TYPES.html ?? '' });
}

/** esbuild is a development dependency, and only practice loads it. */
async function build(): Promise<Map<string, Uint8Array>> {
  const { build: bundle } = await import('esbuild');
  const result = await bundle({
    entryPoints: { page: `${FOLDER}main.tsx` },
    bundle: true,
    write: false,
    outdir: FOLDER,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    assetNames: 'assets/[name]-[hash]',
    publicPath: '/',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff2': 'file', '.ttf': 'file', '.svg': 'file', '.png': 'file' },
    logLevel: 'silent',
  });
  return new Map(result.outputFiles.map((file) => [`/${file.path.slice(FOLDER.length)}`, file.contents]));
}
