import { createHash } from 'node:crypto';
import { readFile as readFileBack, stat as statBack } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import { type Problem, problemOfFile } from './problem.ts';
import { NAME } from './schema-parts.ts';

/** Twice as fast as those of node:fs/promises, which make an object of every file. */
const [readFile, stat] = [promisify(readFileBack), promisify(statBack)];

const FILE_BYTES = 256 * 1024;
const ALL_BYTES = 64 * 1024 * 1024;
const FILES = 5_000;
const AT_ONCE = 32;

/** A file of the catalogue as it lies on the disk. `shown` is how messages call it: the folder as given, and the path. */
export interface SourceFile {
  service: string;
  /** File name without `.yml`; `service` for the service's own. */
  name: string;
  /** Path below the catalogue's folder, with forward slashes. */
  path: string;
  shown: string;
  text: string;
}

export interface Sources {
  files: SourceFile[];
  problems: Problem[];
  /** SHA-256 over path and bytes of all files, in hex. */
  revision: string;
}

/** Reads `<folder>/<service>/<runbook>.yml`, bounded. What begins with a dot is not looked at. */
export async function readSources(folder: string): Promise<Sources> {
  const sources: Sources = { files: [], problems: [], revision: '' };
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const { path, content } of contents(folder, await pathsOf(folder, sources.problems))) {
    if (!Buffer.isBuffer(content)) {
      sources.problems.push(content);
      continue;
    }
    bytes += content.byteLength;
    if (bytes > ALL_BYTES) {
      sources.problems.push(
        problemOfFile(folder, 'too-big', 'all files together are over 64 MiB', 'split the catalogue'),
      );
      break;
    }
    hash.update(`${path}\0${content.byteLength}\0`).update(content);
    const [service = '', file = ''] = path.split('/');
    const text = content.toString('utf8');
    sources.files.push({ service, name: file.slice(0, -4), path, shown: join(folder, path), text });
  }
  sources.revision = hash.digest('hex');
  return sources;
}

/** Paths of all service and runbook files, sorted; everything that lies in a wrong place is a problem. */
async function pathsOf(folder: string, problems: Problem[]): Promise<string[]> {
  const services = await entriesOf(folder, problems);
  const paths: string[] = [];
  for (const service of services.filter((entry) => entry.folder)) {
    const shown = join(folder, service.name);
    if (!NAME.test(service.name)) {
      problems.push(misplaced(shown, 'rename the folder: lower case letters, digits and dashes'));
      continue;
    }
    for (const entry of await entriesOf(shown, problems)) {
      if (isRunbook(entry, join(shown, entry.name), problems)) paths.push(`${service.name}/${entry.name}`);
    }
  }
  for (const entry of services) {
    if (!entry.folder && /\.ya?ml$/i.test(entry.name)) {
      problems.push(misplaced(join(folder, entry.name), 'move it into the folder of its service'));
    }
  }
  if (paths.length > FILES) {
    problems.push(
      problemOfFile(folder, 'too-big', `${paths.length} files, over ${FILES}`, 'split the catalogue'),
    );
  }
  return paths.slice(0, FILES).sort();
}

function isRunbook(entry: Entry, shown: string, problems: Problem[]): boolean {
  if (entry.folder) {
    problems.push(misplaced(shown, 'runbooks lie directly in the folder of their service: move them up'));
    return false;
  }
  if (!/\.ya?ml$/i.test(entry.name)) return false;
  if (entry.name.endsWith('.yml') && NAME.test(entry.name.slice(0, -4))) return true;
  problems.push(misplaced(shown, 'rename the file: lower case letters, digits and dashes, then .yml'));
  return false;
}

function misplaced(shown: string, mend: string): Problem {
  return problemOfFile(shown, 'bad-name', 'would not be loaded under this name', mend);
}

interface Entry {
  name: string;
  folder: boolean;
}

/** Follows symbolic links, because that is how Kubernetes mounts a ConfigMap. */
async function entriesOf(folder: string, problems: Problem[]): Promise<Entry[]> {
  try {
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    return await Promise.all(
      names.map(async (name) => ({ name, folder: (await stat(join(folder, name))).isDirectory() })),
    );
  } catch (error) {
    problems.push(
      problemOfFile(folder, 'unreadable', messageOf(error), 'check the path and who may read it'),
    );
    return [];
  }
}

/** What stands in the files, in the order of the paths, some read at once. */
async function* contents(folder: string, paths: readonly string[]) {
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const some = paths.slice(from, from + AT_ONCE);
    yield* await Promise.all(
      some.map(async (path) => ({ path, content: await bounded(join(folder, path)) })),
    );
  }
}

async function bounded(path: string): Promise<Buffer | Problem> {
  try {
    const { size } = await stat(path);
    if (size <= FILE_BYTES) return await readFile(path);
    const message = `${size.toLocaleString('en-US')} bytes, over 262,144`;
    return problemOfFile(path, 'too-big', message, 'split it into several runbooks');
  } catch (error) {
    return problemOfFile(path, 'unreadable', messageOf(error), 'check who may read it');
  }
}
