import { approvals } from './approvals.ts';
import type { Command } from './command.ts';
import { diagnose } from './diagnose.ts';
import { guardia } from './guardia.ts';
import { remediate } from './remediate.ts';
import { runbook } from './runbook.ts';
import { snapshot } from './snapshot.ts';

/** Every slash command, one line each; manifest.yml names the same. */
export const commands: readonly Command[] = [diagnose, remediate, runbook, snapshot, approvals, guardia];
