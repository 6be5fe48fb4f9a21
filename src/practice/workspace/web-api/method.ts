import type { Channel } from '../channels.ts';
import { findChannel, isMember } from '../channels.ts';
import type { Workspace } from '../context.ts';
import type { Json } from '../json.ts';
import { asText, isObject, parseJson } from '../json.ts';
import type { Refusal } from '../refusals.ts';
import { refuse } from '../refusals.ts';

/** What a method answers with: `{ ok: true, … }` or one of Slack's error codes. */
export type Answer = ({ ok: true } & Json) | Refusal;

/** One method of the Web API. Arguments arrive as text in forms and as JSON otherwise. */
export type Method = (ws: Workspace, args: Json) => Answer;

export function flag(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}

/** An argument that is JSON, whichever way it was sent. */
export function jsonArgument(value: unknown): unknown {
  return typeof value === 'string' ? parseJson(value) : value;
}

/** A channel that the bot may use, or why it may not. */
export function ownChannel(ws: Workspace, ref: unknown): Channel | Refusal {
  const channel = findChannel(ws, asText(ref));
  if (channel === undefined) return refuse('channel_not_found');
  return isMember(channel, ws.cast.bot.user) ? channel : refuse('not_in_channel');
}

/** One page of a list: `limit` items from where `cursor` says. */
export function page<T>(list: readonly T[], args: Json, most: number): { items: T[]; next: string } {
  const from = Number(Buffer.from(asText(args.cursor), 'base64').toString().replace('from:', '')) || 0;
  const limit = Math.min(Number(args.limit) || most, most);
  const next = from + limit < list.length ? Buffer.from(`from:${from + limit}`).toString('base64') : '';
  return { items: list.slice(from, from + limit), next };
}

/** `metadata` of a message: an event type and a payload (or an empty object, which takes it away), or why not. */
export function metadataOf(value: unknown): Json | Refusal | undefined {
  if (value === undefined || value === '' || value === null) return undefined;
  const metadata = jsonArgument(value);
  if (isObject(metadata) && Object.keys(metadata).length === 0) return metadata;
  const valid = isObject(metadata) && asText(metadata.event_type) !== '' && isObject(metadata.event_payload);
  if (!valid) return refuse('invalid_metadata_format');
  return JSON.stringify(metadata).length > 16_000 ? refuse('metadata_too_large') : metadata;
}
