import type { KnownBlock, ModalView } from '@slack/types';
import type { Runbook } from '../catalogue/catalogue.ts';
import type { Risk } from '../catalogue/schema.ts';
import type { Parameters } from '../steps/step-kind.ts';
import { fields, section } from './blocks.ts';
import { criteriaInWords } from './criteria.ts';
import { parameterInput } from './dialog-inputs.ts';
import { formatFigure } from './figures.ts';
import { DIALOGS } from './ids.ts';
import { CHANGED, dialog, reasonInput, SUBMIT } from './modal.ts';
import { riskInWords } from './signs.ts';
import type { ApprovalView } from './states.ts';
import { label, pre, safe, time } from './text.ts';
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
    ...(view.dryRun ?? [])
      .slice(0, OUTPUTS)
      .map(({ label, text }) =>
        section([`*Dry run, other than when it was asked for* · ${safe(label, 80)}`, pre(text, DRY_RUN)]),
      ),
    fields([
      ['Undo', undoInWords(view.undo)],
      ['Expires', `${time(view.expiresAt, 'time')} (${time(view.expiresAt, 'ago')})`],
    ]),
    section(criteriaInWords(view.criteria, view.now)),
    section([
      'Made anew just now. Your approval counts for exactly this, and it starts once no approval is missing.',
    ]),
  ];
  return dialog({ ...base, submit: 'Approve', blocks });
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
}

/** Before something happens: asks why when somebody has to approve it, and otherwise whether it shall. Says what comes next. */
export function askDialog(view: AskView): ModalView {
  const { action } = view;
  const waits = view.approval !== null;
  const blocks = [
    view.changed ? section([CHANGED]) : null,
    section([
      `*${safe(action.title, 120)}* · ${safe(view.service, 64)} · ${safe(view.runbook.title, 120)}`,
      action.about ? safe(action.about, 600) : '',
      parametersInWords(view.parameters),
    ]),
    section([
      `*Risk*  ${riskInWords(action.risk, waits)}`,
      action.undo ? `*Undo*  ${undoInWords(action.undo)}` : '',
      whatNext(view),
    ]),
    ...view.lacking.map((one) => lackingInput(view, one)),
    waits ? reasonInput('Why is it needed?', 'The approver reads this, and it stays in the record.') : null,
  ];
  const submit = waits ? SUBMIT.request : SUBMIT.start;
  return dialog({
    callback: DIALOGS.ask,
    metadata: view.metadata,
    title: label(action.title, 24),
    submit,
    blocks,
  });
}

function lackingInput({ runbook }: AskView, { name, why }: AskView['lacking'][number]): KnownBlock | null {
  const parameter = runbook.parameters[name];
  return parameter ? parameterInput(runbook, name, parameter, why ?? 'nothing was said') : null;
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
