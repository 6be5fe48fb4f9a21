import { failureOf } from './failures.ts';
import type { Tools } from './tools.ts';

/**
 * Why the bot cannot write in a conversation, in words for whoever asked there; null when it can, as far as Slack
 * says. Without this a person would wait for an answer that never comes.
 */
export async function cannotWriteIn(tools: Tools, channel: string): Promise<string | null> {
  if ([...tools.catalogue().services.values()].some((service) => service.channel === channel)) return null;
  try {
    const { channel: found } = await tools.connection.client.conversations.info({ channel });
    if (found?.is_archived) return 'This channel is archived, so nothing can be answered here.';
    return found?.is_member || found?.is_im ? null : INVITE;
  } catch (error) {
    return failureOf(error).kind === 'closed' ? INVITE : null;
  }
}

const INVITE =
  'Guardia is not in this conversation, so it cannot answer here. Invite it with /invite @Guardia, then try again.';
