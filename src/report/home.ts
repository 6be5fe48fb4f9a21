import type { HomeView, KnownBlock } from '@slack/types';
import type { Person } from '../approval/person.ts';
import type { PlanState } from '../plan/plan.ts';
import { atMost, context, plain, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatFigure } from './figures.ts';
import { ACTIONS, planRef } from './ids.ts';
import { PLAN } from './signs.ts';
import type { Named } from './states.ts';
import { code, joinWithin, link, mention, moment, safe, time } from './text.ts';
import { spanInWords } from './words.ts';

export interface HomePlan {
  id: string;
  digest: string;
  title: string;
  service: string;
  state: PlanState;
  requester: Person;
  madeAt: string;
  expiresAt: string;
  /** Permalink of its message. */
  link: string | null;
}

interface HomeAlert {
  title: string;
  service: string;
  status: 'firing' | 'resolved';
  severity: string;
  startsAt: string;
  resolvedAt: string | null;
  link: string | null;
}

/** What ran without an approval, and waits for somebody who signs that they looked at it. */
export interface HomeReview {
  id: string;
  digest: string;
  title: string;
  service: string;
  by: Person;
  at: string;
}

export interface HomeState {
  person: Person;
  waitingForMe: readonly HomePlan[];
  /** Those that this person may sign. */
  reviews: readonly HomeReview[];
  mine: readonly HomePlan[];
  alerts: readonly HomeAlert[];
  services: readonly (Named & { about: string; runbooks: readonly Named[] })[];
  now: string;
}

const SHOWN = 12;
const RUNBOOKS = 20;

/** What waits for this person first, then what they asked for, what fires, and what there is to run. */
export function homeView(state: HomeState): HomeView {
  const { now } = state;
  const blocks = [
    heading(`Waiting for your approval (${state.waitingForMe.length})`),
    ...listed(state.waitingForMe, (plan) => waiting(plan, now), 'Nothing waits for you.'),
    ...reviews(state),
    heading('What you asked for'),
    ...listed(state.mine, (plan) => section([mine(plan, now)]), 'Nothing yet.'),
    heading('Alerts'),
    ...listed(state.alerts, (alert) => section([alertLine(alert, now)]), 'Nothing has fired here lately.'),
    heading('Runbooks'),
    ...listed(state.services, service, 'The catalogue is empty.'),
  ];
  return { type: 'home', blocks: atMost(blocks, 100) };
}

function heading(text: string): KnownBlock {
  return { type: 'header', text: plain(text, 150) };
}

function listed<T>(
  items: readonly T[],
  show: (item: T) => KnownBlock | null,
  none: string,
): (KnownBlock | null)[] {
  if (items.length === 0) return [context([none])];
  const more = items.length - SHOWN;
  return [...items.slice(0, SHOWN).map(show), more > 0 ? context([`and ${more} more`]) : null];
}

/** Nothing at all where nothing waits: it is rare, and then it is to be seen. */
function reviews({ reviews: open, now }: HomeState): (KnownBlock | null)[] {
  if (open.length === 0) return [];
  const line = ({ id, digest, title, service: of, by, at }: HomeReview) =>
    section(
      [`🚨 *${safe(title, 120)}* · ${safe(of, 64)} · glass broken by ${mention(by)} at ${moment(at, now)}`],
      button(ACTIONS.review, 'Sign the review', planRef(id, digest)),
    );
  return [heading(`Reviews to sign (${open.length})`), ...listed(open, line, '')];
}

/** The request itself shows more than fits here, so its button stands here only where no link leads to it. */
function waiting(plan: HomePlan, now: string): KnownBlock | null {
  const expires = `expires ${moment(plan.expiresAt, now)} (${time(plan.expiresAt, 'ago')})`;
  const lines = [
    `${PLAN.waiting.sign} ${titled(plan)} · ${safe(plan.service, 64)} · ${expires}`,
    `asked by ${mention(plan.requester)}${plan.link ? '' : ' · open it to see exactly what would run'}`,
  ];
  return section(lines, plan.link ? null : button(ACTIONS.approve, 'Approve', planRef(plan.id, plan.digest)));
}

function mine(plan: HomePlan, now: string): string {
  const { sign, word } = PLAN[plan.state];
  return `${sign} ${word} · ${titled(plan)} · ${safe(plan.service, 64)} · asked at ${moment(plan.madeAt, now)}`;
}

function titled({ title, link: url }: { title: string; link: string | null }): string {
  return `*${url ? link(url, title) : safe(title, 120)}*`;
}

function alertLine(alert: HomeAlert, now: string): string {
  const took = spanInWords(alert.startsAt, alert.resolvedAt);
  const state = alert.status === 'firing' ? '🔴 Failing' : '🟢 Resolved';
  const when =
    alert.status === 'firing' || !took
      ? `since ${moment(alert.startsAt, now)}`
      : `${moment(alert.startsAt, now)}, after ${took}`;
  return [state, titled(alert), safe(alert.service, 64), safe(alert.severity, 30), when]
    .filter(Boolean)
    .join(' · ');
}

function service({ name, title, about, runbooks }: HomeState['services'][number]): KnownBlock | null {
  const names = runbooks
    .slice(0, RUNBOOKS)
    .map((runbook) => `${code(`/diagnose ${name}/${runbook.name}`, 150)} ${safe(runbook.title, 70)}`);
  const more = runbooks.length - RUNBOOKS;
  return section([
    `*${safe(title, 90)}*  ${safe(about, 240)}`,
    joinWithin(names, 2_000),
    more > 0 && `and ${formatFigure(more, 'runbooks')} more: type \`/diagnose\``,
  ]);
}
