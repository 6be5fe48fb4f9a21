/**
 * What the workspace server and its page say to each other. The page loads `GET /practice/state?as=U…` once, then
 * listens to `GET /practice/events?as=U…` (server-sent events, one JSON `WorkspaceEvent` each), and acts through
 * `POST /practice/act` with a `PageAct`. Everything a person sees is already filtered for that person.
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
  about: string;
  running: boolean;
  /** What is going on, in a few words: "fault since 20 s", "healing". */
  state: string;
}

export interface CommandHint {
  command: string; // "/diagnose"
  usage: string; // "[service/]runbook name=value"
  description: string;
}

export interface WorkspaceState {
  me: PersonView;
  people: PersonView[];
  bot: PersonView;
  channels: ChannelView[];
  messages: MessageView[];
  /** Handles of user groups by id, to show `<!subteam^S…>`. */
  groups: Record<string, { handle: string; members: string[] }>;
  commands: CommandHint[];
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
  | { type: 'channels'; channels: ChannelView[] }
  /** What Slack itself would say: `operation_timeout`, "This app responded with an error". */
  | { type: 'notice'; text: string };

/** Where an element was clicked. */
export type ActSource = { message: { channel: string; ts: string } } | { view: string };

export type PageAct = { as: string } & (
  | { act: 'say'; channel: string; thread_ts?: string; text: string } // also @mentions; a leading / is a command
  | { act: 'block_action'; source: ActSource; action: Record<string, unknown> } // the element's action payload: type, block_id, action_id, value / selected_option / …
  | { act: 'suggest'; source: ActSource; block_id: string; action_id: string; value: string } // answers { options | option_groups }
  | { act: 'view_submit'; view: string; values: Record<string, Record<string, unknown>> }
  | { act: 'view_close'; view: string }
  | { act: 'shortcut'; callback_id: string; channel: string; ts: string }
  | { act: 'open_home' }
  | { act: 'drill'; id: string; start: boolean }
);
