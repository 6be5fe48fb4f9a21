/**
 * What the workspace server and its page say to each other. The page loads `GET /practice/state?as=U…` once, then
 * listens to `GET /practice/events?as=U…&since=<revision of the state>` (server-sent events, one JSON
 * `WorkspaceEvent` each; without `since` from now on; a reconnecting EventSource goes on where it stopped), and acts
 * through `POST /practice/act` (`Content-Type: application/json`) with a `PageAct`, which answers an `ActAnswer`.
 * Everything a person sees is already filtered for that person.
 */

export interface PersonView {
  id: string; // U…
  team: string; // T…
  name: string; // "Noor Haddad"
  handle: string; // "noor"
  title: string; // "On call for Denis"
  color: string; // CSS colour of the avatar
  kind: 'member' | 'guest' | 'stranger' | 'bot';
}

export interface ChannelView {
  id: string; // C… or D…
  name: string;
  kind: 'channel' | 'dm';
  topic: string;
  unread: number;
}

export interface FileView {
  id: string; // F…
  title: string;
  name: string;
  mimetype: string;
  alt: string;
  url: string; // on this server
  width?: number;
  height?: number;
}

export interface MessageView {
  channel: string;
  ts: string;
  thread_ts?: string;
  /** Person or bot who wrote it. */
  user: string;
  text: string;
  /** Block Kit as it was posted; `slack_file` images carry a `url` beside the id. */
  blocks?: unknown[];
  files?: FileView[];
  edited?: boolean;
  /** Only this person sees it. */
  ephemeral?: boolean;
  /** On a thread's first message. */
  replies?: { count: number; latest: string; users: string[] };
}

export interface ViewView {
  id: string; // V…
  type: 'modal' | 'home';
  title?: string;
  submit?: string;
  close?: string;
  blocks: unknown[];
  callback_id?: string;
  /** Errors by block id, from a `response_action: errors`. */
  errors?: Record<string, string>;
}

export interface DrillView {
  id: string; // "denis/redis-down/fault"
  service: string;
  runbook: string;
  title: string;
  /** Of its runbook. */
  about: { title: string; symptoms: string };
  running: boolean;
  /** What is going on, in a few words: "started 20 s ago", "healing". */
  state: string;
}

export interface CommandHint {
  command: string; // "/diagnose"
  usage: string; // "[service/]runbook name=value"
  description: string;
}

/** An entry of a message's ⋯ menu. */
interface ShortcutHint {
  callback_id: string;
  name: string; // "Diagnose this"
}

export interface WorkspaceState {
  /** What has happened until now; events after it are got with `since`. */
  revision: number;
  me: PersonView;
  people: PersonView[];
  bot: PersonView;
  channels: ChannelView[];
  messages: MessageView[];
  /** Handles of user groups by id, to show `<!subteam^S…>`. */
  groups: Record<string, { handle: string; members: string[] }>;
  commands: CommandHint[];
  shortcuts?: ShortcutHint[];
  drills: DrillView[];
  home: ViewView | null;
  /** Open modals, the topmost last. */
  modals: ViewView[];
}

export type WorkspaceEvent =
  | { type: 'message'; message: MessageView }
  | { type: 'message_deleted'; channel: string; ts: string }
  | { type: 'modals'; modals: ViewView[] }
  | { type: 'home'; home: ViewView }
  | { type: 'drills'; drills: DrillView[] }
  /** Sent when somebody opened direct messages, has read, or the channels changed; not for every message. */
  | { type: 'channels'; channels: ChannelView[] }
  /** Events were missed (the workspace started anew): load the state again. */
  | { type: 'reload' }
  /** What Slack itself would say: `operation_timeout`, "This app responded with an error". */
  | { type: 'notice'; text: string };

/** Where an element was clicked. */
export type ActSource = { message: { channel: string; ts: string } } | { view: string };

export type PageAct = { as: string } & (
  | { act: 'say'; channel: string; thread_ts?: string; text: string } // also @mentions; a leading / is a command
  // action: the element's action payload (type, block_id, action_id, value / selected_option / …); values: all inputs around it, as in `state.values`
  | {
      act: 'block_action';
      source: ActSource;
      action: Record<string, unknown>;
      values?: Record<string, Record<string, unknown>>;
    }
  | { act: 'suggest'; source: ActSource; block_id: string; action_id: string; value: string } // answers { options | option_groups }
  | { act: 'view_submit'; view: string; values: Record<string, Record<string, unknown>> }
  | { act: 'view_close'; view: string }
  | { act: 'shortcut'; callback_id: string; channel: string; ts: string }
  | { act: 'open_home' }
  | { act: 'read'; channel: string } // everything in the channel so far: `unread` begins at 0 again
  | { act: 'drill'; id: string; start: boolean }
);

/**
 * `ok` false says why in `error`: `operation_timeout`, `dispatch_failed`, `invalid_input` (then `errors` by block id),
 * or a word for what does not exist. What a person has to read also comes as a `notice` event.
 */
export interface ActAnswer {
  ok: boolean;
  error?: string;
  /** Of a message that was said. */
  ts?: string;
  /** Of `suggest`. */
  options?: unknown[];
  option_groups?: unknown[];
  /** Of `view_submit`: errors by block id, as the view has them too. */
  errors?: Record<string, string>;
}
