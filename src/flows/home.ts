import { type Person, samePerson } from '../approval/person.ts';
import type { HomePlan, HomeReview, HomeState } from '../report/home.ts';
import { firingAlerts, type StoredAlert } from '../store/alerts.ts';
import { findPlan, plansIn, type StoredPlan } from '../store/plans.ts';
import { openReviews } from '../store/reviews.ts';
import type { House } from './house.ts';

/** What the home tab shows a person. Groups may come from the cache here: this is a view, not a vote. */
export async function homeOf(house: House, person: Person): Promise<HomeState> {
  const [waiting, recent, alerts, reviews] = await Promise.all([
    plansIn(house.db, { states: ['waiting'], limit: 50 }),
    plansIn(house.db, { limit: 50 }),
    firingAlerts(house.db, 10),
    reviewsFor(house, person),
  ]);
  const mine = recent.filter((stored) => samePerson(stored.plan.requester, person));
  const decide = await Promise.all(waiting.map((stored) => mayDecide(house, stored, person)));
  return {
    person,
    waitingForMe: waiting.filter((_, index) => decide[index]).map(homePlan),
    reviews,
    mine: mine.slice(0, 10).map(homePlan),
    alerts: alerts.map((alert) => ({
      title: titleOf(house, alert),
      service: alert.service,
      status: alert.status,
      severity: alert.severity,
      startsAt: alert.startsAt,
      resolvedAt: alert.resolvedAt,
      link: null,
    })),
    services: [...house.catalogue().services.values()].map(({ name, title, about, runbooks }) => ({
      name,
      title,
      about,
      runbooks: [...runbooks.values()].map((runbook) => ({ name: runbook.name, title: runbook.title })),
    })),
    now: new Date().toISOString(),
  };
}

function titleOf(house: House, { service, runbook, details }: StoredAlert): string {
  const known = runbook && house.catalogue().services.get(service)?.runbooks.get(runbook)?.title;
  return known || details.title;
}

async function mayDecide(house: House, { plan }: StoredPlan, person: Person): Promise<boolean> {
  if (person.team !== house.people.team() || samePerson(plan.requester, person)) return false;
  const roles = house.catalogue().services.get(plan.service)?.roles ?? {};
  const groups = (plan.policy?.by ?? []).flatMap((role) => roles[role]?.group ?? []);
  const members = await Promise.all(groups.map((group) => house.people.members(group)));
  return members.flat().includes(person.user);
}

async function reviewsFor(house: House, person: Person): Promise<HomeReview[]> {
  const open = await openReviews(house.db, 50);
  const found = await Promise.all(
    open.map(async (review) => {
      const stored = await findPlan(house.db, review.plan);
      if (!stored || samePerson(review.by, person) || !(await mayDecide(house, stored, person))) return [];
      const { id, digest, plan } = stored;
      return [{ id, digest, title: plan.title, service: plan.service, by: review.by, at: review.at }];
    }),
  );
  return found.flat();
}

function homePlan(stored: StoredPlan): HomePlan {
  return {
    id: stored.id,
    digest: stored.digest,
    title: stored.plan.title,
    service: stored.plan.service,
    state: stored.state,
    requester: stored.plan.requester,
    madeAt: stored.madeAt,
    expiresAt: stored.expiresAt,
    link: null,
  };
}
