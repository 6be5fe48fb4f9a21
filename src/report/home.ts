import type { HomeView, KnownBlock } from '@slack/types';
import type { Person } from '../approval/person.ts';
import { type Approvals, planLine, reviewBlock, titled, waitingBlock } from './approvals.ts';
import { atMost, context, plain, section } from './blocks.ts';
import { formatFigure } from './figures.ts';
import type { Named } from './states.ts';
import { code, joinWithin, moment, safe } from './text.ts';
import { spanInWords } from './words.ts';

interface HomeAlert {
  title: string;
  service: string;
  status: 'firing' | 'resolved';
  severity: string;
  startsAt: string;
  resolvedAt: string | null;
  link: string | null;
}

export interface HomeState extends Approvals {
  person: Person;
  alerts: readonly HomeAlert[];
  services: readonly (Named & { about: string; runbooks: readonly Named[] })[];
}

const SHOWN = 12;
const RUNBOOKS = 20;

/** What waits for this person first, then what they asked for, what fires, and what there is to run. */
export function homeView(state: HomeState): HomeView {
  const { now } = state;
  const blocks = [
    heading(`Waiting for your approval (${state.waitingForMe.length})`),
    ...listed(state.waitingForMe, (plan) => waitingBlock(plan, now), 'Nothing waits for you.'),
    ...reviews(state),
    heading('What you asked for'),
    ...listed(state.mine, (plan) => section([planLine(plan, now)]), 'Nothing yet.'),
    heading('Decided lately'),
    ...listed(state.decided, (plan) => section([planLine(plan, now)]), 'Nothing yet.'),
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
  return [
    heading(`Reviews to sign (${open.length})`),
    ...listed(open, (review) => reviewBlock(review, now), ''),
  ];
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
