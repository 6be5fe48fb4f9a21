import { type Account, samePerson } from '../approval/person.ts';
import { startRefusal } from '../approval/start.ts';
import type { Service } from '../catalogue/catalogue.ts';
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
 * How old a group's members may be where it is asked whether somebody may start what needs no approval. Slack answers
 * twenty questions about groups a minute: asked afresh at each click and each start, five actions use them up.
 */
const MEMBERS_MS = 30_000;

/**
 * Why this person may not start an action; null when they may. Asked of Slack at this moment, groups within
 * `MEMBERS_MS`. Rejects where Slack does
 * not say who may: whoever asks then denies. Guardia itself may start what is safe, by the clock.
 */
export async function whyNotStart(
  house: House,
  asked: StartRequest,
  { fresh = true } = {},
): Promise<MayNotStart | null> {
  const { people } = house;
  const service = serviceOf(house, asked.service);
  const action = actionOf(runbookOf(house, asked.service, asked.runbook), asked.action);
  if (samePerson(asked.by, people.self())) return action.risk === 'safe' ? null : ONLY_SAFE_BY_CLOCK;
  const account = await people.account(asked.by, { fresh });
  if (startRefusal(account, { team: people.team(), users: null })) return ONLY_MEMBERS;
  return notAmong(house, service, startersOf(service, action), account, fresh);
}

/**
 * The same where it is asked again right before the start: a yes may be some minutes old, a no is of this moment. Slack
 * answers twenty questions about groups a minute.
 */
export async function whyNotStartLately(house: House, asked: StartRequest): Promise<MayNotStart | null> {
  const known = await whyNotStart(house, asked, { fresh: false }).catch(() => 'ask again' as const);
  return known === null ? null : whyNotStart(house, asked);
}

/** The answer to whoever wants to start it; null when they may. */
export async function answerToStart(
  house: House,
  asked: StartRequest,
  ask: (house: House, asked: StartRequest) => Promise<MayNotStart | null> = whyNotStart,
): Promise<string | null> {
  try {
    const why = await ask(house, asked);
    return why && startAnswer(why);
  } catch (error) {
    if (error instanceof GuardiaError && error.code === 'slack') return cannotLookUpStarters(error.message);
    throw error;
  }
}

/** One group after the other, until the person is found in one: Slack answers few questions about groups a minute. */
async function notAmong(
  { people }: House,
  service: Service,
  named: readonly string[] | null,
  account: Account,
  fresh: boolean,
): Promise<MayNotStart | null> {
  if (named === null) return null;
  const roles = named.flatMap((name) => service.roles[name] ?? []);
  const known = roles.filter(({ group }) => !isUnset(group));
  let failed: unknown = null;
  let anybody = false;
  for (const { group } of known) {
    const users = await people
      .members(group, fresh ? { maxAgeMs: MEMBERS_MS } : {})
      .catch((error: unknown) => {
        failed = error;
        return [];
      });
    if (!startRefusal(account, { team: people.team(), users })) return null;
    anybody ||= users.length > 0;
  }
  if (failed) throw failed;
  const unset = roles.find(({ group }) => isUnset(group));
  if (unset) return groupNotSet(unset.title, unset.group);
  const words = anybody ? onlyStarters : nobodyToStart;
  return words(
    service.title,
    roles.map(({ title }) => title),
  );
}

/** A setting that nobody gave stays as it was written. */
function isUnset(group: string): boolean {
  return group.startsWith('${');
}
