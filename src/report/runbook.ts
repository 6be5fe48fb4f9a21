import type { KnownBlock, ModalView, SectionBlock } from '@slack/types';
import type { Person } from '../approval/person.ts';
import type {
  EscalationRule,
  Runbook,
  RunbookAction,
  RunbookCheck,
  Service,
} from '../catalogue/catalogue.ts';
import { MANUAL } from '../catalogue/catalogue.ts';
import type { LinkView } from '../catalogue/links.ts';
import { needsApproval, policyFor } from '../catalogue/policy.ts';
import { scheduleInWords } from '../catalogue/schedule.ts';
import { startersOf } from '../catalogue/starters.ts';
import { gaps } from '../catalogue/titles.ts';
import { limitsInWords } from '../diagnosis/judge.ts';
import { actions, context, message, plain, section } from './blocks.ts';
import { button } from './buttons.ts';
import { runbookOption } from './dialogs.ts';
import { formatDuration, formatFigure } from './figures.ts';
import { ACTIONS, BLOCKS, READINGS } from './ids.ts';
import type { Message } from './message.ts';
import { dialog } from './modal.ts';
import { riskInWords } from './signs.ts';
import { cell, day, person, table } from './table.ts';
import { code, joinWithin, link, safe } from './text.ts';
import { undoInWords } from './words.ts';

/** A time that a runbook's action was run, or its procedure was tested. */
export interface HistoryRow {
  /** ISO 8601: a moment, or a date. */
  at: string;
  by: Person | string;
  scenario: string;
  result: string;
  notes: string;
}

export interface RunbookView {
  service: Service;
  runbook: Runbook;
  links: readonly LinkView[];
  /** Newest first. */
  history: readonly HistoryRow[];
}

const HISTORY = 10;
const ACTIONS_SHOWN = 12;

/** A runbook as one would read it: what it is about, how to see it, how to mend it, whom to call, what was tried. */
export function runbookMessage(view: RunbookView): Message {
  const { runbook, service } = view;
  const name = `${service.name}/${runbook.name}`;
  return message(`📘 ${safe(runbook.title, 120)} · ${name}`, [
    section([
      `📘 *${safe(runbook.title, 120)}* · ${safe(service.title, 70)} · ${code(name)}`,
      safe(runbook.symptoms, 1_000),
    ]),
    context(about(view)),
    ...checksOf(runbook),
    ...actionsOf(runbook, service),
    section(callsOf(view)),
    section([linksOf(view.links)]),
    ...historyOf(view),
    actions([
      button(`${ACTIONS.begin}:${name}`, 'Diagnose', name, { style: 'primary' }),
      runbook.actions.length > 0 ? button(`${ACTIONS.mend}:${name}`, 'Remediate', name) : null,
    ]),
  ]);
}

function about({ runbook }: RunbookView): string[] {
  const alerts = runbook.alerts.map((matcher) => code(matcher.alertname ?? '', 80));
  const parameters = Object.entries(runbook.parameters).map(([name, one]) =>
    code(one.default === undefined ? name : `${name}=${one.default}`, 80),
  );
  return [
    alerts.length > 0 ? `claims ${joinWithin(alerts, 500, ', ')}` : 'claims no alert',
    ...(runbook.schedule ? [`⏰ ${safe(scheduleInWords(runbook.schedule), 120)}`] : []),
    ...(parameters.length > 0 ? [`takes ${joinWithin(parameters, 500, ', ')}`] : []),
    ...(runbook.source ? [`from ${safe(runbook.source, 200)}`] : []),
  ];
}

/** By phase where the work has phases. */
function checksOf(runbook: Runbook): (KnownBlock | null)[] {
  const line = (name: string) => {
    const check = runbook.checks.find((one) => one.name === name);
    return check ? checkLine(check) : '';
  };
  if (runbook.phases.length === 0) return [section(['*How to see it*', ...runbook.checks.map(checkLine)])];
  return runbook.phases
    .filter(({ checks }) => checks.length > 0)
    .map(({ title, about: says, checks }) =>
      section([`*${safe(title, 70)}*${says ? ` · ${safe(says, 300)}` : ''}`, ...checks.map(line)]),
    );
}

function checkLine(check: RunbookCheck): string {
  const title = safe(gaps(check.title), 90);
  if (check.step.kind === MANUAL) {
    return `☐ ${title}: ${safe(String((check.step.input as { do?: string }).do ?? ''), 300)}`;
  }
  const limits = limitsInWords(check);
  return `• ${title}${limits ? ` _(${safe(limits, 160)})_` : ''}`;
}

function actionsOf(runbook: Runbook, service: Service): (KnownBlock | null)[] {
  if (runbook.actions.length === 0)
    return [section(['*How to mend it*', 'This runbook has no actions: it only diagnoses.'])];
  const lines = runbook.actions.slice(0, ACTIONS_SHOWN).map((action) => actionLine(action, runbook, service));
  return [section(['*How to mend it*', ...lines])];
}

function actionLine(action: RunbookAction, runbook: Runbook, service: Service): string {
  const back = runbook.actions.find(({ name }) => name === action.undoneBy)?.title;
  const policy = policyFor(service, action);
  const waits = needsApproval(service, action);
  const approvers = (policy?.by ?? []).map((role) => safe(service.roles[role]?.title ?? role, 70));
  const people = policy && policy.votes > 1 ? `${policy.votes} of ` : '';
  const parts = [
    `• *${safe(gaps(action.title), 90)}* · ${riskInWords(action.risk, waits)}`,
    approvers.length > 0 ? `approved by ${people}${approvers.join(' or ')}` : '',
    startedBy(service, action),
    action.about ? safe(action.about, 300) : '',
    waits && action.undo ? `undo: ${undoInWords(action.undo)}` : '',
    back ? `taken back by “${safe(gaps(back), 90)}”` : '',
    action.neverDuringIncident ? `never during an incident: ${safe(action.neverDuringIncident, 200)}` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Only where not everybody may. */
function startedBy(service: Service, action: RunbookAction): string {
  const roles = startersOf(service, action);
  if (roles === null) return '';
  const titles = roles.map((role) => safe(service.roles[role]?.title ?? role, 70));
  return `started by ${joinWithin(titles, 300, ' or ')}`;
}

function callsOf({ runbook, service }: RunbookView): string[] {
  const rules = [...runbook.escalate, ...service.escalate];
  if (rules.length === 0) return [];
  return [
    '*When to call more people*',
    ...rules.slice(0, 15).map((rule) => callLine(rule, runbook, service)),
  ];
}

function callLine(rule: EscalationRule, runbook: Runbook, service: Service): string {
  const role = service.roles[rule.to];
  const contact = service.contacts[rule.to];
  const reach = role?.contact ?? contact?.reach;
  const who = safe(role?.title ?? contact?.title ?? rule.to, 70);
  const priority = rule.priority ? `${safe(rule.priority, 10)} · ` : '';
  return `• ${priority}${whenInWords(rule, runbook, service)}: ${who}${reach ? ` (${safe(reach, 120)})` : ''}`;
}

function whenInWords({ when }: EscalationRule, runbook: Runbook, service: Service): string {
  if (when.by === 'person') return `somebody sees: ${safe(when.says, 200)}`;
  if (when.by === 'time') return `the alert has not ended after ${formatDuration(when.forMs)}`;
  const lasting = when.forMs > 0 ? ` for ${formatDuration(when.forMs)}` : '';
  const titles = when.checks.map(({ runbook: of, check }) => {
    const home = of === runbook.name ? runbook : service.runbooks.get(of);
    return `“${safe(gaps(home?.checks.find(({ name }) => name === check)?.title ?? check), 70)}”`;
  });
  if (titles.length === 1) return `${titles[0]} ${when.is}${lasting}`;
  return `${when.atLeast} of ${joinWithin(titles, 400, ', ')} ${when.is}${lasting}`;
}

function linksOf(links: readonly LinkView[]): string {
  if (links.length === 0) return '';
  const shown = links.slice(0, 10).map(({ url, title }) => link(url, title));
  return `*Look at*  ${joinWithin(shown, 2_800, ' · ')}`;
}

function historyOf({ history }: RunbookView): (KnownBlock | null)[] {
  if (history.length === 0) return [];
  const head = ['When', 'Who', 'What', 'Came out', 'Notes'];
  const rows = history
    .slice(0, HISTORY)
    .map(({ at, by, scenario, result, notes }) => [
      day(at),
      typeof by === 'string' ? by : person(by),
      scenario,
      result,
      notes || '–',
    ]);
  return [section(['*How it went before*']), table(head.map(cell), rows)];
}

const FOUND = 10;

/** Runbooks that fit what was typed, best first. */
export function runbooksMessage(typed: string, found: readonly Runbook[]): Message {
  const words = safe(typed, 80);
  if (found.length === 0) {
    const none = `No runbook fits “${words}”. Try a part of a name, a symptom or an alert.`;
    return message(none, [section([none])]);
  }
  const first = `${formatFigure(found.length, 'runbooks')} for “${words}”`;
  return message(first, [
    section([`*${first}*`]),
    ...found.slice(0, FOUND).map((runbook) => {
      const name = `${runbook.service}/${runbook.name}`;
      return section(
        [`*${safe(runbook.title, 120)}* · ${code(name)}`, safe(runbook.symptoms, 200)],
        button(`${ACTIONS.show}:${name}`, 'Show', name, { reads: `Show ${runbook.title}` }),
      );
    }),
    found.length > FOUND
      ? context([`and ${found.length - FOUND} more: write more of what you look for`])
      : null,
  ]);
}

/** Choose a runbook by typing, and read it right there. */
export function runbookDialog(metadata: string, view: RunbookView | null): ModalView {
  const chosen = view ? { initial_option: runbookOption(view.runbook) } : {};
  const chooser: SectionBlock = {
    type: 'section',
    block_id: BLOCKS.runbook,
    text: { type: 'mrkdwn', text: '*Which runbook?*  Type a part of its name, a symptom or an alert.' },
    accessory: {
      type: 'external_select',
      action_id: BLOCKS.runbook,
      min_query_length: 0,
      placeholder: plain('Choose a runbook', 75),
      ...chosen,
    },
  };
  const read = view
    ? runbookMessage(view).blocks.filter(({ type }) => type !== 'table' && type !== 'actions')
    : [];
  const blocks = [chooser, ...read];
  return dialog({ callback: READINGS.runbook, metadata, title: 'Runbook', close: 'Close', blocks });
}
