import { nearest } from '../catalogue/nearest.ts';
import type { ConnectionHealth } from '../steps/step-kind.ts';
import type { Warning } from '../telemetry/warnings.ts';
import { context, fields, message, section } from './blocks.ts';
import { formatFigure } from './figures.ts';
import type { Message } from './message.ts';
import { code, joinWithin, moment, pre, safe, time } from './text.ts';

export interface CommandHelp {
  command: string;
  usage: string;
  about: string;
}

/** What one can type, and how else to get there. */
export function helpMessage(commands: readonly CommandHelp[]): Message {
  const lines = commands.map(
    ({ command, usage, about }) => `${code(`${command} ${usage}`.trim(), 120)}  ${safe(about, 160)}`,
  );
  return message('What Guardia can do', [
    section(['*What Guardia can do*', ...lines]),
    context([
      'Commands do not work in threads: there, write @Guardia and the same words, or use the buttons',
      'for somebody else’s alert, choose “Diagnose this” in the message’s ⋯ menu',
      'without words, a command opens a dialog or explains itself',
    ]),
  ]);
}

export interface StatusView {
  replica: string;
  version: string;
  replicas: readonly { name: string; seenAt: string }[];
  /** SHA-256 of the catalogue in force. */
  revision: string;
  services: readonly { name: string; title: string; runbooks: number }[];
  database: { ok: boolean; says: string };
  slack: { ok: boolean; says: string };
  waitingPlans: number;
  /** Messages that are not in Slack yet. */
  waitingMessages: number;
  /** Of steps, to the systems of the services. */
  connections: readonly ConnectionHealth[];
  /** What somebody should mend although the work goes on. */
  warnings: readonly Warning[];
  startedAt: string;
  now: string;
}

const WARNINGS = 4;

/** What waits is counted so far and no further. */
export const COUNTED = 1_000;

function counted(count: number, what: string): string {
  return count < COUNTED ? formatFigure(count, what) : `${formatFigure(COUNTED)} ${what} or more`;
}

/** How Guardia itself is. */
export function statusMessage(view: StatusView): Message {
  const state = stateInWords(view);
  const services = view.services.map(
    ({ name, runbooks }) => `${safe(name, 64)} (${formatFigure(runbooks, 'runbooks')})`,
  );
  const replicas = view.replicas.map(({ name, seenAt }) => `${safe(name, 64)}, seen ${time(seenAt, 'ago')}`);
  return message(`${state} · Guardia ${safe(view.version, 30)} · replica ${safe(view.replica, 64)}`, [
    section([
      `${state.replace(/ (.*)/, ' *$1*')} · Guardia ${safe(view.version, 30)} · replica ${safe(view.replica, 64)} · up since ${moment(view.startedAt, view.now)}`,
    ]),
    fields([
      ['Database', part(view.database)],
      ['Slack', part(view.slack)],
      ['Waiting', `${counted(view.waitingPlans, 'approvals')}, ${counted(view.waitingMessages, 'messages')}`],
      [
        'Catalogue',
        `${code(view.revision.slice(0, 12), 40)}\n${joinWithin(services, 1_500, ', ') || 'no services'}`,
      ],
      ['Connections', connectionsInWords(view)],
      ['Replicas', joinWithin(replicas, 1_500) || 'none'],
    ]),
    ...view.warnings.slice(0, WARNINGS).map(warningSection),
    context([
      view.warnings.length > WARNINGS &&
        `and ${view.warnings.length - WARNINGS} more warnings: /health/ready`,
    ]),
  ]);
}

function stateInWords({ database, slack, warnings }: StatusView): string {
  if (!database.ok || !slack.ok) return '❌ Not healthy';
  return warnings.length > 0 ? '⚠️ Healthy, with warnings' : '✅ Healthy';
}

function warningSection({ says }: Warning) {
  const [first = '', ...lines] = says.split('\n');
  return section([`⚠️ *Warning* · ${safe(first, 300)}`, lines.length > 0 && pre(lines.join('\n'), 1_000)]);
}

/** Those that are not asked at the moment, with the reason; the others are counted. */
function connectionsInWords({ connections, now }: Pick<StatusView, 'connections' | 'now'>): string {
  if (connections.length === 0) return 'none was used yet';
  const broken = connections.filter(({ state }) => state !== 'closed');
  const well = connections.length - broken.length;
  const lines = broken.map(
    ({ service, connection, since, why }) =>
      `❌ Failing: ${safe(connection, 64)} of ${safe(service, 64)}${since ? ` since ${moment(since, now)}` : ''}: ${safe(why ?? '', 200)}`,
  );
  return joinWithin([...(well > 0 ? [`✅ Healthy: ${formatFigure(well, '')}`.trim()] : []), ...lines], 1_500);
}

function part({ ok, says }: { ok: boolean; says: string }): string {
  return `${ok ? '✅ Healthy' : '❌ Failing'}: ${safe(says)}`;
}

/** A plain answer as an ephemeral message: escaped, and cut when too long; `code` keeps its columns. */
export function answerMessage(says: string, code?: string): Message {
  const lines = says.split('\n').map((line) => safe(line, 1_000));
  const text = joinWithin(lines, 2_900).trim() || 'Done.';
  return message(lines.find(Boolean) ?? 'Done.', [section([text]), code ? section([pre(code)]) : null]);
}

/** Plain text for `Answer.says`. */
export function unknownAction(runbook: string, asked: string, names: readonly string[]): string {
  if (names.length === 0) return `The runbook ${runbook} has no actions: it only diagnoses.`;
  const near = nearest(asked, names);
  const hint =
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `There are: ${names.slice(0, 12).join(', ')}.`;
  return `The runbook ${runbook} has no action "${asked.slice(0, 60)}". ${hint}`;
}

/** Plain text for `Answer.says`: every problem on a line of its own. */
export function badParameters(problems: readonly string[]): string {
  const [first = 'The parameters are not understood.'] = problems;
  return problems.length < 2
    ? first
    : ['Nothing was run:', ...problems.map((problem) => `• ${problem}`)].join('\n');
}
