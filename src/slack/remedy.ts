import type { ModalView } from '@slack/types';
import type { Runbook, RunbookAction, Service } from '../catalogue/catalogue.ts';
import { needsApproval, policyFor } from '../catalogue/policy.ts';
import { inTitle } from '../catalogue/titles.ts';
import { undoInRunbook } from '../catalogue/undo.ts';
import type { Answer, DiagnoseRequest, Place } from '../flows/requests.ts';
import { askDialog } from '../report/approval-dialogs.ts';
import type { Asked } from './asked.ts';
import type { AskMetadata } from './metadata.ts';
import type { Tools } from './tools.ts';

/** An action that somebody wants, before it was asked of the flows. */
export interface Remedy {
  service: Service;
  runbook: Runbook;
  action: RunbookAction;
  parameters: DiagnoseRequest['parameters'];
  reason: string | null;
  origin?: string | undefined;
  place: Place;
}

/** What has to be asked first: a reason for what somebody has to approve, else whether it shall for what is disruptive. */
export function openQuestion(remedy: Remedy, confirmed: boolean): boolean {
  const { service, action, reason } = remedy;
  if (needsApproval(service, action)) return reason === null;
  return action.risk === 'disruptive' && !confirmed;
}

export function questionView({ service, runbook, action, parameters, origin, place }: Remedy): ModalView {
  const metadata: AskMetadata = {
    place,
    ...(origin ? { origin } : {}),
    service: service.name,
    runbook: runbook.name,
    action: action.name,
    parameters: { ...parameters },
  };
  const policy = policyFor(service, action);
  const undo = undoInRunbook(runbook, action, parameters);
  const approvers = policy?.by.map((role) => service.roles[role]?.title ?? role) ?? [];
  return askDialog({
    metadata: JSON.stringify(metadata),
    service: service.title,
    runbook: runbook.title,
    action: {
      title: inTitle(action.title, parameters),
      risk: action.risk,
      ...(action.about ? { about: action.about } : {}),
      ...(undo ? { undo } : {}),
    },
    parameters,
    approval: needsApproval(service, action) ? { by: approvers, votes: policy?.votes ?? 1 } : null,
  });
}

export function remediate(tools: Tools, asked: Asked, remedy: Remedy): Promise<Answer> {
  const { service, runbook, action, parameters, reason, origin, place } = remedy;
  return tools.flows.remediate(
    {
      service: service.name,
      runbook: runbook.name,
      action: action.name,
      parameters,
      by: asked.by,
      place,
      ...(origin ? { origin } : {}),
      ...(reason ? { reason } : {}),
    },
    asked.requestId,
  );
}
