import { actions, context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { headline } from './request-words.ts';
import { PLAN, signed } from './signs.ts';
import type { PlanView } from './states.ts';
import { asWritten, channelName, mention, messageLink, plainMoment, safe } from './text.ts';
import { undoInWords } from './words.ts';

/**
 * To one person who may approve, directly: the request in short, with its buttons and the way to it; once it has ended,
 * one line.
 */
export function callMessage(view: PlanView): Message {
  const { plan, now } = view;
  const what = [safe(plan.title, 120), safe(plan.service, 64)];
  if (view.state !== 'waiting') {
    const ended = [signed(PLAN[view.state]), ...what].join(' · ');
    return message(ended, [section([ended])]);
  }
  const ref = planRef(view.id, view.digest);
  return message(
    ['🔶 Your approval is asked for', ...what, `expires ${plainMoment(view.expiresAt, now)}`].join(' · '),
    [
      section([
        headline(view),
        `Asked by ${mention(plan.requester)} in ${channelName(view.place.askedIn)}: “${safe(plan.reason, 500) || 'no reason given'}”`,
      ]),
      section([
        `*What runs*  ${asWritten(plan.preview.what, 600) || safe(plan.title, 120)}`,
        `*How much*  ${plan.preview.amount ? safe(plan.preview.amount, 300) : 'nothing that can be counted'}`,
        `*Undo*  ${undoInWords(plan.undo)}`,
      ]),
      actions([
        button(ACTIONS.approve, 'Approve', ref),
        button(ACTIONS.deny, 'Deny', ref),
        view.claimedBy.length > 0 ? null : button(ACTIONS.claim, 'Claim', ref),
      ]),
      context([
        view.claimedBy.length > 0 && `👀 ${view.claimedBy.map(mention).join(' ')} is looking at it`,
        `plan ${safe(view.digest.slice(0, 8), 60)}…`,
        `${messageLink(view.place.key, 'the request')} has the dry run`,
      ]),
    ],
  );
}

/** Once, before it expires, to whoever has not voted. */
export function reminderMessage(view: PlanView): Message {
  const { plan, now } = view;
  const left = `expires ${plainMoment(view.expiresAt, now)}`;
  const first = ['⏰ Still waiting for an approval', safe(plan.title, 120), safe(plan.service, 64), left];
  if (view.state !== 'waiting') return callMessage(view);
  return message(first.join(' · '), [
    section([
      `⏰ *Still waiting for an approval* · ${headline(view).replace(/^[^·]*· /, '')}`,
      `Nothing runs without it; ${mention(plan.requester)} asked. ${messageLink(view.place.key, 'See the request')}`,
    ]),
    actions([
      button(ACTIONS.approve, 'Approve', planRef(view.id, view.digest)),
      button(ACTIONS.deny, 'Deny', planRef(view.id, view.digest)),
    ]),
  ]);
}
