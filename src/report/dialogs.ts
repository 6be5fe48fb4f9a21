import type { ModalView, Option, OptionGroup } from '@slack/types';
import type { Catalogue, Runbook } from '../catalogue/catalogue.ts';

export interface DialogState {
  /** `private_metadata`: the caller's own ids (channel, origin), at most 3,000 characters. */
  metadata: string;
  /** Chosen so far; null at first. */
  runbook: Runbook | null;
  /** `remediate` only: the chosen action's name. */
  action?: string | null;
}
export declare function diagnoseDialog(state: DialogState): ModalView;
export declare function remediateDialog(state: DialogState): ModalView;
/** Answer of the type-ahead: runbooks that match what was typed, by service. */
export declare function runbookOptions(
  catalogue: Catalogue,
  typed: string,
): { option_groups: OptionGroup[] } | { options: Option[] };

export interface DialogValues {
  /** `service/runbook` */
  runbook: string | null;
  action: string | null;
  /** As typed, not checked yet; left out where nothing was typed. */
  parameters: Readonly<Record<string, string>>;
  reason: string | null;
}
/** Reads `view.state.values`. */
export declare function readDialog(values: unknown): DialogValues;
/** For `response_action: 'errors'`: problems by parameter name -> by block id. */
export declare function dialogErrors(
  runbook: string,
  problems: Readonly<Record<string, string>>,
): Record<string, string>;
