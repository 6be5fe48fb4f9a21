import type { ModalView } from '@slack/types';
import type { Risk } from '../catalogue/schema.ts';
import type { ApprovalView } from '../flows/requests.ts';
import type { Parameters } from '../steps/step-kind.ts';
import type { Message } from './message.ts';
import type { PlanView } from './states.ts';

export declare function approvalMessage(view: PlanView): Message;
/** Opened before the plan is made anew: a trigger lives three seconds. */
export declare function approvalWaiting(ref: string): ModalView;
/** `ref` is `planRef(plan, digest)`. A view that is not ok becomes a dialog without a submit button that says why. */
export declare function approvalDialog(ref: string, view: ApprovalView): ModalView;
export declare function denyDialog(ref: string, title: string | null): ModalView;

export interface AskView {
  /** `private_metadata`: the caller's own ids, at most 3,000 characters. */
  metadata: string;
  service: string;
  runbook: string;
  action: { title: string; risk: Risk; about?: string; undo?: string };
  parameters: Parameters;
  /** Titles of the roles that may approve, and how many of their members must; null when nobody is asked. */
  approval: { by: readonly string[]; votes: number } | null;
}
export declare function askDialog(view: AskView): ModalView;
