import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toJavaScript } from './to-javascript.ts';

/**
 * `npm run secret-rules [-- VERSION]`: takes the rules of gitleaks and their test vectors from a version of its Go
 * module. Needs Go. The vectors are compressed, so that no scanner takes them for secrets that somebody leaked.
 */
const MODULE = 'github.com/zricethezav/gitleaks/v8';
const RULES = new URL('../../../../src/steps/shared/secrets/gitleaks.json', import.meta.url);
const VECTORS = new URL('vectors.json.gz', import.meta.url);
/** Our own rules for keys and values, and for Kubernetes, take the place of these. */
const REPLACED = ['generic-api-key', 'curl-auth-header', 'curl-auth-user', 'private-key', 'jwt'];

/** For a keyword that is only somewhere near. */
const ELSEWHERE = 60;

interface Record {
  id: string;
  regex: string;
  path?: string;
  entropy?: number;
  group?: number;
  keywords: string[] | null;
  allowed?: { all?: boolean; target?: string; regexes?: string[]; stopWords?: string[] }[];
  vectors: { text: string; secrets: string[] }[] | null;
  innocent: string[] | null;
}

const version = process.argv[2] ?? JSON.parse(readFileSync(RULES, 'utf8')).version;
const copy = mkdtempSync(join(tmpdir(), 'gitleaks-'));
try {
  const { Dir } = JSON.parse(run('go', ['mod', 'download', '-json', `${MODULE}@${version}`], copy));
  cpSync(Dir, copy, { recursive: true });
  makeWritable(copy);
  copyFileSync(new URL('validate.go', import.meta.url), join(copy, 'cmd/generate/config/utils/validate.go'));
  const printed = run('go', ['run', '.', '/dev/null'], join(copy, 'cmd/generate/config'));
  const records: Record[] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  records.sort((a, b) => (a.id < b.id ? -1 : 1));
  writeRules(records, readFileSync(join(copy, 'LICENSE'), 'utf8'));
  writeFileSync(VECTORS, gzipSync(JSON.stringify(vectorsOf(records)), { level: 9 }));
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function run(program: string, argv: string[], cwd: string): string {
  return execFileSync(program, argv, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeWritable(path);
    else chmodSync(path, 0o644);
  }
}

function writeRules(records: readonly Record[], licence: string): void {
  const rules = records
    .filter(({ id, path, regex, keywords }) => !REPLACED.includes(id) && !path && regex && keywords)
    .map(({ id, regex, entropy, group, keywords, allowed, vectors }) => ({
      ...{ id, regex: toJavaScript(regex), entropy, group, keywords },
      ...besideKeyword(new RegExp(toJavaScript(regex)), keywords ?? [], vectors ?? []),
      allowed: allowed?.flatMap(({ regexes = [] }) => regexes.map((source) => toJavaScript(source))),
    }));
  const lines = rules.map((rule) => `    ${JSON.stringify(rule)}`).join(',\n');
  const head = JSON.stringify({ source: MODULE, version, licence }, null, 2).replace(/\n\}$/, '');
  writeFileSync(RULES, `${head},\n  "rules": [\n${lines}\n  ]\n}\n`);
  console.log(`${rules.length} of ${records.length} rules of gitleaks ${version}`);
}

/** How far from a keyword a match begins at most, by the vectors and half as much again. */
function besideKeyword(regex: RegExp, keywords: readonly string[], vectors: readonly { text: string }[]) {
  const distances = vectors.map(({ text }) => {
    const match = regex.exec(text);
    if (match === null) return 0;
    const lower = text.slice(match.index, match.index + match[0].length).toLowerCase();
    const inMatch = keywords.map((keyword) => lower.indexOf(keyword)).filter((at) => at >= 0);
    return inMatch.length > 0 ? Math.min(...inMatch) : ELSEWHERE;
  });
  const most = Math.max(0, ...distances);
  if (distances.includes(ELSEWHERE)) return { before: Math.max(most, ELSEWHERE), after: ELSEWHERE };
  return most > 0 ? { before: Math.ceil(most * 1.5) } : {};
}

function vectorsOf(records: readonly Record[]) {
  return records
    .filter(({ path }) => !path)
    .map(({ id, vectors, innocent }) => ({ id, vectors: vectors ?? [], innocent: innocent ?? [] }));
}
