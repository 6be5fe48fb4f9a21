import type { KnownBlock, ModalView } from '@slack/types';
import type { Runbook } from '../catalogue/catalogue.ts';
import type { Risk } from '../catalogue/schema.ts';
import type { Parameters } from '../steps/step-kind.ts';
import { fields, section } from './blocks.ts';
import type { ChangedOutput } from './changed-lines.ts';
import { criteriaInWords } from './criteria.ts';
import { parameterInput } from './dialog-inputs.ts';
import { formatFigure } from './figures.ts';
import { DIALOGS } from './ids.ts';
import { CHANGED, dialog, reasonInput, SUBMIT } from './modal.ts';
import { bold, riskInWords, STATUS } from './signs.ts';
import type { ApprovalView, LateLook } from './states.ts';
import { label, moment, pre, safe, time } from './text.ts';
import { wholeBlocks } from './whole.ts';
import { parametersInWords, undoInWords } from './words.ts';

const OUTPUTS = 4;
const DRY_RUN = 2_000;

/** Opened before the plan is made anew: a trigger lives three seconds. */
export function approvalWaiting(ref: string): ModalView {
  const blocks = [section(['⏳ Looking again at what would run, so that you decide on what is true now.'])];
  return dialog({ callback: DIALOGS.approve, metadata: ref, title: 'Approve', close: 'Close', blocks });
}

/**
 * `ref` is `planRef(plan, digest)`. Repeats the lines that matter. A view that is not ok becomes a dialog that says
 * why and has nothing to submit.
 */
export function approvalDialog(ref: string, view: ApprovalView): ModalView {
  const base = { callback: DIALOGS.approve, metadata: ref, title: 'Approve' };
  if (!view.ok) return dialog({ ...base, close: 'Close', blocks: [section([safe(view.says, 2_000)])] });
  const blocks = [
    section([`*${safe(view.title, 120)}*`]),
    ...wholeBlocks(view),
    ...(view.dryRun ?? []).slice(0, OUTPUTS).map(changedBlock),
    fields([
      ['Undo', undoInWords(view.undo)],
      ['Expires', `${time(view.expiresAt, 'time')} (${time(view.expiresAt, 'ago')})`],
    ]),
    section(criteriaInWords(view.criteria, view.now)),
    section(view.late ? seenJustNow(view.late) : []),
    section([
      'Made anew just now. Your approval counts for exactly this, and it starts once no approval is missing.',
    ]),
  ];
  return dialog({ ...base, submit: 'Approve', blocks });
}

/** Only what differs, each line with its sign. */
function changedBlock({ label, lines, same }: ChangedOutput) {
  const text = lines.map((line) => `${line.is === 'new' ? '+' : '-'} ${line.text}`).join('\n');
  return section([
    `*Dry run, what differs from when it was asked for* · ${safe(label, 80)}`,
    pre(text, DRY_RUN),
    same > 0 ? `${formatFigure(same, 'lines')} ${same === 1 ? 'is' : 'are'} the same.` : '',
  ]);
}

export function denyDialog(ref: string, title: string | null): ModalView {
  const blocks = [
    section([title ? `*${safe(title, 120)}*` : '', 'A denial ends the request at once. Nothing runs.']),
    reasonInput('Why not?', 'Whoever asked reads this, and it stays in the record.'),
  ];
  return dialog({ callback: DIALOGS.deny, metadata: ref, title: 'Deny', submit: 'Deny', blocks });
}

export interface AskView {
  /** `private_metadata`: the caller's own ids, at most 3,000 characters. */
  metadata: string;
  /** Whoever asks was shown another version of it. */
  changed: boolean;
  service: string;
  runbook: Pick<Runbook, 'service' | 'name' | 'title' | 'parameters'>;
  action: { title: string; risk: Risk; about?: string; undo?: string };
  parameters: Parameters;
  /** Parameters that have no value yet, and why an alert gave them none. */
  lacking: readonly { name: string; why?: string }[];
  /** Titles of the roles that may approve, and how many of their members must; null when nobody is asked. */
  approval: { by: readonly string[]; votes: number } | null;
  /** What was seen just now, where its button was used late. */
  late?: LateLook | undefined;
}

/** Before something happens: asks why when somebody has to approve it, and otherwise whether it shall. Says what comes next. */
export function askDialog(view: AskView): ModalView {
  const { action } = view;
  const waits = view.approval !== null;
  const late = view.late?.needsReason ?? false;
  const blocks = [
    view.changed ? section([CHANGED]) : null,
    section([
      `*${safe(action.title, 120)}* · ${safe(view.service, 64)} · ${safe(view.runbook.title, 120)}`,
      action.about ? safe(action.about, 600) : '',
      parametersInWords(view.parameters),
    ]),
    section(view.late ? [...seenJustNow(view.late), ...allTheSame(view)] : []),
    section([
      `*Risk*  ${riskInWords(action.risk, waits)}`,
      action.undo ? `*Undo*  ${undoInWords(action.undo)}` : '',
      whatNext(view),
    ]),
    ...view.lacking.map((one) => lackingInput(view, one)),
    waits || late ? reasonInput(late ? 'Why all the same?' : 'Why is it needed?', READ_BY[`${waits}`]) : null,
  ];
  return dialog({
    callback: DIALOGS.ask,
    metadata: view.metadata,
    title: label(action.title, 24),
    submit: submitText(waits, late),
    blocks,
  });
}

function lackingInput({ runbook }: AskView, { name, why }: AskView['lacking'][number]): KnownBlock | null {
  const parameter = runbook.parameters[name];
  return parameter ? parameterInput(runbook, name, parameter, why ?? 'nothing was said') : null;
}

const READ_BY = {
  true: 'The approver reads this, and it stays in the record.',
  false: 'The thread shows this, and it stays in the record.',
};

/** What the button of the question says: what it says is what happens. */
export function submitText(waits: boolean, late: boolean): string {
  if (late) return waits ? SUBMIT.requestAllTheSame : SUBMIT.startAllTheSame;
  return waits ? SUBMIT.request : SUBMIT.start;
}

/** Opened before the checks have answered: a trigger lives three seconds. */
export function lateWaiting(title: string): ModalView {
  const blocks = [section(['⏳ Looking again, since this button is older than what it was for.'])];
  return dialog({
    callback: DIALOGS.ask,
    metadata: '',
    title: label(title, 24),
    close: 'Close',
    blocks,
  });
}

const CHECKS = 10;

function allTheSame({ action, late }: AskView): string[] {
  return late?.needsReason ? [`*${safe(action.title, 120)} all the same?*`] : [];
}

function seenJustNow(late: LateLook): string[] {
  const lines = late.checks
    .slice(0, CHECKS)
    .map(({ title, status, says }) => `${bold(STATUS[status])} · ${safe(title, 90)}: ${safe(says, 240)}`);
  return [
    ...(late.endedAt ? [`🟢 The alert has ended at ${moment(late.endedAt, late.at)}.`] : []),
    ...(lines.length > 0 ? ['*Looked again just now*', ...lines] : []),
  ];
}

function whatNext({ approval }: AskView): string {
  if (approval === null) return '*Next*  It starts at once, and the thread shows how far it is.';
  const who = approval.by
    .slice(0, 5)
    .map((title) => safe(title, 70))
    .join(' or ');
  const votes = formatFigure(approval.votes, 'approvals');
  return `*Next*  Guardia shows exactly what would run and asks ${who || 'the approvers'} for ${votes}. Nothing runs before.`;
}
