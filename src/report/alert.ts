import type { Message } from './message.ts';
import type { AlertState } from './states.ts';

/** An alert in its service's channel; edited with every change. */
export declare function alertMessage(state: AlertState): Message;
