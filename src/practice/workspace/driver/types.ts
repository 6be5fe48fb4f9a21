import type { Json } from '../json.ts';
import type { ActAnswer, MessageView, ViewView } from '../protocol.ts';
import type { ApiCall, SentRequest } from '../state.ts';
import type { Reply } from '../to-bot/sender.ts';
import type { Changes } from './changes.ts';
import type { Entry as Entered } from './elements.ts';

/** What is to be seen in the workspace; the argument of what is waited for. */
export interface Seen {
  /** Of a channel without its threads, or of one thread with its first message; ephemeral ones are not among them. */
  messages(channel: string, thread?: string): MessageView[];
  ephemerals(user: string): MessageView[];
  modals(user: string): ViewView[];
  home(user: string): ViewView | undefined;
  notices(user: string): string[];
  /** How many calls of a Web API method, or of all, there were. */
  calls(method?: string): number;
  callLog(method?: string): ApiCall[];
  /** What was sent to the bot: `command`, `block_actions`, `view_submission`, `event`, … */
  sent(kind?: string): SentRequest[];
}

export interface Waiting {
  what: string;
  timeoutMs?: number;
}

/** Plays people, and looks at what they see. */
export interface Driver extends Seen {
  as(user: string): Actor;
  /**
   * Waits until the predicate gives something, looking again after every change. When the time is over it rejects
   * and says what there was instead.
   */
  waitFor<T>(predicate: (seen: Seen) => T | undefined | null | false, options: Waiting): Promise<T>;
  /** Sends a body to the bot as it stands, signed unless `headers` say otherwise. */
  send(body: string, headers?: Record<string, string>): Promise<Reply>;
  /** Asks the bot's address to prove itself, as Slack does when it is set. */
  verifyUrl(): Promise<Reply>;
  /** Things that happen in a workspace without the bot. */
  change: Changes;
}

/** One person, and what they can do. Each act resolves when the bot has acknowledged it. */
export interface Actor {
  command(channel: string, line: string): Promise<Got>;
  say(channel: string, text: string, thread?: string): Promise<Got>;
  /** A button by its text, or any element by its action_id; `extra` goes into the action. */
  click(channel: string, ts: string, element: string, extra?: Json): Promise<Got>;
  clickIn(view: string, element: string, extra?: Json, values?: Record<string, Entered>): Promise<Got>;
  /** Values by block_id, action_id or label. */
  submit(view: string, values?: Record<string, Entered>): Promise<Got>;
  close(view: string): Promise<Got>;
  suggest(
    where: { view: string } | { channel: string; ts: string },
    element: string,
    typed: string,
  ): Promise<Got>;
  shortcut(callbackId: string, channel: string, ts: string): Promise<Got>;
  openHome(): Promise<Got>;
}

/** What a person got from an act: the acknowledgement, and what came to them since. */
export interface Got extends ActAnswer {
  status?: number;
  /** The body of the acknowledgement, parsed where it is JSON. */
  ack: unknown;
  readonly ephemerals: MessageView[];
  readonly notices: string[];
  /** The topmost modal, when one was opened or changed. */
  readonly view: ViewView | undefined;
  /** Waits for an ephemeral message that says so. */
  ephemeral(says?: string | RegExp): Promise<MessageView>;
  opened(says?: string | RegExp): Promise<ViewView>;
  noticed(says?: string | RegExp): Promise<string>;
}
