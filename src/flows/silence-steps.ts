import { configuredConnectionOf, connectionOf } from '../catalogue/connections.ts';
import { GuardiaError } from '../errors.ts';
import type { BeforeEffect, Parameters, Performed, Step } from '../steps/step-kind.ts';
import type { StoredAlert } from '../store/alerts.ts';
import { isAway } from '../store/away.ts';
import { findSilence, type StoredSilence } from '../store/silences.ts';
import { type House, serviceOrGone } from './house.ts';

/** What is asked of Alertmanager for a silence. It is known there by its id, which stands in its comment. */

const DEADLINE_MS = 10_000;

type Labels = Readonly<Record<string, string>>;

/** Whether anything can be silenced for this alert's service. */
export function canSilence(
  house: Pick<House, 'catalogue'>,
  { service }: Pick<StoredAlert, 'service'>,
): boolean {
  return configuredConnectionOf(serviceOrGone(house, service), 'alertmanager') !== null;
}

/** How many alerts with these labels would go unheard, in words. */
export async function reachOf(house: House, alert: StoredAlert, of: Labels): Promise<string> {
  const { labels, parameters } = asParameters(of);
  try {
    const seen = await observe(house, alert, { alerts: labels }, parameters);
    return seen.says ?? `${String(seen.value)} active alerts`;
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return `Alertmanager does not say how many alerts that is: ${error.message}`;
  }
}

/** Begins it, or says why not. An answer that never came may have been a yes: then it is looked for. */
export async function beginIn(
  house: House,
  alert: StoredAlert,
  silence: StoredSilence,
): Promise<Performed | GuardiaError> {
  const { by, reason, until, id, labels: of } = silence;
  const { name = by.user } = await house.people.account(by);
  const { labels, parameters } = asParameters(of);
  const input = { silence: labels, until, because: '{reason}', by: '{by}', mark: '{mark}' };
  const step = { input, parameters: { ...parameters, reason, by: name, mark: id } };
  const done = await perform(house, alert, step, () => refuseUnless(house, id, 'beginning'));
  if (!(done instanceof GuardiaError) || !(await standsStill(house, alert, silence))) return done;
  return { says: 'Alertmanager has it, though its answer never came.', evidence: [] };
}

/** Ends it; that it had ended before is no error. */
export function endIn(
  house: House,
  alert: StoredAlert,
  { id, labels: of }: StoredSilence,
): Promise<Performed | GuardiaError> {
  const { labels, parameters } = asParameters(of);
  const input = { 'end-silence': labels, mark: '{mark}' };
  const step = { input, parameters: { ...parameters, mark: id } };
  return perform(house, alert, step, () => refuseUnless(house, id, 'active'));
}

/** Whether Alertmanager has it in force; null when that cannot be known now. */
export async function standsStill(
  house: House,
  alert: StoredAlert,
  { id, labels: of }: StoredSilence,
): Promise<boolean | null> {
  const { labels, parameters } = asParameters(of);
  try {
    const input = { silences: labels, mark: '{mark}' };
    return (await observe(house, alert, input, { ...parameters, mark: id })).value !== 0;
  } catch (error) {
    if (isAway(error)) throw error;
    return null;
  }
}

/** Labels and what people write are parameters of the step, since a brace in them is no placeholder. */
function asParameters(of: Labels): { labels: Labels; parameters: Parameters } {
  const pairs = Object.entries(of);
  return {
    labels: Object.fromEntries(pairs.map(([name], index) => [name, `{label-${index}}`])),
    parameters: Object.fromEntries(pairs.map(([, value], index) => [`label-${index}`, value])),
  };
}

function observe(house: House, alert: StoredAlert, input: object, parameters: Parameters) {
  const { environment, step } = stepOf(house, alert, input);
  return house.steps.observe(environment, step, { parameters, deadlineMs: DEADLINE_MS });
}

/** Another replica may have begun it meanwhile, and people may have ended it. */
async function refuseUnless(house: House, id: string, state: StoredSilence['state']): Promise<void> {
  if ((await findSilence(house.db, id))?.state === state) return;
  throw new GuardiaError('conflict', 'somebody else has changed the silence meanwhile; nothing was done');
}

async function perform(
  house: House,
  alert: StoredAlert,
  { input, parameters }: { input: object; parameters: Parameters },
  beforeEffect: BeforeEffect,
): Promise<Performed | GuardiaError> {
  const { environment, step } = stepOf(house, alert, input);
  try {
    return await house.steps.perform(environment, step, {
      parameters,
      deadlineMs: DEADLINE_MS,
      beforeEffect,
    });
  } catch (error) {
    if (error instanceof GuardiaError) return error;
    throw error;
  }
}

function stepOf(house: House, alert: StoredAlert, input: object) {
  const service = serviceOrGone(house, alert.service);
  const connection = connectionOf(service, 'alertmanager') ?? 'alertmanager';
  const step: Step = { kind: 'alertmanager', input: { ...input, connection } };
  return { environment: service.environment, step };
}
