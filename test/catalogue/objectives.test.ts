import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, lintProblems, loadWith as loadOver, withFolder } from '../helpers/catalogue.ts';

const SETTINGS = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMO' };

const GROWN = join(import.meta.dirname, 'grown');
const loadWith = (files: Record<string, string>) => loadOver(files, [GROWN]);

async function load(settings: Record<string, string> = {}) {
  const { catalogue, problems } = await withFolder([GOOD, GROWN], {}, (folder) =>
    loadCatalogue(folder, { ...SETTINGS, ...settings }, stepKinds),
  );
  const demo = catalogue?.services.get('demo');
  return { demo, problems, slo: demo?.runbooks.get('slo') as Runbook };
}

function check(runbook: Runbook, name: string) {
  const found = runbook.checks.find((one) => one.name === name);
  return { ...found, input: found?.step.input as { query: string; empty?: string; chart?: string } };
}

describe('an objective', () => {
  it('is asked of Prometheus as the share of good answers, only while its condition holds', async () => {
    const success = check((await load()).slo, 'success');
    expect(success.step?.kind).toBe('prometheus');
    expect(success.input.query).toBe(
      '(100 * (1 - (sum(rate(errors[10m])) / sum(rate(messages[10m]))))) and on() (messages_all > 0.5)',
    );
    expect(success.input.chart).toBe('6h');
    expect(success.input.empty).toContain('messages_all > 0.5');
  });

  it('burns as fast as the slower of its two windows', async () => {
    const { query } = check((await load()).slo, 'burn').input;
    const rate = (window: string) => `(sum(rate(errors[${window}])) / sum(rate(messages[${window}]))) / 0.01`;
    expect(query).toBe(
      `(min(label_replace(${rate('5m')}, "window", "0", "", "")` +
        ` or label_replace(${rate('1h')}, "window", "1", "", ""))) and on() (messages_all > 0.5)`,
    );
  });

  it('has a budget over its own window', async () => {
    const { query } = check((await load()).slo, 'left').input;
    expect(query).toContain('100 * (1 - (sum(rate(errors[30d])) / sum(rate(messages[30d]))) / 0.01)');
  });

  it('gives conditions its figure: a target, or a limit', async () => {
    const { slo } = await load();
    expect(check(slo, 'success').warning).toBe('< 99');
    expect(check(slo, 'latency').failing).toBe('> 500');
  });

  it('follows the setting that gives its target, in conditions and in the budget', async () => {
    const { slo } = await load({ DEMO_TARGET: '99.9' });
    expect(check(slo, 'success').warning).toBe('< 99.9');
    expect(check(slo, 'burn').input.query).toContain('/ 0.001');
  });

  it('whose setting is no number stops the start and says which', async () => {
    const { problems } = await load({ DEMO_TARGET: 'very good' });
    expect(problems).toEqual([
      expect.objectContaining({ rule: 'setting', message: 'DEMO_TARGET is not a number' }),
    ]);
    expect(JSON.stringify(problems)).not.toContain('very good');
  });

  it.each([
    ['target: 100', '100 % leaves no budget'],
    ['target: 0', '0 % leaves no budget'],
  ])('of %s is refused', async (target, says) => {
    const service = await serviceWith((text) => text.replace(/target: .+/, target));
    const problems = lintProblems(await loadWith({ 'demo/service.yml': service }));
    expect(problems).toEqual([expect.objectContaining({ rule: 'bad-objective' })]);
    expect(problems[0]?.message).toContain(says);
  });

  it('whose query is not PromQL is found where it is used', async () => {
    const service = await serviceWith((text) => text.replace('sum(rate(messages[{window}]))', 'sum(rate('));
    const problems = lintProblems(await loadWith({ 'demo/service.yml': service }));
    expect(problems.map(({ file, rule }) => [file, rule])).toContainEqual(['demo/slo.yml', 'step-check']);
  });

  it('that only has a limit has no budget to show', async () => {
    const runbook = await fileWith('slo.yml', (text) =>
      text.replace('{ of: success, show: budget-left }', '{ of: p95, show: budget-left }'),
    );
    const problems = lintProblems(await loadWith({ 'demo/slo.yml': runbook }));
    expect(problems).toEqual([
      expect.objectContaining({ rule: 'wrong-type', mend: expect.stringContaining('> {p95}') }),
    ]);
  });
});

describe('what else a runbook says', () => {
  it('is built for whoever uses it', async () => {
    const { slo, demo } = await load({ GRAFANA_URL: 'https://grafana.example.com' });
    expect(slo.phases.map(({ title, checks }) => [title, checks.length])).toEqual([
      ['Detection', 4],
      ['Afterwards', 1],
    ]);
    expect(slo.schedule).toEqual({
      at: '08:00',
      on: ['monday', 'friday'],
      zone: 'Europe/Madrid',
      runs: ['scale'],
    });
    expect(slo.actions.map(({ undoneBy, neverDuringIncident }) => [undoneBy, neverDuringIncident])).toEqual([
      ['back', undefined],
      [undefined, 'it would make it worse'],
    ]);
    expect(slo.escalate.map(({ key, when, to, priority }) => [key, when.by, to, priority])).toEqual([
      ['slo#0', 'checks', 'vendor', 'P2'],
      ['slo#1', 'person', 'sre', 'P1'],
      ['slo#2', 'time', 'sre', undefined],
    ]);
    expect(slo.escalate[0]?.when).toMatchObject({
      atLeast: 2,
      checks: [
        { runbook: 'slo', check: 'success' },
        { runbook: 'queue', check: 'length' },
      ],
    });
    expect(demo?.escalate[0]?.key).toBe('#0');
    expect(demo?.dashboards).toEqual({
      grafana: 'https://grafana.example.com',
      kibana: 'https://kibana.example.com',
    });
    expect((await load()).demo?.dashboards).toEqual({ kibana: 'https://kibana.example.com' });
  });

  it.each([
    [
      'of: [success, queue/lenght]',
      'of: [success, queue/length]',
      'unknown-check',
      'did you mean "queue/length"?',
    ],
    ['criteria: [succes]', 'criteria: [success]', 'unknown-check', 'did you mean "success"?'],
    ['undo: { action: bakc }', 'undo: { action: back }', 'unknown-action', 'did you mean "back"?'],
    ['by: oncal,', 'by: sre,', 'unknown-role', 'did you mean "oncall"?'],
    ['criteria: [customers]', 'criteria: [success]', 'step-cannot', 'looked at by people'],
    ['check: customers, for: 1m', 'unresolved: 30m', 'step-cannot', 'looked at by people'],
    ['to: vendro', 'to: vendor', 'unknown-role', 'did you mean "vendor"?'],
    ['at: "8:00"', 'at: "08:00"', 'wrong-type', 'such as "08:00"'],
    ['zone: Europe/Madrit', 'zone: Europe/Madrid', 'wrong-type', 'such as Europe/Madrid'],
  ])('%s is refused with a mend', async (wrong, right, rule, mend) => {
    const runbook = await fileWith('slo.yml', (text) => text.replace(right, wrong));
    const problems = lintProblems(await loadWith({ 'demo/slo.yml': runbook }));
    expect(problems.map((one) => one.rule)).toEqual([rule]);
    expect(`${problems[0]?.message} ${problems[0]?.mend}`).toContain(mend);
  });

  it('a manual step is no dry run', async () => {
    const runbook = await fileWith('slo.yml', (text) =>
      text.replace('    criteria: [success]\n', '    preview: { manual: { do: look } }\n'),
    );
    const problems = lintProblems(await loadWith({ 'demo/slo.yml': runbook }));
    expect(problems.map(({ rule }) => rule)).toEqual(['step-cannot']);
  });
});

const serviceWith = (change: (text: string) => string) => fileWith('service.yml', change);

async function fileWith(name: string, change: (text: string) => string): Promise<string> {
  const text = await readFile(join(GROWN, 'demo', name), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  return changed;
}
