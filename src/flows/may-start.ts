import { samePerson } from '../approval/person.ts';
import { startRefusal } from '../approval/start.ts';
import type { RunbookAction, Service } from '../catalogue/catalogue.ts';
import { startersOf } from '../catalogue/starters.ts';
import { GuardiaError } from '../errors.ts';
import {
  cannotLookUpStarters,
  groupNotSet,
  type MayNotStart,
  nobodyToStart,
  ONLY_MEMBERS,
  ONLY_SAFE_BY_CLOCK,
  onlyStarters,
  startAnswer,
} from '../report/start-answers.ts';
import { actionOf, type House, runbookOf, serviceOf } from './house.ts';
import type { StartRequest } from './requests.ts';

/**
 * Why this person may not start an action; null when they may. Asked of Slack at this moment. Rejects where Slack does
 * not say who may: whoever asks then denies. Guardia itself may start what is safe, by the clock.
 */
export async function whyNotStart(house: House, asked: StartRequest): Promise<MayNotStart | null> {
  const { people } = house;
  const service = serviceOf(house, asked.service);
  const action = actionOf(runbookOf(house, asked.service, asked.runbook), asked.action);
  if (samePerson(asked.by, people.self())) return action.risk === 'safe' ? null : ONLY_SAFE_BY_CLOCK;
  const account = await people.account(asked.by, { fresh: true });
  const team = people.team();
  if (startRefusal(account, { team, users: null })) return ONLY_MEMBERS;
  const { users, problem } = await startersNow(house, service, action);
  if (!startRefusal(account, { team, users })) return null;
  if (problem instanceof Error) throw problem;
  return problem;
}

/** The answer to whoever wants to start it; null when they may. */
export async function answerToStart(house: House, asked: StartRequest): Promise<string | null> {
  try {
    const why = await whyNotStart(house, asked);
    return why && startAnswer(why);
  } catch (error) {
    if (error instanceof GuardiaError && error.code === 'slack') return cannotLookUpStarters(error.message);
    throw error;
  }
}

/** Those who may start it, null for everybody, and why all others may not: also that a group could not be read. */
async function startersNow(
  house: House,
  service: Service,
  action: RunbookAction,
): Promise<{ users: string[] | null; problem: MayNotStart | Error }> {
  const named = startersOf(service, action);
  if (named === null) return { users: null, problem: ONLY_MEMBERS };
  const roles = named.flatMap((name) => service.roles[name] ?? []);
  const read = await Promise.allSettled(roles.map(({ group }) => membersIn(house, group)));
  const users = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = read.find((one) => one.status === 'rejected')?.reason;
  const unset = roles.find(({ group }) => isUnset(group));
  const titles = roles.map(({ title }) => title);
  if (failed) return { users, problem: failed };
  if (unset) return { users, problem: groupNotSet(unset.title, unset.group) };
  const words = users.length === 0 ? nobodyToStart : onlyStarters;
  return { users, problem: words(service.title, titles) };
}

async function membersIn({ people }: House, group: string): Promise<readonly string[]> {
  return isUnset(group) ? [] : people.members(group, { fresh: true });
}

/** A setting that nobody gave stays as it was written. */
function isUnset(group: string): boolean {
  return group.startsWith('${');
}
