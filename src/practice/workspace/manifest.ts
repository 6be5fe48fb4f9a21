import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { AppManifest } from './context.ts';
import { asArray, asObject, asText } from './json.ts';

/** Without a manifest every command is sent, and the bot hears of everything it could subscribe to. */
const OPEN: AppManifest = {
  commands: [],
  shortcuts: [],
  events: ['app_mention', 'message.channels', 'message.im', 'app_home_opened'],
};

/** Reads the app's manifest.yml: its commands, message shortcuts and event subscriptions. */
export async function readManifest(path: string | undefined): Promise<AppManifest> {
  if (path === undefined) return OPEN;
  const manifest = asObject(parse(await readFile(path, 'utf8')));
  const features = asObject(manifest.features);
  const subscriptions = asObject(asObject(manifest.settings).event_subscriptions);
  return {
    commands: asArray(features.slash_commands)
      .map(asObject)
      .map((command) => ({
        command: asText(command.command),
        usage: asText(command.usage_hint),
        description: asText(command.description),
        escapes: command.should_escape === true,
      })),
    shortcuts: asArray(features.shortcuts)
      .map(asObject)
      .filter((shortcut) => shortcut.type === 'message')
      .map((shortcut) => ({ callback_id: asText(shortcut.callback_id), name: asText(shortcut.name) })),
    events: asArray(subscriptions.bot_events).map(asText),
  };
}
