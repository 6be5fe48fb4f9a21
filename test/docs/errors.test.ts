import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '../../src/errors.ts';

const FILE = join(import.meta.dirname, '../../docs/errors.md');

describe('docs/errors.md', () => {
  it('explains every code, in the words of the catalogue, and no other', async () => {
    const rows = (await readFile(FILE, 'utf8')).matchAll(
      /^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm,
    );
    const explained = [...rows].map(([, code, meaning]) => [code, meaning]);
    expect(explained).toEqual(Object.entries(ERROR_CODES));
  });
});
