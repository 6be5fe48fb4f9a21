import type { Place } from '../flows/requests.ts';
import type { Message } from '../report/message.ts';
import type { SlackConnection } from './connection.ts';
import { failureOf } from './failures.ts';
import type { Tools } from './tools.ts';

export interface Listener {
  user: string;
  place: Place | null;
  responseUrl: string | null;
}

/**
 * Says something to one person alone: through the response URL, which works in every conversation but only five
 * times, else as an ephemeral message, and on the home tab as a direct message. Never rejects.
 */
export async function tell(
  { connection, logger }: Pick<Tools, 'connection' | 'logger'>,
  to: Listener,
  message: Message,
): Promise<void> {
  try {
    if (to.responseUrl && (await respond(connection, to, message))) return;
    await say(connection, to, message);
  } catch (error) {
    logger.warn({ user: to.user, code: failureOf(error).code }, 'somebody could not be answered');
  }
}

async function respond({ times }: SlackConnection, to: Listener, message: Message): Promise<boolean> {
  const thread = to.place?.thread ? { thread_ts: to.place.thread } : {};
  const body = { response_type: 'ephemeral', replace_original: false, ...thread, ...message };
  const answer = await fetch(to.responseUrl ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(times.callMs),
    redirect: 'error',
  }).catch(() => null);
  const said = (await answer?.text().catch(() => '')) ?? '';
  return (answer?.ok ?? false) && /^ok$|"ok"\s*:\s*true/.test(said.trim());
}

async function say({ client }: SlackConnection, to: Listener, message: Message): Promise<void> {
  const said = { text: message.text, blocks: [...message.blocks] };
  if (to.place === null) {
    await client.chat.postMessage({ channel: to.user, ...said });
    return;
  }
  const thread = to.place.thread ? { thread_ts: to.place.thread } : {};
  await client.chat.postEphemeral({ channel: to.place.channel, user: to.user, ...thread, ...said });
}
