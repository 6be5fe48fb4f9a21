import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { RULES } from '../../src/catalogue/problem.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, goodCatalogue, lintProblems, loadWith, withFolder } from '../helpers/catalogue.ts';

const SETTINGS = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0ONCALL' };

describe('a loaded catalogue', () => {
  it('has services and runbooks with their parts taken out of the files', async () => {
    const { catalogue } = await loadCatalogue(GOOD, SETTINGS, stepKinds);
    const service = catalogue?.services.get('demo');
    expect(service).toMatchObject({
      channel: 'C0DEMO',
      roles: { oncall: { group: 'S0ONCALL' }, sre: { group: 'S0SRE' } },
      policies: { destructive: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' } },
    });
    expect(service?.runbooks.get('queue')).toMatchObject({
      service: 'demo',
      file: 'demo/queue.yml',
      checks: [
        { name: 'length', step: { kind: 'prometheus', input: { chart: '1h' } }, deadlineMs: 10_000 },
        { name: 'api', failing: 'ok == false', step: { kind: 'http' } },
      ],
      actions: [
        { name: 'restart', risk: 'disruptive', verify: { checks: ['api'], withinMs: 180_000 } },
        { name: 'drain', undo: 'none', preview: { kind: 'prometheus' }, steps: [{ kind: 'command' }] },
      ],
    });
  });

  it('leaves connections and targets as they are written, for the steps to fill in', async () => {
    const service = (await goodCatalogue()).services.get('demo');
    expect(service?.environment.connections.api).toEqual({ kind: 'http', url: `\${DEMO_API_URL}` });
  });

  it('is frozen to the ground', async () => {
    const catalogue = await goodCatalogue();
    const runbook = catalogue.services.get('demo')?.runbooks.get('queue');
    expect(() => Object.assign(runbook?.checks[0] ?? {}, { failing: 'none' })).toThrow(TypeError);
    expect(() => Object.assign(runbook?.drills.fault?.seen ?? {}, { length: 0 })).toThrow(TypeError);
    expect(() => (catalogue.services as Map<string, unknown>).delete('demo')).toThrow('frozen');
  });

  it('has a revision that follows every byte and every name', async () => {
    const revisionOf = async (files: Record<string, string>) => (await loadWith(files)).catalogue?.revision;
    const before = await revisionOf({});
    const drill = 'title: x\nsymptoms: x\nchecks: {}\ndrills: {}\n';
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await revisionOf({})).toBe(before);
    expect(await revisionOf({ 'demo/README.md': 'not part of it' })).toBe(before);
    const other = await revisionOf({ 'other/service.yml': OTHER });
    expect(other).not.toBe(before);
    expect(await revisionOf({ 'others/service.yml': OTHER })).not.toBe(other);
    expect((await loadWith({ 'demo/x.yml': drill })).catalogue).toBeUndefined();
  });

  it('is read through the symbolic links of a mounted ConfigMap', async () => {
    await withFolder([], {}, async (folder) => {
      await symlink(join(GOOD, 'demo'), join(folder, '..data'));
      await symlink('..data', join(folder, 'demo'));
      const { catalogue } = await loadCatalogue(folder, SETTINGS, stepKinds);
      expect([...(catalogue?.services.keys() ?? [])]).toEqual(['demo']);
    });
  });
});

const OTHER = 'title: x\nabout: x\nowner: sre\nchannel: C0X\nroles: { sre: { title: SRE, group: S0SRE } }\n';

describe('settings', () => {
  it('that are missing or wrong are problems which never show a value', async () => {
    const { catalogue, problems } = await loadCatalogue(GOOD, { DEMO_CHANNEL: '#secret' }, stepKinds);
    expect(problems).toMatchObject([
      { rule: 'setting', line: 4, message: 'DEMO_CHANNEL is not a Slack channel id, such as C0123456789' },
      { rule: 'setting', line: 8, message: 'DEMO_ONCALL_GROUP is not set' },
    ]);
    expect(JSON.stringify(problems)).not.toContain('#secret');
    expect(catalogue).toBeDefined();
  });
});

describe('content that nobody should have written', () => {
  const runbook = (text: string) => loadWith({ 'demo/x.yml': text });

  it.each([
    ['not YAML', 'a: b: c', 'not-yaml', 'in quotes'],
    ['a tab', 'a:\n\tb: c', 'not-yaml', 'indent with spaces'],
    ['two documents', 'a: 1\n---\nb: 2', 'not-yaml', 'one file holds one document'],
    ['a tag', 'a: !!binary aGk=', 'not-yaml', 'remove the tag'],
    ['nesting', `a: ${'['.repeat(30)}${']'.repeat(30)}`, 'too-deep', 'write the values out'],
    ['nesting beyond the stack', '['.repeat(20_000), 'not-yaml', ''],
    ['a value within itself', 'a: &a\n  b: *a', 'too-deep', 'write the values out'],
    ['an alias bomb', bomb(), 'too-deep', 'write the values out'],
    ['a large file', `a: ${'x'.repeat(256 * 1024)}`, 'too-big', 'split it'],
    ['five megabytes', `a: [${'x, '.repeat(1_750_000)}]`, 'too-big', 'split it'],
    ['five thousand checks', manyChecks(5_000), 'wrong-type', 'at most 100 checks'],
    ['nothing', '', 'wrong-type', 'write a map of keys and values'],
    ['a prototype', '__proto__: { x: 1 }', 'unknown-key', 'known are'],
  ])('such as %s is a problem with a mend', async (_, text, rule, mend) => {
    const problems = lintProblems(await runbook(text));
    expect(problems.map((one) => one.rule)).toContain(rule);
    expect(problems.find((one) => one.rule === rule)?.mend).toContain(mend);
    expect(problems.length).toBeLessThan(10);
  });

  it('is found in names and places, too', async () => {
    const files = { 'demo/Queue.yml': '', 'demo/more.yaml': '', 'demo/deep/x.yml': '', 'De mo/x.yml': '' };
    const problems = lintProblems(await loadWith(files));
    expect(problems.map((one) => `${one.file} ${one.rule}`)).toEqual([
      'De mo bad-name',
      'demo/Queue.yml bad-name',
      'demo/deep bad-name',
      'demo/more.yaml bad-name',
    ]);
  });

  it('is a folder that does not exist, or holds nothing', async () => {
    const { problems } = await loadCatalogue('/nonexistent/commands', {}, stepKinds);
    expect(problems).toMatchObject([{ rule: 'unreadable', file: '/nonexistent/commands' }]);
    const empty = await withFolder([], {}, (folder) => loadCatalogue(folder, {}, stepKinds));
    expect(empty).toMatchObject({
      problems: [{ rule: 'no-service-file', mend: expect.stringContaining('service.yml') }],
    });
    expect(empty.catalogue).toBeUndefined();
  });

  it('never throws, whatever stands in the files', async () => {
    const [queue, service] = await Promise.all([text('queue.yml'), text('service.yml')]);
    const anywhere = fc.record({
      original: fc.constantFrom(['demo/queue.yml', queue] as const, ['demo/service.yml', service] as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(40),
      inserted: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('- ', ': ', '\n', '{', '[', 'null', '&a', '*a', '"'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(anywhere, async ({ original: [path, whole], at, removed, inserted }) => {
        const from = Math.floor(at * whole.length);
        const broken = `${whole.slice(0, from)}${inserted}${whole.slice(from + removed)}`;
        for (const problem of (await loadWith({ [path]: broken })).problems) {
          expect(Object.keys(RULES)).toContain(problem.rule);
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.mend).not.toBe('');
        }
      }),
      { numRuns: 150 },
    );
  });
});

function manyChecks(count: number): string {
  const checks = Array.from({ length: count }, (_, index) => `c${index}: {title: a, command: {}}`);
  return `checks: {${checks.join(', ')}}`;
}

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
  );
  return ['l0: &l0 x', ...levels].join('\n');
}

function text(file: string): Promise<string> {
  return readFile(join(GOOD, 'demo', file), 'utf8');
}
