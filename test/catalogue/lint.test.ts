import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problemInWords, RULES, type Rule } from '../../src/catalogue/problem.ts';
import { GOOD, lintProblems, loadWith } from '../helpers/catalogue.ts';

const BAD = join(import.meta.dirname, 'bad');

/** What each folder of `bad` breaks, laid over the good catalogue: where it is found, and how it is mended. */
const BROKEN: readonly (readonly [Rule, string, number, number, string])[] = [
  ['duplicate-key', 'demo/queue.yml', 15, 5, 'keep one of the two'],
  ['unknown-key', 'demo/queue.yml', 14, 5, 'did you mean "unit"?'],
  ['missing-key', 'demo/queue.yml', 1, 1, 'add it: text'],
  ['wrong-type', 'demo/queue.yml', 31, 5, 'write one of: safe, disruptive, destructive'],
  ['bad-name', 'demo/queue.yml', 29, 3, 'use lower case letters, digits and dashes'],
  ['no-service-file', 'orphan/service.yml', 1, 1, 'add it: title, about, owner, channel, roles'],
  ['unknown-step-kind', 'demo/queue.yml', 34, 9, 'did you mean "http"?'],
  ['step-cannot', 'demo/queue.yml', 34, 9, 'use alertmanager, celery, command'],
  ['step-input', 'demo/queue.yml', 25, 7, 'a path begins with /'],
  ['step-check', 'demo/queue.yml', 15, 5, 'correct it there'],
  ['unknown-placeholder', 'demo/queue.yml', 39, 5, 'did you mean "queue"?'],
  ['parameter-default', 'demo/queue.yml', 9, 5, 'change the default or what is allowed'],
  ['bad-pattern', 'demo/queue.yml', 10, 5, 'write a JavaScript regular expression'],
  ['bad-condition', 'demo/queue.yml', 18, 5, 'write for example "> 500"'],
  ['unknown-check', 'demo/queue.yml', 41, 20, 'did you mean "length"?'],
  ['unknown-action', 'demo/queue.yml', 71, 26, 'did you mean "drain"?'],
  ['unknown-role', 'demo/queue.yml', 52, 5, 'there are: oncall, sre'],
  ['unknown-connection', 'demo/queue.yml', 24, 7, 'did you mean "api"?'],
  ['unknown-target', 'demo/queue.yml', 45, 45, 'did you mean "workers"?'],
  ['alert-claimed-twice', 'demo/twice.yml', 4, 5, 'leave it to one runbook'],
  ['duplicate-title', 'demo/queue.yml', 39, 5, 'say what tells their buttons apart'],
  ['risk-too-mild', 'demo/queue.yml', 31, 5, 'write risk: destructive'],
  ['destructive-needs-preview', 'demo/queue.yml', 38, 3, 'add preview'],
  ['destructive-needs-verify', 'demo/queue.yml', 38, 3, 'add verify'],
  ['destructive-needs-undo', 'demo/queue.yml', 38, 3, 'or undo: none'],
  [
    'destructive-needs-policy',
    'demo/queue.yml',
    38,
    3,
    'add approval: { destructive: { by: [a role] } } to service.yml',
  ],
  ['policy-unmeetable', 'demo/service.yml', 17, 5, 'give people time, such as 15m'],
  ['policy-weaker', 'demo/queue.yml', 32, 5, 'remove approval'],
  ['no-drill', 'demo/queue.yml', 53, 1, 'add one: alert, seen, healthy and expect'],
  ['drill-alert', 'demo/queue.yml', 56, 7, 'use an alert it claims: QueueGrowing'],
  ['drill-misses-check', 'demo/queue.yml', 61, 5, 'add them, or { error: … }'],
  ['drill-misses-preview', 'demo/queue.yml', 54, 3, 'add it under previews'],
  ['unknown-objective', 'demo/slo.yml', 27, 5, 'did you mean "p95"?'],
  ['bad-objective', 'demo/service.yml', 36, 5, 'write rate(…[{window}])'],
  ['phase-misses', 'demo/slo.yml', 23, 3, 'add it to the checks of a phase'],
  ['schedule-only-safe', 'demo/slo.yml', 49, 76, 'leave it out'],
  ['drill-expects-nothing', 'demo/queue.yml', 72, 5, 'say which checks are failing'],
];

/** Rules about whole files, which tests below make for themselves. */
const MADE: readonly Rule[] = ['not-yaml', 'unreadable', 'too-big', 'too-deep', 'setting'];

describe('lint', () => {
  it.each(BROKEN)('finds %s, where it is, and nothing else', async (rule, file, line, column, mend) => {
    const problems = lintProblems(await loadWith({}, [join(BAD, rule)]));
    expect(problems).toEqual([expect.objectContaining({ file, line, column, rule })]);
    expect(problems[0]?.mend).toContain(mend);
  });

  it('has a broken file for every rule', async () => {
    const covered = [...BROKEN.map(([rule]) => rule), ...MADE].sort();
    expect(covered).toEqual(Object.keys(RULES).sort());
    expect((await readdir(BAD)).sort()).toEqual(BROKEN.map(([rule]) => rule).sort());
  });

  it('marks the place in PromQL below the line that names the file', async () => {
    const [problem] = lintProblems(await loadWith({}, [join(BAD, 'step-check')]));
    if (!problem) throw new Error('nothing was found');
    const [first, query = '', caret = ''] = problemInWords(problem).split('\n');
    expect(first).toMatch(
      /^demo\/queue\.yml:15:5 {2}step-check {2}prometheus: line 1, column 32: .* → correct it there$/,
    );
    expect(query.trimEnd()).toHaveLength(caret.indexOf('^'));
  });

  it('finds nothing in a good catalogue', async () => {
    expect(lintProblems(await loadWith({}))).toEqual([]);
  });

  it('names all problems at once, in the order of reading', async () => {
    const problems = lintProblems(
      await loadWith({ 'demo/a.yml': 'title: 1\nsymptom: x\n', 'b.yml': 'title: x\n' }),
    );
    expect(problems.map((one) => `${one.file}:${one.line} ${one.rule}`)).toEqual([
      'b.yml:1 bad-name',
      'demo/a.yml:1 wrong-type',
      'demo/a.yml:1 missing-key',
      'demo/a.yml:1 missing-key',
      'demo/a.yml:2 unknown-key',
    ]);
  });
});

describe('what a check may stand on', () => {
  const check = (lines: string) =>
    `title: x\nsymptoms: x\nchecks:\n  one:\n    title: One\n${lines}drills: {}\n`;

  it.each([
    ['no probe', '', 'missing-key', 'add one of alertmanager, celery, command, '],
    [
      'two probes',
      '    prometheus: { query: up }\n    http: { connection: api, get: / }\n',
      'wrong-type',
      'make it two checks',
    ],
    ['a slip in a probe', '    redsi: { ping: true }\n', 'unknown-step-kind', 'did you mean "redis"?'],
    [
      'a slip beside a probe',
      '    http: { connection: api, get: / }\n    failng: none\n',
      'unknown-key',
      'did you mean "failing"?',
    ],
  ])('is refused with %s', async (_, lines, rule, mend) => {
    const problems = lintProblems(await loadWith({ 'demo/x.yml': check(lines) })).filter(
      (one) => one.rule !== 'no-drill',
    );
    expect(problems[0]).toMatchObject({ rule, mend: expect.stringContaining(mend) });
  });
});

describe('what a service may say', () => {
  const service =
    'title: x\nabout: x\nowner: sre\nchannel: C0X\nroles: { sre: { title: SRE, group: S0SRE } }\n';
  const at = (rest: string) => loadWith({ 'other/service.yml': `${service}${rest}` });

  it('refuses a channel that is a name, since channels can be renamed', async () => {
    const problems = lintProblems(
      await loadWith({ 'other/service.yml': service.replace('C0X', '"#denis"') }),
    );
    expect(problems).toMatchObject([
      { rule: 'wrong-type', line: 4, mend: expect.stringContaining('Slack channel id') },
    ]);
  });

  it.each([
    [
      'a policy by a role that does not exist',
      'approval: { destructive: { by: [sree] } }\n',
      'unknown-role',
      'did you mean "sre"?',
    ],
    [
      'more votes than any policy may want',
      'approval: { destructive: { by: [sre], votes: 9 } }\n',
      'policy-unmeetable',
      'at most 5',
    ],
    [
      'a connection of an unknown kind',
      'connections: { cache: { kind: reddis, url: x } }\n',
      'unknown-step-kind',
      'did you mean "redis"?',
    ],
    [
      'a key that a connection does not have',
      'connections: { redis: { kind: redis, urll: "redis://x" } }\n',
      'unknown-key',
      'did you mean "url"?',
    ],
    [
      'a target reached through no connection',
      'targets: { here: { pod: app=x } }\n',
      'unknown-connection',
      'add it',
    ],
    [
      'a connection that names no target',
      'connections: { celery: { kind: celery, app: a.b, target: here } }\n',
      'unknown-target',
      'add it',
    ],
    [
      'a target of no known form',
      'targets: { here: { locl: [ls] } }\n',
      'unknown-key',
      'did you mean "local"?',
    ],
  ])('refuses %s', async (_, rest, rule, mend) => {
    const problems = lintProblems(await at(rest));
    expect(problems[0]).toMatchObject({ rule, line: 6, mend: expect.stringContaining(mend) });
  });

  it('does not repeat what stands in a connection', async () => {
    const problems = lintProblems(
      await at('connections: { redis: { kind: redis, url: "http://:hunter2@x" } }\n'),
    );
    expect(problems).toMatchObject([{ rule: 'wrong-type', message: '"url" is not as it has to be' }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('leaves a connection to the setting that fills it', async () => {
    const connections = 'connections: { celery: { kind: celery, app: "$APP", target: here } }\n';
    const targets = 'targets: { here: { local: [celery] } }\n';
    expect(lintProblems(await at(connections.replace('$APP', 'not a module') + targets))).toHaveLength(1);
    expect(lintProblems(await at(connections.replace('$APP', `$\{CELERY_APP}`) + targets))).toEqual([]);
  });
});

describe('a runbook', () => {
  const changed = async (right: string, wrong: string) => {
    const text = await readFile(join(GOOD, 'demo/queue.yml'), 'utf8');
    expect(text).toContain(right);
    return lintProblems(await loadWith({ 'demo/queue.yml': text.replace(right, wrong) }));
  };

  it('may claim an alert in several ways', async () => {
    const twice = '  - alertname: QueueGrowing\n  - { alertname: QueueGrowing, severity: critical }\n';
    expect(await changed('  - alertname: QueueGrowing\n', twice)).toEqual([]);
  });

  it('with an unknown placeholder in a step is told so once', async () => {
    const problems = await changed('run: [drain, "{queue}"]', 'run: [drain, "{quue}"]');
    expect(problems.map((one) => one.rule)).toEqual(['unknown-placeholder']);
  });

  it('may not use a connection of another kind', async () => {
    const problems = await changed('{ connection: api, post', '{ connection: prometheus, post');
    const message = 'connection "prometheus" is for prometheus, not for http';
    expect(problems).toMatchObject([{ rule: 'unknown-connection', message }]);
  });
});

describe('a step that reads logs', () => {
  const HTTP = '    http:\n      connection: api\n      get: /health\n      expect: { status: 200 }\n';
  const problemsOf = async (probe: string, connections = '') => {
    const [queue, service] = await Promise.all(
      ['demo/queue.yml', 'demo/service.yml'].map((file) => readFile(join(GOOD, file), 'utf8')),
    );
    expect(queue).toContain(HTTP);
    const loaded = await loadWith({
      'demo/queue.yml': (queue ?? '').replace(HTTP, `    logs: ${probe}\n`),
      'demo/service.yml': (service ?? '').replace('connections:\n', `connections:\n${connections}`),
    });
    return lintProblems(loaded);
  };
  const SEARCH = '{ index: "demo*", query: error }';
  const ELASTIC = '  elasticsearch: { kind: elasticsearch, url: "http://logs:9200" }\n';

  it('uses the connection of its source, which has to be there', async () => {
    expect(await problemsOf(SEARCH, ELASTIC)).toEqual([]);
    expect(await problemsOf('{ unit: demo, on: workers }')).toEqual([]);
    expect(await problemsOf(SEARCH)).toMatchObject([
      { rule: 'unknown-connection', message: 'the service has no connection "elasticsearch"' },
    ]);
    expect(await problemsOf('{ container: demo, connection: api }')).toMatchObject([
      { rule: 'unknown-connection', message: 'connection "api" is for http, not for docker' },
    ]);
  });

  it('reads from a connection whose keys are checked as those of every other', async () => {
    const wrong = ELASTIC.replace('url', 'urll');
    expect(await problemsOf(SEARCH, wrong)).toMatchObject([
      { rule: 'unknown-key', mend: expect.stringContaining('did you mean "url"?') },
    ]);
  });
});

describe('what a drill may name', () => {
  const QUEUE = join(GOOD, 'demo/queue.yml');

  it.each([
    ['      length: 1840\n', '      length: 1840\n      lenght: 1\n', 'unknown-check'],
    ['      restart:\n        api:', '      restrat:\n        api:', 'unknown-action'],
    ['      restart:\n        api:', '      restart:\n        apj:', 'unknown-check'],
    ['      drain:\n        what', '      drian: { what: x }\n      drain:\n        what', 'unknown-action'],
    ['failing: [length, api]', 'failing: [length, apj]', 'unknown-check'],
    ['suggests: [restart, drain]', 'suggests: [restrat]', 'unknown-action'],
    ['escalates-to: sre', 'escalates-to: sree', 'unknown-role'],
  ])('is what the runbook has: %j is not %j', async (right, wrong, rule) => {
    const text = await readFile(QUEUE, 'utf8');
    expect(text).toContain(right);
    const problems = lintProblems(await loadWith({ 'demo/queue.yml': text.replace(right, wrong) }));
    expect(problems).toMatchObject([{ rule, mend: expect.stringContaining('did you mean') }]);
  });
});
