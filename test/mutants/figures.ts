/** What Stryker says of one mutant. */
export interface Mutant {
  status: string;
  statusReason?: string | undefined;
}

export interface Figures {
  mutants: number;
  killed: number;
  timedOut: number;
  survived: number;
  ignored: number;
  passed: number;
  failed: number;
}

/** What Stryker calls a mutant that was left out without saying why. */
const NO_REASON = 'Ignored using a comment';

/** Passed is what a test noticed; failed is all else, but for what the source leaves out with a reason. */
export function figuresOf(mutants: readonly Mutant[]): Figures {
  const killed = mutants.filter(({ status }) => status === 'Killed').length;
  const timedOut = mutants.filter(({ status }) => status === 'Timeout').length;
  const ignored = mutants.filter(
    ({ status, statusReason }) => status === 'Ignored' && statusReason !== NO_REASON,
  ).length;
  const passed = killed + timedOut;
  const failed = mutants.length - passed - ignored;
  return { mutants: mutants.length, killed, timedOut, survived: failed, ignored, passed, failed };
}

export function sentenceOf({ mutants, killed, timedOut, survived, ignored }: Figures): string {
  return `${mutants} mutants: ${killed} killed, ${timedOut} timed out, ${survived} survived, ${ignored} ignored with a reason`;
}
