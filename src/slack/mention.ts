import { nearest } from '../catalogue/nearest.ts';
import { helpMessage } from '../report/help.ts';
import { askedByMention } from './asked.ts';
import { commands } from './commands/index.ts';
import type { Tools } from './tools.ts';
import { asTyped } from './typed.ts';

/** The fields of an `app_mention` event that are used. In a shared channel `user_team` says whose account it is. */
export interface Mention {
  user?: string | undefined;
  user_team?: string | undefined;
  source_team?: string | undefined;
  team?: string | undefined;
  bot_id?: string | undefined;
  subtype?: string | undefined;
  edited?: unknown;
  channel: string;
  ts: string;
  thread_ts?: string | undefined;
  text?: string | undefined;
}

/** `@Guardia diagnose redis-down`: the same as the command, answered in the thread. */
export function mentioned(tools: Tools, mention: Mention, installedIn: string) {
  // What bots write is text, never a request; whom a message claims to be from does not matter.
  if (!mention.user || mention.bot_id || mention.subtype === 'bot_message') return null;
  const team = mention.user_team ?? mention.source_team ?? mention.team ?? installedIn;
  const { channel, ts, thread_ts: thread } = mention;
  const edited = Boolean(mention.edited);
  const asked = askedByMention(tools, { team, user: mention.user, channel, ts, thread, edited });
  const place = asked.place ?? { channel };
  return {
    asked,
    async run(): Promise<void> {
      if (edited) return asked.tell('A message that was edited is not run. Write it anew.');
      const { name, text } = read(mention.text ?? '', tools.connection.identity().botUser);
      const command = commands.find((one) => one.name === name);
      if (command) return command.run({ ...asked, place, text }, tools);
      if (name === '' || name === 'help') return asked.tell(helpMessage(tools.help));
      const [near] = nearest(
        name,
        commands.map((one) => one.name),
        1,
      );
      const hint = near ? `Did you mean "${near}"?` : 'Write "help" to see what there is.';
      await asked.tell(`There is no command "${name.slice(0, 40)}". ${hint}`);
    },
  };
}

function read(text: string, botUser: string): { name: string; text: string } {
  const typed = asTyped(text.replaceAll(new RegExp(`<@${botUser}(\\|[^>]*)?>`, 'g'), ' '));
  const [, name = '', rest = ''] = /^\/?(\S*)\s*(.*)$/su.exec(typed) ?? [];
  return { name: name.toLowerCase(), text: rest.trim() };
}
