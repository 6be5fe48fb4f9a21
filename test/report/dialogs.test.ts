import { describe, expect, it } from '@jest/globals';
import type { Catalogue, Runbook, Service } from '../../src/catalogue/catalogue.ts';
import { dialogErrors, readDialog } from '../../src/report/dialog-inputs.ts';
import { diagnoseDialog, remediateDialog, runbookOptions } from '../../src/report/dialogs.ts';
import { plainView } from './plain.ts';

const WORKERS: Runbook = {
  name: 'workers-stuck',
  service: 'denis',
  title: 'Celery workers are stuck',
  symptoms: 'The queue grows past 500 jobs.',
  file: 'denis/workers-stuck.yml',
  alerts: [],
  checks: [],
  escalate: [],
  phases: [],
  history: [],
  links: {},
  drills: {},
  parameters: {
    queue: { type: 'string', default: 'celery', about: 'Which queue', pattern: '^[a-z]+$' },
    workers: { type: 'number', min: 1, max: 20 },
    mode: { type: 'string', values: ['soft', 'hard'], default: 'soft' },
    force: { type: 'boolean', default: false },
  },
  actions: [
    { name: 'purge', title: 'Purge the queue {queue}', risk: 'destructive', steps: [], deadlineMs: 1_000 },
    { name: 'restart', title: 'Restart the workers', risk: 'disruptive', steps: [], deadlineMs: 1_000 },
  ],
};
const REDIS: Runbook = {
  ...WORKERS,
  name: 'redis-down',
  title: 'Redis is down',
  symptoms: 'PING fails.',
  parameters: {},
  actions: [],
};

function catalogue(...runbooks: Runbook[]): Catalogue {
  const service: Service = {
    name: 'denis',
    title: 'Denis',
    about: '',
    owner: 'sre',
    channel: 'C1',
    roles: {},
    policies: {},
    contacts: {},
    objectives: {},
    escalate: [],
    dashboards: {},
    addresses: {},
    labels: {},
    environment: { service: 'denis', connections: {}, targets: {} },
    runbooks: new Map(runbooks.map((runbook) => [runbook.name, runbook])),
  };
  return { revision: 'r', services: new Map([['denis', service]]) };
}

describe('/diagnose without a runbook', () => {
  it('asks for one by typing, then for its parameters', () => {
    expect(plainView(diagnoseDialog({ metadata: 'C1', runbook: null }))).toEqual([
      '# Diagnose   [Diagnose] [Not now]',
      'What is wrong?: {external_select}',
    ]);
    expect(plainView(diagnoseDialog({ metadata: 'C1', runbook: WORKERS }))).toEqual([
      '# Diagnose   [Diagnose] [Not now]',
      'What is wrong?: {external_select | Celery workers are stuck}',
      '~ *denis* · The queue grows past 500 jobs.',
      'queue (optional): {plain_text_input | celery}',
      'workers: {number_input}',
      'mode (optional): {static_select | *soft | hard}',
      'force (optional): {static_select | true | *false}',
    ]);
  });

  it('tells the bot at once which runbook was chosen', () => {
    const [runbook] = diagnoseDialog({ metadata: 'C1', runbook: null }).blocks;
    expect(runbook).toMatchObject({
      dispatch_action: true,
      element: { action_id: 'runbook', min_query_length: 0 },
    });
  });

  it('keeps nothing of one runbook when another is chosen', () => {
    const ids = (runbook: Runbook) =>
      remediateDialog({ metadata: 'C1', policies: {}, runbook }).blocks.map(({ block_id }) => block_id);
    const shared = ids(WORKERS).filter((id) => id && ids({ ...WORKERS, name: 'other' }).includes(id));
    expect(shared).toEqual(['runbook', 'reason']);
  });
});

describe('/remediate without an action', () => {
  it('says what each action risks, and preselects none', () => {
    const lines = plainView(remediateDialog({ metadata: 'C1', policies: {}, runbook: WORKERS }));
    expect(lines[0]).toBe('# Remediate   [Go on] [Not now]');
    expect(lines).toContain(
      'What shall be done?: {radio_buttons | Restart the workers (disruptive: users may notice) | Purge the queue ‹queue› (destructive: a second person approves it first)}',
    );
    expect(lines.at(-1)).toBe('Why is it needed? (optional): {plain_text_input}');
  });

  it('needs a reason once something destructive is chosen, and its button says what it does', () => {
    const lines = plainView(
      remediateDialog({ metadata: 'C1', policies: {}, runbook: WORKERS, action: 'purge' }),
    );
    expect(lines[0]).toBe('# Remediate   [Ask for approval] [Not now]');
    expect(lines.at(-1)).toBe('Why is it needed?: {plain_text_input}');
    expect(
      plainView(remediateDialog({ metadata: 'C1', policies: {}, runbook: WORKERS, action: 'restart' }))[0],
    ).toContain('[Start it]');
  });

  it('needs a reason for what is disruptive, too, where its service has a policy for that', () => {
    const policies = { disruptive: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' } };
    const lines = plainView(
      remediateDialog({ metadata: 'C1', policies, runbook: WORKERS, action: 'restart' }),
    );
    expect(lines[0]).toBe('# Remediate   [Ask for approval] [Not now]');
    expect(lines.join()).toContain(
      'Restart the workers (disruptive: users may notice, and a second person approves it first)',
    );
    expect(lines.at(-1)).toBe('Why is it needed?: {plain_text_input}');
  });

  it('says so when a runbook only diagnoses', () => {
    expect(plainView(remediateDialog({ metadata: 'C1', policies: {}, runbook: REDIS }))).toContain(
      'This runbook has no actions: it only diagnoses.',
    );
  });
});

describe('the type-ahead', () => {
  const found = (typed: string) => {
    const answer = runbookOptions(catalogue(WORKERS, REDIS), typed);
    return 'options' in answer
      ? []
      : answer.option_groups.flatMap(({ options }) => options.map(({ value }) => value));
  };

  it.each([
    ['', ['denis/workers-stuck', 'denis/redis-down']],
    ['ping', ['denis/redis-down']],
    ['DENIS redis', ['denis/redis-down']],
    ['redis-dwon', ['denis/redis-down']],
    ['zzzzzz', []],
  ])('answers %j with %j', (typed, values) => {
    expect(found(typed)).toEqual(values);
  });

  it('sorts by service', () => {
    const answer = runbookOptions(catalogue(REDIS), '');
    expect(answer).toMatchObject({ option_groups: [{ label: { text: 'Denis' } }] });
  });
});

describe('what was filled in', () => {
  it('is read by its blocks, and nothing else is', () => {
    const values = {
      runbook: { runbook: { type: 'external_select', selected_option: { value: 'denis/workers-stuck' } } },
      'action:denis/workers-stuck': { action: { selected_option: { value: 'purge' } } },
      'parameter:denis/workers-stuck:queue': { parameter: { value: ' celery ' } },
      'parameter:denis/workers-stuck:workers': { parameter: { value: null } },
      'parameter:denis/workers-stuck:mode': { parameter: { selected_option: { value: 'hard' } } },
      reason: { reason: { value: 'duplicates' } },
      labels: { labels: { selected_options: [{ value: 'team' }, { value: null }, { value: 'pod' }] } },
      stranger: { x: { value: 'y', selected_options: [{ value: 'z' }] } },
    };
    expect(readDialog(values)).toEqual({
      runbook: 'denis/workers-stuck',
      action: 'purge',
      parameters: { queue: 'celery', mode: 'hard' },
      reason: 'duplicates',
      chosen: ['team', 'pod'],
    });
  });

  it.each([undefined, null, 'x', {}, { runbook: null }, { runbook: { runbook: { selected_option: null } } }])(
    'may be nothing at all (%j)',
    (values) => {
      expect(readDialog(values)).toEqual({
        runbook: null,
        action: null,
        parameters: {},
        reason: null,
        chosen: [],
      });
    },
  );

  it('gets each problem where it was made', () => {
    expect(
      dialogErrors(WORKERS, [
        'queue must match ^[a-z]+$.',
        'queue must be short.',
        'There is no such thing.',
      ]),
    ).toEqual({
      'parameter:denis/workers-stuck:queue': 'queue must match ^[a-z]+$. queue must be short.',
      runbook: 'There is no such thing.',
    });
  });
});
