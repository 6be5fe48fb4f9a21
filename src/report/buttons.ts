import type { Button, ConfirmationDialog } from '@slack/types';
import { plain } from './blocks.ts';
import { ACTIONS, startRef } from './ids.ts';
import { RISKS } from './signs.ts';
import type { OfferedAction } from './states.ts';
import { label } from './text.ts';

/** More than five suggestions is a menu, not an answer. */
const OFFERED = 5;

interface ButtonOptions {
  style?: 'primary' | 'danger';
  confirm?: ConfirmationDialog;
  /** What a screen reader says, where the text alone does not tell what it is for. */
  reads?: string;
}

/** A button that carries an id; null when its ids do not fit, which no id of ours does. */
export function button(id: string, text: string, value: string, options: ButtonOptions = {}): Button | null {
  if (id.length > 255 || value.length > 2_000) return null;
  const { style, confirm, reads } = options;
  return {
    type: 'button',
    action_id: id,
    text: plain(text, 75),
    value,
    ...(style ? { style } : {}),
    ...(confirm ? { confirm } : {}),
    ...(reads ? { accessibility_label: label(reads, 75) } : {}),
  };
}

/**
 * Actions that fit, mildest first, then the tools that help with any of them. What is destructive never comes first:
 * where nothing milder fits, `Diagnose` stands before it.
 */
export function remedyButtons(
  offered: readonly OfferedAction[],
  ref: string,
  tools: readonly (Button | null)[],
): (Button | null)[] {
  const diagnose = button(ACTIONS.diagnose, 'Diagnose', ref);
  const fitting = mildestFirst(offered).slice(0, OFFERED);
  const mild = fitting.filter((action) => action.risk !== 'destructive');
  const destructive = fitting.filter((action) => action.risk === 'destructive');
  const rest = destructive.map((action) => remedyButton(action, ref, false));
  if (mild.length === 0) return [diagnose, ...rest, ...tools];
  return [
    ...mild.map((action, index) => remedyButton(action, ref, index === 0)),
    ...rest,
    diagnose,
    ...tools,
  ];
}

export function mildestFirst<T extends { risk: OfferedAction['risk'] }>(offered: readonly T[]): T[] {
  return [...offered].sort((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk));
}

function remedyButton(action: OfferedAction, ref: string, first: boolean): Button | null {
  const id = `${ACTIONS.remediate}:${action.name}`;
  const value = startRef(ref, action.version);
  if (action.risk === 'destructive') return button(id, action.title, value, { style: 'danger' });
  return button(id, action.title, value, {
    ...(first ? { style: 'primary' } : {}),
    ...(action.risk === 'disruptive' && !action.needsApproval ? { confirm: confirmation(action) } : {}),
  });
}

/** Takes back what has run; never alone in front when it is destructive itself. */
export function undoButtons(undo: OfferedAction | null, ref: string): (Button | null)[] {
  if (undo === null) return [];
  return remedyButtons([], ref, [remedyButton({ ...undo, title: `Undo: ${undo.title}` }, ref, false)]);
}

function confirmation(action: OfferedAction): ConfirmationDialog {
  const about = action.about ? ` ${label(action.about, 150)}` : '';
  return {
    title: plain(action.title, 100),
    text: plain(`It starts at once, and users may notice.${about}`, 300),
    confirm: plain('Start it', 30),
    deny: plain('Not now', 30),
  };
}
