import { approve } from './approve.ts';
import type { Button } from './button.ts';
import { deny } from './deny.ts';
import { diagnose } from './diagnose.ts';
import { evidence } from './evidence.ts';
import { cancel, claim, wasDone, wasNotDone } from './plan.ts';
import { remediate } from './remediate.ts';
import { acknowledge, escalate, snapshot } from './thread.ts';

/** Every button, one line each. */
export const buttons: readonly Button[] = [
  diagnose,
  remediate,
  snapshot,
  acknowledge,
  escalate,
  evidence,
  approve,
  deny,
  claim,
  cancel,
  wasDone,
  wasNotDone,
];
