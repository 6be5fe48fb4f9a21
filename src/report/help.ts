import type { Message } from './message.ts';

export interface CommandHelp {
  command: string;
  usage: string;
  about: string;
}
export interface StatusView {
  replica: string;
  version: string;
  replicas: readonly { name: string; seenAt: string }[];
  revision: string;
  services: readonly { name: string; title: string; runbooks: number }[];
  database: { ok: boolean; says: string };
  slack: { ok: boolean; says: string };
  /** Plans that wait for votes, messages not delivered yet. */
  waitingPlans: number;
  waitingMessages: number;
  startedAt: string;
  now: string;
}
export declare function helpMessage(commands: readonly CommandHelp[]): Message;
export declare function statusMessage(view: StatusView): Message;
/** A plain answer (`Answer.says`) as an ephemeral message: escaped, and cut when too long. */
export declare function answerMessage(says: string): Message;
/** Plain texts for `Answer.says`. */
export declare function unknownRunbook(name: string, nearest: readonly string[]): string;
export declare function unknownAction(runbook: string, name: string, nearest: readonly string[]): string;
export declare function badParameters(problems: readonly { name: string; problem: string }[]): string;
