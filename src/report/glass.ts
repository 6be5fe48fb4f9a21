import type { ModalView } from '@slack/types';
import type { Person } from '../approval/person.ts';
import { actions, context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { ACTIONS, DIALOGS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { dialog, reasonInput } from './modal.ts';
import type { Named } from './states.ts';
import { asWritten, group, mention, moment, safe } from './text.ts';

export interface GlassView {
  id: string;
  digest: string;
  title: string;
  what: string;
  amount: string | null;
  service: Named;
  requester: Person;
  review: {
    by: Person;
    at: string;
    reason: string;
    signed: { by: Person; at: string; note: string } | null;
  };
  approverGroups: readonly { title: string; group: string }[];
  /** Whether it calls the approver groups; the same in another channel only names them. */
  calls: boolean;
  now: string;
}

/** Somebody broke the glass: who, why, and what ran; until a second person has signed that they looked at it. */
export function glassMessage(view: GlassView): Message {
  const { review, now } = view;
  const where = [safe(view.title, 120), safe(view.service.name, 64)];
  const sign = review.signed ? '☑️ Reviewed' : '🚨 Glass broken';
  return message([sign, ...where].join(' · '), [
    section([
      `${sign.replace(/ (.*)/, ' *$1*')} · *${where[0]}* · ${where[1]}`,
      `${mention(review.by)} ran it without a second person’s approval at ${moment(review.at, now)}: “${safe(review.reason, 600)}”`,
      review.signed ? '' : `${whom(view)}: somebody who had no part in it has to look at it and sign.`,
    ]),
    section([
      `*What ran*  ${asWritten(view.what, 600)}`,
      view.amount ? `*How much*  ${safe(view.amount, 300)}` : '',
    ]),
    section([signedBy(view)]),
    review.signed
      ? null
      : actions([button(ACTIONS.review, 'Sign the review', planRef(view.id, view.digest))]),
    context([`plan ${safe(view.digest.slice(0, 8), 60)}…`, `asked for by ${mention(view.requester)}`]),
  ]);
}

function whom({ approverGroups, calls }: GlassView): string {
  const some = approverGroups.slice(0, 5);
  const named = some.map((each) => (calls ? group(each.group) : safe(each.title, 70)));
  return named.join(calls ? ' ' : ' or ') || 'Approvers';
}

function signedBy({ review: { signed }, now }: GlassView): string {
  if (!signed) return '';
  return `*Review*  signed by ${mention(signed.by)} at ${moment(signed.at, now)}: “${safe(signed.note, 600)}”`;
}

/** Says what it means before it asks why. */
export function glassDialog(metadata: string, title: string | null): ModalView {
  const blocks = [
    section([
      title ? `*${safe(title, 120)}*` : '',
      'It starts at once, without a second person’s approval. The approvers and the audit channel hear of it now, with your name and your reason. Somebody else has to review it afterwards.',
    ]),
    reasonInput('Why can it not wait for an approval?', 'Everybody reads this, and it stays in the record.'),
  ];
  return dialog({
    ...{ callback: DIALOGS.glass, metadata, blocks },
    ...{ title: 'Break the glass', submit: 'Run it now' },
  });
}

export function reviewDialog(metadata: string, title: string | null): ModalView {
  const blocks = [
    section([
      title ? `*${safe(title, 120)}*` : '',
      'Sign once you have looked at what ran, why, and what came of it: the thread and the record show both.',
    ]),
    reasonInput('What did you find?', 'It stays in the record, beside your name.'),
  ];
  return dialog({
    ...{ callback: DIALOGS.review, metadata, blocks },
    ...{ title: 'Sign the review', submit: 'Sign' },
  });
}
