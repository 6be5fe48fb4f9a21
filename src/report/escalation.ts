import type { Message } from './message.ts';
import type { EscalationView } from './states.ts';

/** Calls a role: what, since when, what was tried. */
export declare function escalationMessage(view: EscalationView): Message;
