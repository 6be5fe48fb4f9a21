import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { StepKind } from '../steps/step-kind.ts';
import { buildCatalogue, type RunbookSource, type ServiceSource } from './build.ts';
import type { Catalogue } from './catalogue.ts';
import { type Claim, lintAlerts } from './lint/alerts.ts';
import { lintWaits, type Wait } from './lint/calls.ts';
import { inReadingOrder, type Problem, problemOfFile } from './problem.ts';
import { readRunbook, readService } from './read.ts';
import { readSources, type SourceFile, type Sources } from './source.ts';

const SERVICE_FILE = 'service';
const AT_ONCE_MS = 10;

export interface Loaded {
  /** Absent when there is a problem of any rule but `setting`. */
  catalogue?: Catalogue;
  /** In the order of reading; missing settings are among them. */
  problems: Problem[];
  /** What it was loaded from. */
  sources: Pick<Sources, 'files' | 'revision'>;
}

/**
 * Reads, checks and freezes a catalogue. Whatever stands in the files, it answers with problems and does not throw;
 * between files it lets the event loop go on.
 */
export async function loadCatalogue(
  folder: string,
  settings: Readonly<Record<string, string>>,
  kinds: readonly StepKind[],
): Promise<Loaded> {
  return checkCatalogue(folder, await readSources(folder), settings, kinds);
}

/** The same for files that were read before. */
export async function checkCatalogue(
  folder: string,
  sources: Sources,
  settings: Readonly<Record<string, string>>,
  kinds: readonly StepKind[],
): Promise<Loaded> {
  const { files, revision } = sources;
  const problems = [...sources.problems];
  const byName = Object.fromEntries(kinds.map((kind) => [kind.name, kind]));
  const [serviceFiles, runbookFiles] = apart(files);
  const services = new Map<string, ServiceSource>();
  const waits: Wait[] = [];
  for (const file of serviceFiles) {
    const read = readService(file, settings, byName);
    problems.push(...read.problems);
    if (!read.content) continue;
    services.set(file.service, { name: file.service, service: read.content.service });
    waits.push(...read.content.waits);
  }
  const runbooks: RunbookSource[] = [];
  const claims: Claim[] = [];
  const broken = new Set<string>();
  for await (const file of withPauses(runbookFiles)) {
    const read = readRunbook(file, services.get(file.service)?.service, byName);
    problems.push(...read.problems);
    if (!read.content) broken.add(`${file.service}/${file.name}`);
    if (!read.content) continue;
    runbooks.push({ service: file.service, name: file.name, path: file.path, runbook: read.content.runbook });
    claims.push(...read.content.claims);
    waits.push(...read.content.waits);
  }
  problems.push(
    ...lintAlerts(claims),
    ...lintWaits(waits, checkNames(runbooks), broken),
    ...lintFiles(folder, files, problems),
  );
  const valid = problems.every((problem) => problem.rule === 'setting');
  return {
    ...(valid ? { catalogue: buildCatalogue(revision, [...services.values()], runbooks) } : {}),
    problems: inReadingOrder(problems),
    sources: { files, revision },
  };
}

/** `redis-down/ping`, by service. */
function checkNames(runbooks: readonly RunbookSource[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { service, name, runbook } of runbooks) {
    const known = names.get(service) ?? new Set();
    names.set(service, known);
    for (const check of Object.keys(runbook.checks)) known.add(`${name}/${check}`);
  }
  return names;
}

function apart(files: readonly SourceFile[]): [SourceFile[], SourceFile[]] {
  const { true: services = [], false: runbooks = [] } = Object.groupBy(files, (file) =>
    file.name === SERVICE_FILE ? 'true' : 'false',
  );
  return [services, runbooks];
}

function lintFiles(folder: string, files: readonly SourceFile[], problems: readonly Problem[]): Problem[] {
  if (files.length === 0 && problems.length === 0) {
    return [
      problemOfFile(
        folder,
        'no-service-file',
        'there is no service here',
        'add <service>/service.yml and a runbook beside it',
      ),
    ];
  }
  const having = new Set(files.filter((file) => file.name === SERVICE_FILE).map((file) => file.service));
  const lacking = new Set(files.map((file) => file.service).filter((service) => !having.has(service)));
  return [...lacking].map((service) => {
    const file = join(folder, service, 'service.yml');
    return problemOfFile(
      file,
      'no-service-file',
      `the service "${service}" has runbooks, but no service.yml`,
      'add it: title, about, owner, channel, roles',
    );
  });
}

/** The same items, with a turn of the event loop whenever the last one is long ago. */
async function* withPauses<T>(items: readonly T[]): AsyncGenerator<T> {
  let since = performance.now();
  for (const item of items) {
    if (performance.now() - since > AT_ONCE_MS) {
      await setImmediate();
      since = performance.now();
    }
    yield item;
  }
}
