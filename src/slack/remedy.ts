import { setTimeout as pause } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import type { Runbook, RunbookAction, Service } from '../catalogue/catalogue.ts';
import { lackingForAction, type Refused } from '../catalogue/needs.ts';
import { needsApproval, policyFor } from '../catalogue/policy.ts';
import { filledIn } from '../catalogue/titles.ts';
import { undoInRunbook } from '../catalogue/undo.ts';
import { versionOf, versionOfActions } from '../catalogue/version.ts';
import type { Answer, DiagnoseRequest, Place } from '../flows/requests.ts';
import { askDialog } from '../report/approval-dialogs.ts';
import { remediateDialog } from '../report/dialogs.ts';
import type { LateLook } from '../report/states.ts';
import type { Asked } from './asked.ts';
import type { AskMetadata, ChoiceMetadata } from './metadata.ts';
import type { Tools } from './tools.ts';

/** An action that somebody wants, before it was asked of the flows. */
export interface Remedy {
  service: Service;
  runbook: Runbook;
  action: RunbookAction;
  parameters: DiagnoseRequest['parameters'];
  /** Why those of its parameters have no value that an alert was to give. */
  refused?: Refused | undefined;
  reason: string | null;
  /** The person was told that nothing calls for it any more. */
  allTheSame?: true | undefined;
  origin?: string | undefined;
  place: Place;
}

/** The action as the catalogue has it now. */
export function versionNow({ service, runbook, action, parameters }: Omit<Remedy, 'place'>): string {
  return versionOf(service, runbook, action, parameters);
}

/** The parameters that it needs and that have no value yet. */
export function lackingOf({ runbook, action, parameters }: Omit<Remedy, 'place'>): string[] {
  return lackingForAction(runbook, action, parameters);
}

/**
 * What has to be asked first: what it is about, a reason for what somebody has to approve, else whether it shall for what
 * is disruptive.
 */
export function openQuestion(remedy: Remedy, confirmed: boolean): boolean {
  const { service, action, reason, allTheSame } = remedy;
  if (lackingOf(remedy).length > 0) return true;
  if (allTheSame) return reason === null;
  if (needsApproval(service, action)) return reason === null;
  return action.risk === 'disruptive' && !confirmed;
}

/** `changed`: whoever asks was shown another version of it. `late`: what was seen just now, where its button was used late. */
export function questionView(
  remedy: Remedy,
  { changed = false, late }: { changed?: boolean; late?: LateLook | undefined } = {},
): ModalView {
  const { service, runbook, action, parameters, origin, place, refused = {} } = remedy;
  const metadata: AskMetadata = {
    place,
    ...(origin ? { origin } : {}),
    service: service.name,
    runbook: runbook.name,
    action: action.name,
    parameters: { ...parameters },
    seen: versionNow(remedy),
    ...(late?.needsReason ? { allTheSame: true as const } : {}),
  };
  const policy = policyFor(service, action);
  const undo = undoInRunbook(runbook, action, parameters);
  const approvers = policy?.by.map((role) => service.roles[role]?.title ?? role) ?? [];
  return askDialog({
    metadata: JSON.stringify(metadata),
    changed,
    service: service.title,
    runbook,
    action: {
      title: filledIn(action.title, parameters),
      risk: action.risk,
      ...(action.about ? { about: action.about } : {}),
      ...(undo ? { undo } : {}),
    },
    parameters,
    lacking: lackingOf(remedy).map((name) => ({ name, ...(refused[name] ? { why: refused[name] } : {}) })),
    approval: needsApproval(service, action) ? { by: approvers, votes: policy?.votes ?? 1 } : null,
    late,
  });
}

/** The dialog in which an action is chosen; it names the actions as they are shown in it. */
export function choiceView(
  { place, origin }: ChoiceMetadata,
  found: { service: Service; runbook: Runbook } | null,
  { action = null as string | null, changed = false } = {},
): ModalView {
  const seen = found ? { seen: versionOfActions(found.service, found.runbook) } : {};
  const metadata: ChoiceMetadata = { place, ...(origin ? { origin } : {}), ...seen };
  return remediateDialog({
    metadata: JSON.stringify(metadata),
    runbook: found?.runbook ?? null,
    policies: found?.service.policies ?? {},
    action,
    changed,
  });
}

export function remediate(tools: Tools, asked: Asked, remedy: Remedy): Promise<Answer> {
  const { service, runbook, action, parameters, reason, origin, place, allTheSame } = remedy;
  return tools.flows.remediate(
    {
      service: service.name,
      runbook: runbook.name,
      action: action.name,
      parameters,
      by: asked.by,
      place,
      seen: versionNow(remedy),
      ...(origin ? { origin } : {}),
      ...(reason ? { reason } : {}),
      ...(allTheSame ? { allTheSame } : {}),
    },
    asked.requestId,
  );
}

/** A trigger lives three seconds, and the dialog is to be opened within them; whoever submits it is asked again. */
const PATIENCE_MS = 1_500;

/** Why this person may not start it, before a question is asked; null also where Slack takes its time to say so. */
export async function whyNotStart(tools: Tools, { by }: Asked, remedy: Remedy): Promise<string | null> {
  const { service, runbook, action } = remedy;
  const asked = { service: service.name, runbook: runbook.name, action: action.name, by };
  const over = new AbortController();
  const late = pause(PATIENCE_MS, null, { signal: over.signal, ref: false }).catch(() => null);
  return Promise.race([tools.flows.whyNotStart(asked), late]).finally(() => over.abort());
}
