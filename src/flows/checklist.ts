import { byHandOf, handsOf } from '../catalogue/by-hand.ts';
import type { Runbook, RunbookCheck, Service } from '../catalogue/catalogue.ts';
import { inTitle } from '../catalogue/titles.ts';
import { checklistMessage } from '../report/checklist.ts';
import type { ChecklistItem, Hands } from '../report/hand-states.ts';
import type { Parameters } from '../steps/step-kind.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import type { StoredRun } from '../store/runs.ts';
import { type Tick, ticksOf } from '../store/ticks.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import { titleOf } from './offers.ts';
import { threadOf } from './origin.ts';
import type { OriginView } from './requests.ts';

/** How much is left to people in a thread: a runbook's manual checks, less those that were ticked off. */
export async function handsLeft(
  db: Queries,
  runbook: Pick<Runbook, 'name' | 'checks'>,
  origin: string,
): Promise<Hands> {
  const hands = handsOf(runbook);
  if (hands.length === 0) return { all: 0, left: 0, only: false };
  const ticks = await ticksOf(db, { origin, runbook: runbook.name });
  const left = hands.filter(({ name }) => !ticks.some(({ check }) => check === name));
  return { all: hands.length, left: left.length, only: hands.length === runbook.checks.length };
}

/** States a thread's list of what is looked at by hand; nothing where there is nothing. */
export async function tellChecklist(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  origin: Pick<OriginView, 'ref' | 'place' | 'runbook'>,
  { asked, importance }: Pick<StoredRun, 'asked' | 'importance'>,
): Promise<void> {
  const service = serviceOrGone(house, asked.service);
  const runbook = runbookOrGone(house, asked.service, asked.runbook);
  const { ref } = origin;
  const ticks = await ticksOf(tx, { origin: ref, runbook: runbook.name });
  const items = inOrder(runbook).map(({ check, phase }) =>
    itemOf(service, check, phase, asked.parameters, ticks),
  );
  if (items.length === 0) return;
  const now = (await databaseTime(tx)).toISOString();
  const message = checklistMessage({ ref, runbook, service, items, now });
  const key = keyOf(ref, runbook.name, origin.runbook);
  await say(tx, { key, ...threadOf(origin), message, importance });
}

/** A thread may be diagnosed with other runbooks than its own; each has a list of its own. */
function keyOf(origin: string, runbook: string, own: string | null): string {
  return runbook === own ? `checklist:${origin}` : `checklist:${origin}:${runbook}`;
}

/** By the parts of the work where it has any. */
function inOrder(runbook: Runbook): { check: RunbookCheck; phase: string | null }[] {
  const hands = handsOf(runbook);
  if (runbook.phases.length === 0) return hands.map((check) => ({ check, phase: null }));
  return runbook.phases.flatMap(({ title, checks }) =>
    hands.filter(({ name }) => checks.includes(name)).map((check) => ({ check, phase: title })),
  );
}

function itemOf(
  service: Service,
  check: RunbookCheck,
  phase: string | null,
  parameters: Parameters,
  ticks: readonly Tick[],
): ChecklistItem {
  const { does, by } = byHandOf(check.step, parameters);
  const tick = ticks.find((one) => one.check === check.name);
  return {
    check: check.name,
    title: inTitle(check.title, parameters),
    does,
    role: by === null ? null : titleOf(service, by),
    phase,
    tick: tick ? { by: { team: tick.team, user: tick.user }, at: tick.at } : null,
  };
}
