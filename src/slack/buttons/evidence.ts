import { ANSWERS } from '../../report/answers.ts';
import { evidenceView, previewView } from '../../report/evidence.ts';
import { ACTIONS, readPlanRef } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, originOf, planOf } from './button.ts';

/** What backs a claim: of one check, of all, or the whole dry run of a plan. */
export const evidence: Button = { id: ACTIONS.evidence, run };

async function run(click: Click, tools: Tools): Promise<void> {
  return readPlanRef(click.value) ? showPreview(click, tools) : showEvidence(click, tools);
}

async function showPreview(click: Click, tools: Tools): Promise<void> {
  const request = await planOf(click, tools);
  if (!request) return;
  const plan = await tools.flows.plan(request);
  if (!plan) return click.tell(ANSWERS.noPlan);
  await openView(tools, click, previewView(plan));
}

async function showEvidence(click: Click, tools: Tools): Promise<void> {
  const origin = await originOf(click, tools);
  if (!origin) return;
  const diagnosis = await tools.flows.diagnosis(click.value);
  if (!diagnosis) return click.tell('The checks have not answered yet. Look again in a moment.');
  await openView(tools, click, evidenceView(diagnosis, click.name));
}
