import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ACTIONS, DIALOGS, SHORTCUTS } from '../../src/report/ids.ts';
import { buttons } from '../../src/slack/buttons/index.ts';
import { commands } from '../../src/slack/commands/index.ts';
import { dialogs } from '../../src/slack/dialogs/index.ts';
import { EVENTS } from '../../src/slack/listeners.ts';
import { shortcuts } from '../../src/slack/shortcuts.ts';

/** Bot scopes by Web API method. https://docs.slack.dev/reference/methods */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'metadata.message:read'],
  'conversations.info': ['channels:read', 'groups:read', 'im:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'metadata.message:read'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
};
/** What commands, shortcuts and events need beside the methods. */
const FEATURES = { commands: 'commands', app_mention: 'app_mentions:read' } as const;

interface Manifest {
  features: {
    slash_commands: { command: string; usage_hint: string; description: string; url: string }[];
    shortcuts: { callback_id: string; type: string; name: string; description: string }[];
    app_home: { home_tab_enabled: boolean };
  };
  oauth_config: { scopes: { bot: string[] } };
  settings: {
    event_subscriptions: { request_url: string; bot_events: string[] };
    interactivity: { is_enabled: boolean; request_url: string; message_menu_options_url: string };
    socket_mode_enabled: boolean;
  };
}

let manifest: Manifest;
let sources: { path: string; text: string }[];

beforeAll(async () => {
  manifest = parse(await readFile('manifest.yml', 'utf8')) as Manifest;
  const files = await readdir('src/slack', { recursive: true, withFileTypes: true });
  sources = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const path = `${file.parentPath}/${file.name}`;
        return { path, text: await readFile(path, 'utf8') };
      }),
  );
});

function methodsUsed(): Set<string> {
  const found = sources.flatMap(({ text }) =>
    [...text.matchAll(/\bclient(?:\s*\.\s*[a-zA-Z]+){2,3}\s*\(/g)].map((match) =>
      match[0].replace(/\s/g, '').replace(/^client\.|\($/g, ''),
    ),
  );
  return new Set(found.filter((name) => name !== 'on'));
}

describe('manifest.yml', () => {
  it('names every command with its usage and what it does', () => {
    expect(
      manifest.features.slash_commands.map(({ command, usage_hint, description }) => ({
        command,
        usage_hint,
        description,
      })),
    ).toEqual(
      commands.map(({ name, usage, about }) => ({
        command: `/${name}`,
        usage_hint: usage,
        description: about,
      })),
    );
  });

  it('names every message shortcut', () => {
    const named = manifest.features.shortcuts.map(({ callback_id, type }) => ({ callback_id, type }));
    expect(named).toEqual(shortcuts.map(({ id }) => ({ callback_id: id, type: 'message' })));
    expect(shortcuts.map(({ id }) => id)).toEqual(Object.values(SHORTCUTS));
  });

  it('subscribes to the events that are heard, and to no others', () => {
    expect([...manifest.settings.event_subscriptions.bot_events].sort()).toEqual([...EVENTS].sort());
    expect(manifest.features.app_home.home_tab_enabled).toBe(true);
  });

  it('asks for the scopes that the methods in use need, and for no others', () => {
    const methods = [...methodsUsed()];
    expect(methods.filter((method) => !(method in SCOPES))).toEqual([]);
    expect(Object.keys(SCOPES).filter((method) => !methods.includes(method))).toEqual([]);
    const needed = new Set([
      ...methods.flatMap((method) => SCOPES[method] ?? []),
      ...Object.values(FEATURES),
    ]);
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...needed].sort());
  });

  it('sends everything to the one address that the bot serves', () => {
    const { event_subscriptions, interactivity, socket_mode_enabled } = manifest.settings;
    const urls = [
      event_subscriptions.request_url,
      interactivity.request_url,
      interactivity.message_menu_options_url,
      ...manifest.features.slash_commands.map((command) => command.url),
    ];
    expect(new Set(urls).size).toBe(1);
    expect(new URL(urls[0] ?? '').pathname).toBe('/slack/events');
    expect(interactivity.is_enabled).toBe(true);
    expect(socket_mode_enabled).toBe(false);
  });

  it('keeps within what Slack takes: descriptions of a command and of a shortcut', () => {
    for (const { description, usage_hint } of manifest.features.slash_commands) {
      expect(description.length).toBeLessThanOrEqual(2_000);
      expect(usage_hint.length).toBeLessThanOrEqual(1_000);
    }
    for (const { name, description } of manifest.features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
  });
});

describe('the registries', () => {
  it('leave out no button and no dialog that messages and commands use', () => {
    expect(buttons.map((button) => button.id).sort()).toEqual(Object.values(ACTIONS).sort());
    expect(dialogs.map((dialog) => dialog.id).sort()).toEqual(Object.values(DIALOGS).sort());
  });

  it('leave out no file', async () => {
    const files = sources.map(({ path }) => path.replace('src/slack/', ''));
    for (const folder of ['commands', 'buttons', 'dialogs']) {
      const index = sources.find(({ path }) => path.endsWith(`slack/${folder}/index.ts`))?.text ?? '';
      const shared = ['index', 'command', 'button', 'dialog', 'choose'].map((name) => `${folder}/${name}.ts`);
      const own = files.filter((file) => file.startsWith(`${folder}/`) && !shared.includes(file));
      expect(own.filter((file) => !index.includes(`./${file.slice(folder.length + 1)}'`))).toEqual([]);
    }
  });
});
