import { approve } from './approve.ts';
import type { Button } from './button.ts';
import { deny } from './deny.ts';
import { diagnose } from './diagnose.ts';
import { escalate } from './escalate.ts';
import { evidence } from './evidence.ts';
import { glass, review } from './glass.ts';
import { handCannot, handDone } from './hand.ts';
import { cancel, claim, wasDone, wasNotDone } from './plan.ts';
import { remediate } from './remediate.ts';
import { begin, mend, show } from './runbook.ts';
import { endSilence, silence } from './silence.ts';
import { acknowledge, snapshot } from './thread.ts';
import { tick, untick } from './tick.ts';

/** Every button, one line each. */
export const buttons: readonly Button[] = [
  show,
  begin,
  mend,
  diagnose,
  remediate,
  snapshot,
  acknowledge,
  silence,
  endSilence,
  escalate,
  evidence,
  approve,
  deny,
  glass,
  review,
  claim,
  cancel,
  wasDone,
  wasNotDone,
  tick,
  untick,
  handDone,
  handCannot,
];
