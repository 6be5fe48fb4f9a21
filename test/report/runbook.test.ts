import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Runbook, Service } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import {
  type RunbookView,
  runbookDialog,
  runbookMessage,
  runbooksMessage,
} from '../../src/report/runbook.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, withFolder } from '../helpers/catalogue.ts';
import { buttonsOf, plainMessage, plainView } from './plain.ts';

const GROWN = join(import.meta.dirname, '../catalogue/grown');
const SETTINGS = { DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMO' };
let service: Service;

beforeAll(async () => {
  const { catalogue } = await withFolder([GOOD, GROWN], {}, (folder) =>
    loadCatalogue(folder, SETTINGS, stepKinds),
  );
  service = catalogue?.services.get('demo') as Service;
});

function view(name: string, overrides: Partial<RunbookView> = {}): RunbookView {
  const runbook = service.runbooks.get(name) as Runbook;
  return { service, runbook, links: [], history: [], ...overrides };
}

describe('a runbook as one reads it', () => {
  it('says what it is about, how to see it by phase, how to mend it, and whom to call', () => {
    const links = [{ title: 'SLO Health', url: 'https://grafana.example.com/d/slo' }];
    expect(plainMessage(runbookMessage(view('slo', { links })))).toEqual([
      '📘 *The budget burns* · Demo · `demo/slo`',
      'More answers fail than the objective allows.',
      '~ claims no alert · ⏰ Mondays, Fridays at 08:00 (Europe/Madrid) · takes `replicas=3`',
      '*Detection*',
      '• Good answers _(warning under 99 %, failing under 97 %)_',
      '• Budget burns _(warning over 2, failing over 14.4)_',
      '• Budget left',
      '• Slow answers _(failing over 500 ms)_',
      '*Afterwards*',
      '☐ Customers notice: Open the shop and buy something',
      '*How to mend it*',
      '• *Scale to ‹replicas›* · safe: nobody should notice · taken back by “Scale back”',
      '• *Scale back* · disruptive: users may notice · started by On call or SRE · never during an incident: it would make it worse',
      '*When to call more people*',
      expect.stringMatching(
        /^• P2 · 2 of “Good answers”, “.+” failing for 5 min: The vendor \(support@example.com\)$/,
      ),
      '• P1 · somebody sees: Customers lose money: SRE (@sre-lead)',
      '• the alert has not ended after 30 min: SRE (@sre-lead)',
      expect.stringMatching(/^• 2 of “.+”, “Good answers” failing: SRE \(@sre-lead\)$/),
      expect.stringContaining('SLO Health'),
      '[+Diagnose] [Remediate]',
    ]);
  });

  it('says who approves what is destructive, and that it cannot be taken back', () => {
    const text = plainMessage(runbookMessage(view('queue'))).join('\n');
    expect(text).toMatch(/destructive: a second person approves it first · approved by SRE/);
    expect(text).toMatch(/undo: none: it cannot be taken back/);
  });

  it('says who approves what is disruptive where its service has a policy for that', () => {
    const { service, ...rest } = view('slo');
    const policies = { disruptive: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } };
    expect(plainMessage(runbookMessage({ ...rest, service: { ...service, policies } })).join('\n')).toContain(
      'disruptive: users may notice, and a second person approves it first · approved by 2 of SRE',
    );
  });

  it('has the table of how it went before, people by name and days in the reader’s zone', () => {
    const history = [
      {
        at: '2026-11-14T03:20:00.000Z',
        by: { team: 'T1', user: 'UNOOR' },
        scenario: 'Scale to 3, in the drill “The budget burns”',
        result: '✅ Done',
        notes: 'healed',
      },
      { at: '2026-01-15', by: 'Demo team', scenario: 'Scaled by hand', result: 'Success', notes: '' },
    ];
    const message = runbookMessage(view('slo', { history }));
    const table = JSON.stringify(message.blocks.find(({ type }) => type === 'table'));
    expect(table).toContain('"user_id":"UNOOR"');
    expect(table).toContain('in the drill “The budget burns”');
    expect(table).toContain('2026-01-15');
  });
});

describe('the dialog of a runbook', () => {
  it('asks for one, and shows it right there, without what only messages can have', () => {
    expect(plainView(runbookDialog('{}', null))[0]).toBe('# Runbook   [-] [Close]');
    const history = [{ at: '2026-01-15', by: 'x', scenario: 'x', result: 'x', notes: '' }];
    const shown = runbookDialog('{}', view('slo', { history }));
    expect(plainView(shown).join('\n')).toContain('*The budget burns*');
    expect(shown.blocks.map(({ type }) => type)).not.toEqual(expect.arrayContaining(['table']));
    expect(JSON.stringify(shown.blocks[0])).toContain('"value":"demo/slo"');
  });
});

describe('a search', () => {
  it('lists what was found, each with a button that shows it', () => {
    const message = runbooksMessage('budget', [...service.runbooks.values()]);
    expect(message.text).toBe('2 runbooks for “budget”');
    expect(plainMessage(message).join('\n')).toContain('`demo/slo`  [Show]');
  });

  it('says what else to try when nothing fits', () => {
    expect(runbooksMessage('<!channel>', []).text).toMatch(/^No runbook fits “.*Try a part of a name/);
    expect(buttonsOf(runbooksMessage('x', []))).toEqual([]);
  });
});
