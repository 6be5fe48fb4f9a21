import type { Message } from './message.ts';
import type { ProgressView, ProofView, UnknownView } from './states.ts';

/** One message while a plan runs, edited until its end. */
export declare function progressMessage(view: ProgressView): Message;
/** Before and after, a reply of its own once the checks have answered again. */
export declare function proofMessage(view: ProofView): Message;
/** A run whose end was not seen: people decide. */
export declare function unknownMessage(view: UnknownView): Message;
