import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { matchAlert } from '../../src/catalogue/match.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { testRunbook, testService } from '../helpers/shop.ts';
import { type Bench, type Measured, median, quantile, round, timed } from './bench.ts';

const SERVICES = 10;
const RUNBOOKS = 100;
const LOADS = 5;
const MATCHERS = 10_000;
const ALERTS = 2_000;
/** Real runbooks, so that a thousand of them weigh what a thousand would. */
const DENIS = join(import.meta.dirname, '../../commands/denis');

/** A thousand runbooks read from the disk and linted, the first time in a process; and an alert among ten thousand. */
export const catalogue: Bench = {
  name: 'catalogue',
  run: async () => [await loading(), await refusing(), matching()],
};

const WORST: readonly (readonly [string, string])[] = [
  ['bombMs', bomb()],
  ['fiveMegabytesMs', `a: [${'x, '.repeat(1_750_000)}]`],
  ['nestingMs', '['.repeat(200_000)],
  [
    'checksMs',
    `checks: {${Array.from({ length: 6_000 }, (_, index) => `c${index}: {title: a, command: {}}`).join(', ')}}`,
  ],
];

function bomb(): string {
  const level = (_: unknown, index: number) =>
    `l${index + 1}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`;
  return ['l0: &l0 x', ...Array.from({ length: 9 }, level)].join('\n');
}

/** The slowest of what nobody should have written. */
async function refusing(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-bench-'));
  try {
    await mkdir(join(folder, 'bad'));
    const took: [string, number][] = [];
    for (const [name, text] of WORST) {
      await writeFile(join(folder, 'bad/worst.yml'), text);
      took.push([name, round(await timed(() => loadCatalogue(folder, {}, stepKinds)), 0)]);
    }
    return {
      name: 'refusing the worst file',
      compared: 'to nothing',
      value: round(Math.max(...took.map(([, ms]) => ms)) / 1_000),
      limit: 1,
      side: 'at most',
      unit: 's',
      details: Object.fromEntries(took),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function loading(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-bench-'));
  try {
    const bytes = await write(folder);
    const took: number[] = [];
    for (let load = 0; load < LOADS; load += 1) {
      took.push(await timed(async () => expectGood(await loadCatalogue(folder, {}, stepKinds))));
    }
    return {
      name: `loading and linting ${SERVICES * RUNBOOKS} runbooks`,
      compared: 'to nothing: the first time in a process',
      value: round((took[0] ?? Number.NaN) / 1_000),
      limit: 2,
      side: 'at most',
      unit: 's',
      details: {
        firstMs: round(took[0] ?? 0, 0),
        thenMs: round(median(took.slice(1)), 0),
        megabytes: round(bytes / 1e6),
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function expectGood({ problems }: Awaited<ReturnType<typeof loadCatalogue>>): void {
  const [first] = problems.filter(({ rule }) => rule !== 'setting');
  if (first) throw new Error(`the runbooks of the bench are not valid: ${JSON.stringify(first)}`);
}

/** Without escalations, which name runbooks that have another name here. */
async function write(folder: string): Promise<number> {
  const names = (await readdir(DENIS)).filter((name) => name !== 'service.yml');
  const own = await withoutCalls('service.yml');
  const texts = await Promise.all(names.map(withoutCalls));
  let bytes = 0;
  for (let service = 0; service < SERVICES; service += 1) {
    const home = join(folder, `service-${service}`);
    await mkdir(home);
    await writeFile(join(home, 'service.yml'), own);
    for (let index = 0; index < RUNBOOKS; index += 1) {
      const text = (texts[index % texts.length] ?? '').replaceAll(
        /alertname: (\w+)/g,
        `alertname: $1S${service}N${index}`,
      );
      bytes += text.length;
      await writeFile(join(home, `copy-${index}.yml`), text);
    }
  }
  return bytes;
}

async function withoutCalls(name: string): Promise<string> {
  const text = await readFile(join(DENIS, name), 'utf8');
  const { escalate: _, ...rest } = parse(text.replaceAll(/^\s+escalates-to: .*$/gm, ''));
  return stringify(rest);
}

function matching(): Measured {
  const runbooks = Array.from({ length: MATCHERS }, (_, index) =>
    testRunbook({ name: `r${index}`, alerts: [{ alertname: `Alert${index % 100}`, zone: `z${index}` }] }),
  );
  const service = testService(runbooks);
  const all: Catalogue = { revision: 'bench', services: new Map([[service.name, service]]) };
  const took = Array.from({ length: ALERTS }, (_, index) => {
    const began = performance.now();
    matchAlert(all, { alertname: `Alert${index % 100}`, zone: index % 2 === 0 ? `z${index}` : 'nowhere' });
    return performance.now() - began;
  });
  return {
    name: `matching an alert against ${MATCHERS.toLocaleString('en-US')} runbooks`,
    compared: 'to nothing: p99, half of the alerts fit none',
    value: round(quantile(took.slice(1), 0.99), 4),
    limit: 1,
    side: 'at most',
    unit: 'ms',
    details: { medianMs: round(median(took.slice(1)), 5), firstMs: round(took[0] ?? 0, 3) },
  };
}
