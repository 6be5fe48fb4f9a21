import { approve } from './approve.ts';
import { ask } from './ask.ts';
import { cannot } from './cannot.ts';
import { deny } from './deny.ts';
import { diagnose } from './diagnose.ts';
import type { Dialog } from './dialog.ts';
import { escalate } from './escalate.ts';
import { glass, review } from './glass.ts';
import { remediate } from './remediate.ts';
import { silence } from './silence.ts';
import { snapshot } from './snapshot.ts';

/** Every dialog that can be submitted, one line each. */
export const dialogs: readonly Dialog[] = [
  diagnose,
  remediate,
  snapshot,
  ask,
  approve,
  deny,
  glass,
  review,
  escalate,
  silence,
  cannot,
];
