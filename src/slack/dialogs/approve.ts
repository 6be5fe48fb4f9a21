import type { Answer, PlanRequest } from '../../flows/requests.ts';
import { DIALOGS, readPlanRef } from '../../report/ids.ts';
import { misplaced } from '../buttons/button.ts';
import { planMetadata, readMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

/** The vote: it counts for the digest that the dialog showed. */
export const approve: Dialog = {
  id: DIALOGS.approve,
  submit: (submission, tools) => onPlan(submission, tools, (request) => tools.flows.approve(request)),
};

/** Asks something of the flows about the plan that a dialog names, if the dialog belongs to that plan's message. */
export async function onPlan(
  { body, acknowledge, asked }: Submission,
  tools: Tools,
  ask: (request: PlanRequest) => Promise<Answer>,
): Promise<void> {
  const { ref, message } = readMetadata(planMetadata, body.view.private_metadata);
  const plan = readPlanRef(ref);
  const { by } = asked(message);
  const work = misplaced(tools, message, plan?.plan ?? ref).then((problem) =>
    plan && !problem
      ? ask({ ...plan, by })
      : { ok: false as const, says: problem ?? 'This dialog names no plan.' },
  );
  await answerInView(tools, body, acknowledge, work);
}
