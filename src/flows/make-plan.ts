import { byHandOf, isByHand } from '../catalogue/by-hand.ts';
import type { RunbookAction } from '../catalogue/catalogue.ts';
import { complaintAbout } from '../catalogue/parameters.ts';
import { policyFor } from '../catalogue/policy.ts';
import { inTitle } from '../catalogue/titles.ts';
import { undoInRunbook } from '../catalogue/undo.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import { differences } from '../plan/differences.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import { startLost } from '../report/start-answers.ts';
import type { ActionRef, Evidence, Parameters, Preview, Step } from '../steps/step-kind.ts';
import type { Queries } from '../store/database.ts';
import { storable } from '../store/json.ts';
import { noteOutcome } from '../store/plans.ts';
import { actionOf, type House, runbookOf, serviceOf } from './house.ts';
import { whyNotDuringIncident } from './incident.ts';
import { whyNotStart, whyNotStartLately } from './may-start.ts';
import type { Look } from './observe.ts';
import type { RemediateRequest } from './requests.ts';

export type PlanRequested = Pick<
  RemediateRequest,
  'service' | 'runbook' | 'action' | 'parameters' | 'by' | 'reason'
>;

/** Looks at every target, says what would happen, and freezes it. Touches nothing. */
export async function makePlan(house: House, asked: PlanRequested): Promise<Plan> {
  const look = {
    service: serviceOf(house, asked.service),
    runbook: runbookOf(house, asked.service, asked.runbook),
    parameters: asked.parameters,
  };
  const action = actionOf(look.runbook, asked.action);
  const looked = await Promise.all(
    action.steps.map((step, index) => lookAt(house, look, action, step, index)),
  );
  const policy = policyFor(look.service, action);
  const dry = await dryRun(house, look, action);
  return storable({
    catalogue: house.catalogue().revision,
    service: asked.service,
    runbook: asked.runbook,
    action: action.name,
    title: inTitle(action.title, asked.parameters),
    risk: action.risk,
    parameters: asked.parameters,
    steps: looked.map(({ planned }) => planned),
    preview: joined([...looked.map(({ preview }) => preview), dry.preview]),
    ...(dry.count === null ? {} : { dryRun: dry.count }),
    undo: undoInRunbook(look.runbook, action, asked.parameters) ?? 'not said',
    ...(policy ? { policy } : {}),
    requester: asked.by,
    reason: asked.reason ?? '',
  });
}

/** How a plan differs in substance from what would be made of it now, or why it may not run now. */
export async function whatChanged(house: House, before: Plan): Promise<string[]> {
  return (await makeAnew(house, before)).changed;
}

/** The plan as it would be made now, null when it cannot be any more, and how that differs in substance. */
export async function makeAnew(house: House, before: Plan): Promise<{ changed: string[]; now: Plan | null }> {
  const { requester: by, ...rest } = before;
  try {
    const [now, never] = await Promise.all([
      makePlan(house, { ...rest, by }),
      whyNotDuringIncident(house, before),
    ]);
    const drifted = differences(before, now, (one, other) =>
      isByHand(one) ? [] : house.steps.drift(one, one.fingerprint, other.fingerprint),
    );
    const changed = [...(never ? [never] : []), ...forbidden(house, before), ...drifted];
    return {
      changed: changed.length > 0 ? changed : await mayStartNoMore(house, before, whyNotStartLately),
      now,
    };
  } catch (error) {
    if (error instanceof GuardiaError && error.code === 'not-found')
      return { changed: [messageOf(error)], now: null };
    throw error;
  }
}

/** Whoever asked may have left the roles that may start it. */
export async function mayStartNoMore(
  house: House,
  { requester: by, ...plan }: Plan,
  ask: typeof whyNotStartLately = whyNotStart,
): Promise<string[]> {
  const why = await ask(house, { ...plan, by });
  return why ? [startLost(why)] : [];
}

/** How much it would touch at this moment, for whoever reads later what was approved and what ran. */
export async function noteAmount(
  db: Queries,
  id: string,
  when: 'amountApproved' | 'amountBegun',
  now: Plan | null,
): Promise<void> {
  const amount = now?.preview.amount;
  if (amount !== undefined) await noteOutcome(db, id, { [when]: amount });
}

/** Values that the runbook does not take any more. */
function forbidden(house: House, { service, runbook, parameters }: Plan): string[] {
  const declared = runbookOf(house, service, runbook).parameters;
  return Object.entries(parameters).flatMap(([name, value]) => {
    const parameter = declared[name];
    const complaint = parameter ? complaintAbout(parameter, value) : 'is no parameter any more';
    return complaint ? [`${name} ${complaint}`] : [];
  });
}

async function lookAt(
  house: House,
  look: Look,
  action: RunbookAction,
  step: Step,
  index: number,
): Promise<{ planned: PlannedStep; preview: Preview }> {
  if (isByHand(step)) return byPerson(step, look.parameters);
  const options = optionsFor(look, action, index);
  const [preview, fingerprint] = await Promise.all([
    house.steps.preview(look.service.environment, step, options),
    house.steps.fingerprint(look.service.environment, step, options),
  ]);
  const { what, amount, count } = preview;
  const much = { ...(amount === undefined ? {} : { amount }), ...(count === undefined ? {} : { count }) };
  return { planned: { ...step, what, ...much, fingerprint }, preview };
}

/** What a person does has no state that could change; what they are asked to do is all there is to see. */
function byPerson(step: Step, parameters: Parameters): { planned: PlannedStep; preview: Preview } {
  const { does } = byHandOf(step, parameters);
  const what = `by hand: ${does}`;
  return {
    planned: { ...step, what, fingerprint: { substance: { do: does } } },
    preview: { what, evidence: [] },
  };
}

/** What the runbook wants an approver to see beside the steps' own words. */
async function dryRun(
  house: House,
  look: Look,
  action: RunbookAction,
): Promise<{ preview: Preview; count: number | null }> {
  if (!action.preview) return { preview: { what: '', evidence: [] }, count: null };
  const { environment } = look.service;
  const seen = await house.steps.observe(environment, action.preview, optionsFor(look, action, 0));
  const said: Evidence[] = seen.says ? [{ label: 'dry run', text: seen.says }] : [];
  return {
    preview: { what: '', evidence: [...said, ...seen.evidence] },
    count: typeof seen.value === 'number' ? seen.value : null,
  };
}

function optionsFor(look: Look, action: RunbookAction, index: number) {
  const ref: ActionRef = { runbook: look.runbook.name, action: action.name, index };
  return { parameters: look.parameters, deadlineMs: 15_000, action: ref };
}

function joined(previews: readonly Preview[]): Preview {
  const amounts = previews.flatMap((preview) => preview.amount ?? []);
  return {
    what: previews
      .map((preview) => preview.what)
      .filter(Boolean)
      .join('; then '),
    ...(amounts.length === 0 ? {} : { amount: amounts.join('; ') }),
    evidence: previews.flatMap((preview) => preview.evidence),
  };
}
