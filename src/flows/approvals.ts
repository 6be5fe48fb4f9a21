import { type Account, type Person, personKey } from '../approval/person.ts';
import type { Service } from '../catalogue/catalogue.ts';
import type { Approvals, ListedPlan, ListedReview } from '../report/approvals.ts';
import { databaseTime } from '../store/clock.ts';
import { findPlan, plansIn, type StoredPlan, waitingPlans } from '../store/plans.ts';
import { openReviews } from '../store/reviews.ts';
import { tookPart } from './glass.ts';
import type { House } from './house.ts';

const WAITING = 20;
const MINE = 10;
const DECIDED = 10;
const REVIEWS = 50;

/** What waits for a person, what they asked for, and what was decided lately. Groups may come from the cache: this is a view, not a vote. */
export async function approvalsOf(house: House, person: Person): Promise<Approvals> {
  const account = await house.people.account(person);
  const now = (await databaseTime(house.db)).toISOString();
  if (account.kind !== 'member') return { waitingForMe: [], reviews: [], mine: [], decided: [], now };
  const services = await approvedBy(house, person);
  const [waiting, mine, decided, open] = await Promise.all([
    waitingPlans(house.db, { services, except: person, limit: WAITING }),
    plansIn(house.db, { askedBy: person, limit: MINE }),
    plansIn(house.db, { decided: true, limit: DECIDED }),
    openReviews(house.db, REVIEWS),
  ]);
  const may = await Promise.all(waiting.map((stored) => mayDecide(house, stored, account)));
  return {
    waitingForMe: waiting.filter((_, index) => may[index]).map(listed),
    ...(waiting.length === WAITING ? { more: true } : {}),
    reviews: await reviewsFor(house, open, account),
    mine: mine.map(listed),
    decided: decided.map(listed),
    now,
  };
}

/** Services with a role whose group this person is in. */
async function approvedBy(house: House, person: Person): Promise<string[]> {
  if (person.team !== house.people.team()) return [];
  const services = [...house.catalogue().services.values()];
  const is = await Promise.all(services.map((service) => isInAnyGroup(house, service, person)));
  return services.filter((_, index) => is[index]).map(({ name }) => name);
}

async function isInAnyGroup(house: House, { roles }: Service, person: Person): Promise<boolean> {
  const groups = Object.values(roles).map(({ group }) => group);
  const members = await Promise.all(groups.map((group) => house.people.members(group)));
  return members.flat().includes(person.user);
}

async function mayDecide(house: House, { plan }: StoredPlan, person: Account): Promise<boolean> {
  if (await tookPartIn(house, [plan.requester], person)) return false;
  const roles = house.catalogue().services.get(plan.service)?.roles ?? {};
  const groups = (plan.policy?.by ?? []).flatMap((role) => roles[role]?.group ?? []);
  const members = await Promise.all(groups.map((group) => house.people.members(group)));
  return members.flat().includes(person.user);
}

/** Whether this human is one of them, as far as is known; who cannot be looked up might be. */
async function tookPartIn(house: House, people: readonly Person[], person: Account): Promise<boolean> {
  const own = personKey(person);
  const keys = await Promise.all(people.map((one) => house.people.account(one).then(personKey, () => null)));
  return own === null || keys.some((key) => key === null || key === own);
}

async function reviewsFor(
  house: House,
  open: Awaited<ReturnType<typeof openReviews>>,
  person: Account,
): Promise<ListedReview[]> {
  const found = await Promise.all(
    open.map(async (review) => {
      const stored = await findPlan(house.db, review.plan);
      const isStranger = person.team !== house.people.team();
      if (!stored || isStranger || !(await mayDecide(house, stored, person))) return [];
      const involved = [review.by, ...(await tookPart(house, stored))];
      if (await tookPartIn(house, involved, person)) return [];
      return [{ ...listed(stored), by: review.by, at: review.at }];
    }),
  );
  return found.flat();
}

function listed(stored: StoredPlan): ListedPlan {
  return {
    id: stored.id,
    digest: stored.digest,
    title: stored.plan.title,
    service: stored.plan.service,
    state: stored.state,
    requester: stored.plan.requester,
    madeAt: stored.madeAt,
    expiresAt: stored.expiresAt,
    endedAt: stored.endedAt,
    link: null,
  };
}
