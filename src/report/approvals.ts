import type { KnownBlock } from '@slack/types';
import type { Person } from '../approval/person.ts';
import type { PlanState } from '../plan/plan.ts';
import { atMost, context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatFigure } from './figures.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { PLAN } from './signs.ts';
import { link, mention, moment, safe, time } from './text.ts';

export interface ListedPlan {
  id: string;
  digest: string;
  title: string;
  service: string;
  state: PlanState;
  requester: Person;
  madeAt: string;
  expiresAt: string;
  endedAt: string | null;
  /** Permalink of its message. */
  link: string | null;
}

/** What ran without an approval, and waits for somebody who signs that they looked at it. */
export interface ListedReview extends ListedPlan {
  by: Person;
  at: string;
}

export interface Approvals {
  waitingForMe: readonly ListedPlan[];
  /** More of them wait than were looked at. */
  more?: true;
  /** Those that this person may sign. */
  reviews: readonly ListedReview[];
  mine: readonly ListedPlan[];
  decided: readonly ListedPlan[];
  now: string;
}

const SHOWN = 8;

/** `/approvals`: the same as the home tab has, for whoever asks. */
export function approvalsMessage(state: Approvals): Message {
  const { now, waitingForMe, more, reviews, mine, decided } = state;
  const waits = `${more ? 'At least ' : ''}${formatFigure(waitingForMe.length, 'requests')}`;
  const first = `${waits} ${waitingForMe.length === 1 ? 'waits' : 'wait'} for your approval`;
  const blocks = [
    section([`*${first}*`]),
    ...shown(waitingForMe, (plan) => waitingBlock(plan, now)),
    ...(reviews.length > 0 ? [section([`*Reviews to sign (${reviews.length})*`])] : []),
    ...shown(reviews, (review) => reviewBlock(review, now)),
    ...inLines('What you asked for', mine, now),
    ...inLines('Decided lately', decided, now),
  ];
  return message(first, atMost(blocks, 50));
}

function shown<T>(items: readonly T[], show: (item: T) => KnownBlock | null): (KnownBlock | null)[] {
  const more = items.length - SHOWN;
  return [...items.slice(0, SHOWN).map(show), more > 0 ? context([`and ${formatFigure(more)} more`]) : null];
}

function inLines(title: string, plans: readonly ListedPlan[], now: string): (KnownBlock | null)[] {
  if (plans.length === 0) return [section([`*${title}*  nothing yet`])];
  return [section([`*${title}*`, ...plans.slice(0, SHOWN).map((plan) => planLine(plan, now))])];
}

/** The request itself shows more than fits here, so its button stands here only where no link leads to it. */
export function waitingBlock(plan: ListedPlan, now: string): KnownBlock | null {
  const expires = `expires ${moment(plan.expiresAt, now)} (${time(plan.expiresAt, 'ago')})`;
  const lines = [
    `${PLAN.waiting.sign} ${titled(plan)} · ${safe(plan.service, 64)} · ${expires}`,
    `asked by ${mention(plan.requester)}${plan.link ? '' : ' · open it to see exactly what would run'}`,
  ];
  return section(lines, plan.link ? null : button(ACTIONS.approve, 'Approve', planRef(plan.id, plan.digest)));
}

export function reviewBlock(review: ListedReview, now: string): KnownBlock | null {
  const { id, digest, service, by, at } = review;
  return section(
    [`🚨 ${titled(review)} · ${safe(service, 64)} · glass broken by ${mention(by)} at ${moment(at, now)}`],
    button(ACTIONS.review, 'Sign the review', planRef(id, digest)),
  );
}

/** `✅ Done · *Purge the queue celery* · denis · 03:27 UTC` */
export function planLine(plan: ListedPlan, now: string): string {
  const { sign, word } = PLAN[plan.state];
  const when = plan.endedAt ? moment(plan.endedAt, now) : `asked at ${moment(plan.madeAt, now)}`;
  return `${sign} ${word} · ${titled(plan)} · ${safe(plan.service, 64)} · ${when}`;
}

export function titled({ title, link: url }: { title: string; link: string | null }): string {
  return `*${url ? link(url, title) : safe(title, 120)}*`;
}
