import { withoutVote } from './approval.ts';
import { actions, context, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import {
  alertEnded,
  askedBy,
  differences,
  firstLine,
  headline,
  lookedAt,
  missing,
  outcome,
  roles,
  whatRuns,
} from './request-words.ts';
import type { PlanView } from './states.ts';
import { channelName, messageLink, safe } from './text.ts';

/**
 * What the thread says of a request that stands where its approvers are: what is asked, how it stands, and the way
 * there. Rewritten with every change as the request itself is; it calls nobody, and the vote is left to the request. Where
 * that stands in the same thread after all, the rest is said there.
 */
export function noticeMessage(view: PlanView): Message {
  if (view.place.closed) return message(firstLine(view), [section([headline(view), where(view)])]);
  const waiting = view.state === 'waiting';
  return message(firstLine(view), [
    section([
      headline(view),
      askedBy(view),
      waiting ? `${where(view)} ${missing(view)}` : outcome(view),
      ...alertEnded(view),
      ...(waiting ? lookedAt(view) : [where(view)]),
      ...differences(view),
    ]),
    section(whatRuns(view)),
    waiting ? actions(withoutVote(view)) : null,
    context([`plan ${safe(view.digest.slice(0, 8), 60)}…`]),
  ]);
}

function where(view: PlanView): string {
  const { key, channel, closed } = view.place;
  const request = `${messageLink(key, 'The request')} stands`;
  const there = channelName(channel ?? '');
  if (closed) return `${request} here, since Guardia cannot write in ${there}.`;
  const who = view.state === 'waiting' ? `, where ${roles(view) || 'the approver group'} decides` : '';
  return `${request} in ${there}${who}.`;
}
