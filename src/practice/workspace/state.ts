import type { CastChannel } from './cast.ts';
import type { Json } from './json.ts';

/** A message as the workspace keeps it. Ephemeral ones have a reader and are known to no Web API method. */
export interface StoredMessage {
  channel: string;
  ts: string;
  thread_ts?: string;
  /** User id of a person or of the bot. */
  user: string;
  text: string;
  blocks?: Json[];
  attachments?: unknown[];
  files?: string[];
  metadata?: Json;
  edited?: { user: string; ts: string };
  onlyFor?: string;
  /** Deleted, but with a thread under it: Slack leaves a gravestone. */
  tombstone?: true;
  reactions?: Record<string, string[]>;
}

export interface StoredView {
  id: string;
  type: 'modal' | 'home';
  user: string;
  callback_id: string;
  external_id: string;
  private_metadata: string;
  title?: Json;
  submit?: Json;
  close?: Json;
  notify_on_close: boolean;
  clear_on_close: boolean;
  blocks: Json[];
  hash: string;
  root: string;
  previous: string | null;
  errors?: Record<string, string>;
}

export interface StoredFile {
  id: string;
  name: string;
  title: string;
  alt: string;
  length: number;
  mimetype: string;
  bytes?: Buffer;
  /** Milliseconds since 1970 from which blocks may name it; set by completeUploadExternal. */
  readyAt?: number;
  created: number;
  channels: string[];
  width?: number;
  height?: number;
}

/** What a trigger id may still be used for. */
export interface Trigger {
  user: string;
  issued: number;
  used: boolean;
  /** The modal it was born in; views.push puts on top of that one. */
  view?: string;
}

export interface ResponseUrl {
  user: string;
  channel: string;
  issued: number;
  uses: number;
  /** The message whose button was clicked; what replace_original and delete_original mean. */
  message?: { ts: string };
  thread_ts?: string;
}

/** One call of a Web API method, as tests look back at it. */
export interface ApiCall {
  method: string;
  args: Json;
  answer: Json;
  at: number;
}

/** One request to the bot. `status` is missing when no answer came. */
export interface SentRequest {
  kind: string;
  body: string;
  headers: Record<string, string>;
  status?: number;
  failure?: string;
}

export interface State {
  channels: Map<string, CastChannel & { dmWith?: string }>;
  messages: Map<string, StoredMessage[]>;
  modals: Map<string, StoredView[]>;
  homes: Map<string, StoredView>;
  files: Map<string, StoredFile>;
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  /** By person and channel, the ts up to which they have read. */
  read: Map<string, string>;
  /** Ephemeral messages that Slack took and shows to nobody. */
  unseen: StoredMessage[];
  calls: ApiCall[];
  sent: SentRequest[];
}

export function emptyState(channels: readonly CastChannel[]): State {
  return {
    channels: new Map(channels.map((channel) => [channel.id, { ...channel, members: [...channel.members] }])),
    messages: new Map(),
    modals: new Map(),
    homes: new Map(),
    files: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    read: new Map(),
    unseen: [],
    calls: [],
    sent: [],
  };
}

const KEPT = 5_000;

/** Adds to a list that a long practice must not let grow without end. */
export function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.splice(0, list.length - KEPT);
}
