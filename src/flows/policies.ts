import { randomUUID } from 'node:crypto';
import type { Service } from '../catalogue/catalogue.ts';
import { needsApproval, policyFor } from '../catalogue/policy.ts';
import { policyInWords, policyMessage } from '../report/audit.ts';
import { record } from '../store/audit.ts';
import { isAway } from '../store/away.ts';
import { say } from '../store/messages.ts';
import { plansIn, type StoredPlan } from '../store/plans.ts';
import { keepRules, type Rules } from '../store/policies.ts';
import { type House, serviceOrGone } from './house.ts';
import { whatChanged } from './make-plan.ts';
import { voidWaiting } from './votes.ts';

const MOST_WAITING = 1_000;

/**
 * Holds the catalogue in force against what was seen of it last. Who may start or approve what is announced where it changed,
 * and what waits for an approval under another catalogue is made anew: what differs is void.
 */
export async function catalogueChanged(house: House): Promise<void> {
  for (const service of house.catalogue().services.values()) await announce(house, service);
  const waiting = await plansIn(house.db, { states: ['waiting'], limit: MOST_WAITING });
  for (const stored of waiting) await revisit(house, stored);
  house.wake();
}

async function announce(house: House, service: Service): Promise<void> {
  const rules = rulesOf(service);
  await house.db.transaction().execute(async (tx) => {
    const before = await keepRules(tx, service.name, rules);
    const changes = before ? changesOf(before, rules) : [];
    if (changes.length === 0) return;
    const { revision } = house.catalogue();
    await record(tx, {
      event: 'policy-changed',
      by: null,
      details: { service: service.name, changes, revision },
    });
    if (!house.auditChannel) return;
    const message = policyMessage({
      service: { name: service.name, title: service.title },
      changes,
      revision,
    });
    const key = `policy:${randomUUID()}`;
    await say(tx, { key, channel: house.auditChannel, message, importance: 0 });
  });
}

/** A plan that cannot be looked at now is looked at when somebody votes, and before it runs. */
async function revisit(house: House, stored: StoredPlan): Promise<void> {
  try {
    // Groups come from settings, too, of which the revision knows nothing, and need no answer from outside.
    const moved = groupsMoved(house, stored);
    if (moved.length > 0) return await voidWaiting(house, stored.id, moved);
    if (stored.plan.catalogue === house.catalogue().revision) return;
    const changed = await whatChanged(house, stored.plan);
    if (changed.length > 0) await voidWaiting(house, stored.id, changed);
  } catch (error) {
    if (isAway(error)) throw error;
    house.logger.warn({ err: error, plan: stored.id }, 'a plan could not be held against the new catalogue');
  }
}

/** An approver group that is another one by now: the request called people who may not decide it any more. */
function groupsMoved(house: House, { plan, outcome }: StoredPlan): string[] {
  const { roles } = serviceOrGone(house, plan.service);
  return (plan.policy?.by ?? []).flatMap((role) => {
    const [before, now] = [outcome.groups?.[role], roles[role]?.group];
    return before === undefined || before === now ? [] : [`the group of ${role} is another one now`];
  });
}

/** `approval`: …, `approval of purge`: …, `group of sre`: S0SRE, and which actions wait for an approval. */
function rulesOf(service: Service): Rules {
  const { destructive, disruptive } = service.policies;
  const more = [...service.runbooks.values()].flatMap((runbook) =>
    runbook.actions
      .filter((action) => action.approval !== undefined && needsApproval(service, action))
      .map(
        (action) =>
          [`approval of ${runbook.name}/${action.name}`, policyInWords(policyFor(service, action))] as const,
      ),
  );
  const groups = Object.entries(service.roles).map(
    ([role, { group }]) => [`group of ${role}`, group] as const,
  );
  const waits = [...service.runbooks.values()].flatMap((runbook) =>
    runbook.actions
      .filter((action) => needsApproval(service, action))
      .map((action) => `${runbook.name}/${action.name}`),
  );
  return {
    'who may start what is disruptive or destructive': (service.runBy ?? Object.keys(service.roles)).join(
      ', ',
    ),
    ...startRules(service),
    approval: policyInWords(destructive),
    'actions that wait for an approval': waits.sort().join(', ') || 'none',
    ...(disruptive ? { 'approval of what is disruptive': policyInWords(disruptive) } : {}),
    ...Object.fromEntries([...more, ...groups]),
  };
}

/** Of the actions that say themselves who may start them. */
function startRules(service: Service): Rules {
  const rules = [...service.runbooks.values()].flatMap((runbook) =>
    runbook.actions.flatMap(({ name, runBy }) =>
      runBy ? [[`who may start ${runbook.name}/${name}`, runBy.join(', ')] as const] : [],
    ),
  );
  return Object.fromEntries(rules);
}

function changesOf(before: Rules, now: Rules): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name}: ${before[name] ?? 'nothing'} → ${now[name] ?? 'nothing'}`);
}
