import type { BlockAction, MessageShortcut, SlashCommand } from '@slack/bolt';
import type { Person } from '../approval/person.ts';
import type { Place } from '../flows/requests.ts';
import { answerMessage } from '../report/help.ts';
import type { Message } from '../report/message.ts';
import { tell } from './tell.ts';
import type { Tools } from './tools.ts';

/** Somebody who wants something: who by ids only, from where, and how they are answered. */
export interface Asked {
  by: Person;
  /** null on the home tab. */
  place: Place | null;
  /** The same for every retry of one payload. */
  requestId: string;
  /** Opens one dialog within three seconds; null where Slack gave none. */
  triggerId: string | null;
  /** Says something to this person alone. Never rejects. */
  tell(says: string | Message): Promise<void>;
}

interface Spoken extends Omit<Asked, 'tell'> {
  responseUrl: string | null;
  /** `place` unless this says otherwise. */
  answeredIn?: Place;
}

function asked(tools: Tools, spoken: Spoken): Asked {
  const { responseUrl, answeredIn = spoken.place, ...rest } = spoken;
  const to = { user: spoken.by.user, place: answeredIn, responseUrl };
  return {
    ...rest,
    tell: (says) => tell(tools, to, typeof says === 'string' ? answerMessage(says) : says),
  };
}

export function askedByCommand(tools: Tools, command: SlashCommand): Asked {
  return asked(tools, {
    by: { team: command.team_id, user: command.user_id },
    place: { channel: command.channel_id },
    requestId: command.trigger_id,
    triggerId: command.trigger_id,
    responseUrl: command.response_url,
  });
}

/** A click or a shortcut. Who it is says `user.team_id`: in a shared channel `team` is where the app is installed. */
export function askedByClick(tools: Tools, body: BlockAction | MessageShortcut): Asked {
  const channel = body.channel?.id;
  const thread = threadOf(body);
  return asked(tools, {
    by: personOf(tools, body.user),
    place: channel ? { channel, ...(thread ? { thread } : {}) } : null,
    requestId: body.trigger_id,
    triggerId: body.trigger_id,
    responseUrl: body.response_url ?? null,
  });
}

/** Somebody who submits or uses a dialog that was opened for `place`. */
export function askedInDialog(
  tools: Tools,
  body: { user: { id: string; team_id?: string }; trigger_id: string },
  place: Place | null,
): Asked {
  const requestId = body.trigger_id;
  return asked(tools, {
    by: personOf(tools, body.user),
    place,
    requestId,
    triggerId: requestId,
    responseUrl: null,
  });
}

export function askedByMention(
  tools: Tools,
  mention: {
    team: string;
    user: string;
    channel: string;
    ts: string;
    thread: string | undefined;
    edited: boolean;
  },
): Asked {
  const { channel, ts, thread } = mention;
  return asked(tools, {
    by: { team: mention.team, user: mention.user },
    place: { channel, thread: thread ?? ts },
    // What only one person sees is shown to nobody in a thread that has no replies yet.
    answeredIn: { channel, ...(thread ? { thread } : {}) },
    requestId: `mention:${channel}:${ts}${mention.edited ? ':edited' : ''}`,
    triggerId: null,
    responseUrl: null,
  });
}

/** Slack leaves the team out where it can only be the bot's own. */
function personOf(tools: Tools, user: { id: string; team_id?: string }): Person {
  return { team: user.team_id ?? tools.connection.identity().team, user: user.id };
}

/** The thread that somebody is looking at; the first message of one stands in the channel. */
function threadOf({ message }: { message?: object | undefined }): string | undefined {
  if (!message || !('thread_ts' in message) || typeof message.thread_ts !== 'string') return undefined;
  return 'ts' in message && message.ts === message.thread_ts ? undefined : message.thread_ts;
}
