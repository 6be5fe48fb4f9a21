import type { Button, ModalView } from '@slack/types';
import { actions, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import type { HandView } from './hand-states.ts';
import { ACTIONS, DIALOGS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { dialog, reasonInput } from './modal.ts';
import { bold, type Sign, signed } from './signs.ts';
import { group, mention, moment, plainMoment, safe, time } from './text.ts';

export const HAND: Sign = { sign: '✋', word: 'Waiting for a person' };
const DOES = 520;

/** A step that is done by hand: calls whose work it is when it is posted, and nobody by a later edit. */
export function handMessage(view: HandView): Message {
  const { plan, step, of, ended } = view;
  const where = [safe(plan.title, 120), safe(plan.service, 64), `step ${step + 1} of ${of}`];
  const until = ended ? [] : [`until ${plainMoment(view.until, view.now)}`];
  return message([signed(signOf(view)), ...where, ...until].join(' · '), [
    section(ended ? [outcome(view)] : [called(view), `> ${safe(view.does, DOES)}`]),
    ended ? null : actions(handButtons(view)),
  ]);
}

function signOf({ ended }: HandView): Sign {
  if (!ended) return HAND;
  return ended.ok ? { sign: '☑️', word: 'Done by hand' } : { sign: '❌', word: 'Not done' };
}

function called(view: HandView): string {
  const until = `until ${moment(view.until, view.now)} (${time(view.until, 'ago')})`;
  return `${HAND.sign} ${whom(view)} ${stepOf(view)}, and say when it is done. The run waits ${until}.`;
}

function stepOf({ plan, step, of }: HandView): string {
  return `step ${step + 1} of ${of} of *${safe(plan.title, 120)}*`;
}

/** Whoever asked has to find somebody where the runbook names nobody, or somebody outside Slack. */
function whom({ role, plan }: HandView): string {
  if (role?.group) return `${group(role.group)}: please do`;
  const asker = mention(plan.requester);
  if (!role) return `${asker}: please do`;
  const reach = role.reach ? ` (${safe(role.reach, 300)})` : '';
  return `${asker}: please have ${safe(role.title, 70)}${reach} do`;
}

/** One line: the progress tells the rest. */
function outcome(view: HandView): string {
  const { ended, now } = view;
  if (!ended) return '';
  const who = ended.by ? ` · ${mention(ended.by)} at ${moment(ended.at, now)}` : '';
  const why = ended.ok ? '' : `: ${safe(ended.says, 600) || 'The run has ended.'}`;
  return `${bold(signOf(view))} · ${stepOf(view)}${why}${who}`;
}

/** The two words that a run waits for. */
export function handButtons({
  id,
  digest,
  step,
}: Pick<HandView, 'id' | 'digest' | 'step'>): (Button | null)[] {
  const ref = planRef(id, digest);
  return [
    button(`${ACTIONS.handDone}:${step}`, 'It is done', ref),
    button(`${ACTIONS.handCannot}:${step}`, 'It cannot be done', ref),
  ];
}

/** Asks why a step cannot be done. `what` is the step in its own words. */
export function cannotDialog(metadata: string, what: string | null): ModalView {
  const blocks = [
    section([what ? `*${safe(what, DOES)}*` : '', 'The run ends here: nothing after this step runs.']),
    reasonInput('Why can it not be done?', 'Whoever asked reads this, and it stays in the record.'),
  ];
  return dialog({
    callback: DIALOGS.cannot,
    metadata,
    title: 'It cannot be done',
    submit: 'End the run',
    blocks,
  });
}
