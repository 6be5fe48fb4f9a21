import type {
  InputBlock,
  KnownBlock,
  ModalView,
  Option,
  OptionGroup,
  PlainTextOption,
  RadioButtons,
  StaticSelect,
} from '@slack/types';
import type { Catalogue, Runbook, RunbookAction, Service } from '../catalogue/catalogue.ts';
import { nearest } from '../catalogue/nearest.ts';
import type { Refused } from '../catalogue/needs.ts';
import { needsApproval } from '../catalogue/policy.ts';
import { gaps } from '../catalogue/titles.ts';
import { context, plain, section } from './blocks.ts';
import { mildestFirst } from './buttons.ts';
import { ACTION_ID, actionBlock, parameterInput } from './dialog-inputs.ts';
import { BLOCKS, DIALOGS } from './ids.ts';
import { CHANGED, dialog, reasonInput, SUBMIT } from './modal.ts';
import { riskInWords } from './signs.ts';
import { safe } from './text.ts';

export interface DialogState {
  /** `private_metadata`: the caller's own ids (channel, origin), at most 3,000 characters. */
  metadata: string;
  /** Chosen so far; null at first. */
  runbook: Runbook | null;
  /** Why an alert gave no value to these of its parameters: a person says them. */
  refused?: Refused;
}

export interface RemediateState extends DialogState {
  /** The chosen action's name. */
  action?: string | null;
  /** Of the runbook's service. */
  policies: Service['policies'];
  /** Whoever asks was shown another version of it. */
  changed?: boolean;
}

const OPTIONS = 100;

/** Choose a runbook by typing, then its parameters. Made anew when another runbook is chosen. */
export function diagnoseDialog(state: DialogState): ModalView {
  return lookingDialog(state, { callback: DIALOGS.diagnose, title: 'Diagnose', submit: 'Diagnose' });
}

/** The same, for its charts. */
export function snapshotDialog(state: DialogState): ModalView {
  return lookingDialog(state, { callback: DIALOGS.snapshot, title: 'Snapshot', submit: 'Draw it' });
}

function lookingDialog(
  { metadata, runbook, refused }: DialogState,
  named: { callback: string; title: string; submit: string },
): ModalView {
  const blocks = [
    runbookInput(runbook),
    ...(runbook ? aboutRunbook(runbook) : []),
    ...parameters(runbook, refused),
  ];
  return dialog({ ...named, metadata, blocks });
}

/** The same, then one of its actions with what each risks. Made anew when a runbook or an action is chosen. */
export function remediateDialog({
  metadata,
  runbook,
  policies,
  action = null,
  changed = false,
}: RemediateState): ModalView {
  const chosen = runbook?.actions.find((one) => one.name === action) ?? null;
  const waits = chosen !== null && needsApproval({ policies }, chosen);
  const submit = waits ? SUBMIT.request : chosen ? SUBMIT.start : 'Go on';
  const blocks = [
    changed ? section([CHANGED]) : null,
    runbookInput(runbook),
    ...(runbook ? aboutRunbook(runbook) : []),
    runbook ? actionInput(runbook, chosen, policies) : null,
    ...parameters(runbook),
    runbook && runbook.actions.length > 0
      ? reasonInput('Why is it needed?', 'Needed where somebody has to approve it, who reads this.', !waits)
      : null,
  ];
  return dialog({ callback: DIALOGS.remediate, metadata, title: 'Remediate', submit, blocks });
}

/** Answer of the type-ahead: runbooks that match what was typed, by service. */
export function runbookOptions(
  catalogue: Catalogue,
  typed: string,
): { option_groups: OptionGroup[] } | { options: Option[] } {
  let room = OPTIONS;
  const groups = [...catalogue.services.values()].flatMap((service): OptionGroup[] => {
    const options = matching(service, typed).slice(0, room).map(runbookOption);
    room -= options.length;
    return options.length > 0 ? [{ label: plain(service.title, 75), options }] : [];
  });
  return groups.length > 0 ? { option_groups: groups.slice(0, OPTIONS) } : { options: [] };
}

function matching(service: Service, typed: string): Runbook[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...service.runbooks.values()];
  const found = all.filter((runbook) => {
    const text =
      `${service.name}/${runbook.name} ${service.title} ${runbook.title} ${runbook.symptoms}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (found.length > 0) return found;
  const near = nearest(
    typed,
    all.map(({ name }) => name),
  );
  return all.filter(({ name }) => near.includes(name));
}

/** How a runbook stands in a list to choose from. */
export function runbookOption(runbook: Runbook): PlainTextOption {
  return { text: plain(runbook.title, 75), value: `${runbook.service}/${runbook.name}` };
}

function runbookInput(runbook: Runbook | null): InputBlock {
  return {
    type: 'input',
    block_id: BLOCKS.runbook,
    dispatch_action: true,
    label: plain('What is wrong?', 75),
    hint: plain('Type a part of a runbook’s name, title or symptoms.', 150),
    element: {
      type: 'external_select',
      action_id: BLOCKS.runbook,
      min_query_length: 0,
      placeholder: plain('Choose a runbook', 75),
      ...(runbook ? { initial_option: runbookOption(runbook) } : {}),
    },
  };
}

function aboutRunbook(runbook: Runbook): (KnownBlock | null)[] {
  return [context([`*${safe(runbook.service, 64)}*`, safe(runbook.symptoms, 600)])];
}

function parameters(runbook: Runbook | null, refused: Refused = {}): KnownBlock[] {
  return runbook
    ? Object.entries(runbook.parameters).map(([name, one]) =>
        parameterInput(runbook, name, one, Object.hasOwn(refused, name) ? refused[name] : undefined),
      )
    : [];
}

function actionInput(
  runbook: Runbook,
  chosen: RunbookAction | null,
  policies: Service['policies'],
): KnownBlock | null {
  const actionOption = (action: RunbookAction) => optionFor(action, needsApproval({ policies }, action));
  if (runbook.actions.length === 0) return section(['This runbook has no actions: it only diagnoses.']);
  const options = mildestFirst(runbook.actions).slice(0, OPTIONS).map(actionOption);
  const initial = chosen ? { initial_option: actionOption(chosen) } : {};
  const element: RadioButtons | StaticSelect =
    options.length <= 10
      ? { type: 'radio_buttons', action_id: ACTION_ID, options, ...initial }
      : {
          type: 'static_select',
          action_id: ACTION_ID,
          options: options as StaticSelect['options'],
          ...(initial as object),
        };
  return {
    type: 'input',
    block_id: actionBlock(runbook),
    dispatch_action: true,
    label: plain('What shall be done?', 75),
    element,
  };
}

function optionFor({ name, title, risk }: RunbookAction, waits: boolean) {
  const text = plain(gaps(title), 75);
  return { text, value: name, description: plain(riskInWords(risk, waits), 75) };
}
