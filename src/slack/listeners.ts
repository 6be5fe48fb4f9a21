import type { App, BlockAction, MessageShortcut, ViewSubmitAction } from '@slack/bolt';
import { rankedBy } from '../catalogue/rank.ts';
import { runbookOptions } from '../report/dialogs.ts';
import { BLOCKS } from '../report/ids.ts';
import { askedByClick, askedByCommand, askedInDialog } from './asked.ts';
import type { Button, Click } from './buttons/button.ts';
import { buttons } from './buttons/index.ts';
import type { Command } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { chooseInDialog } from './dialogs/choose.ts';
import type { Dialog } from './dialogs/dialog.ts';
import { dialogs } from './dialogs/index.ts';
import type { Handle } from './handle.ts';
import { showHome } from './home.ts';
import { type Mention, mentioned } from './mention.ts';
import { type Shortcut, shortcuts } from './shortcuts.ts';
import type { Tools } from './tools.ts';
import { asTyped } from './typed.ts';
import { type AcknowledgeView, noticeView, type ViewAnswer } from './views.ts';

/** Events that the bot hears; manifest.yml subscribes to the same. */
export const EVENTS = ['app_mention', 'app_home_opened'] as const;

/** Registers every handler with Bolt. Requests are acknowledged already, but for dialogs and option lists. */
export function listen(app: App<object>, tools: Tools, handle: Handle): void {
  for (const command of commands) onCommand(app, tools, handle, command);
  for (const button of buttons) onButton(app, tools, handle, button);
  for (const dialog of dialogs) onDialog(app, tools, handle, dialog);
  for (const shortcut of shortcuts) onShortcut(app, tools, handle, shortcut);
  onChoice(app, tools, handle);
  onMention(app, tools, handle);
  onHome(app, tools, handle);
  app.options(BLOCKS.runbook, ({ ack, payload }) =>
    ack(runbookOptions(rankedBy(tools.catalogue(), payload.value), '')),
  );
}

function onCommand(app: App<object>, tools: Tools, handle: Handle, command: Command): void {
  app.command(`/${command.name}`, async ({ command: given }) => {
    const asked = askedByCommand(tools, given);
    const request = { ...asked, place: { channel: given.channel_id }, text: asTyped(given.text ?? '') };
    await handle(`/${command.name}`, asked.requestId, () => command.run(request, tools), asked.tell);
  });
}

function onButton(app: App<object>, tools: Tools, handle: Handle, button: Button): void {
  const id = new RegExp(`^${button.id}(?::.{1,200})?$`);
  app.action<BlockAction>({ type: 'block_actions', action_id: id }, async ({ body, action }) => {
    const asked = askedByClick(tools, body);
    const click: Click = {
      ...asked,
      value: 'value' in action && typeof action.value === 'string' ? action.value : '',
      name: action.action_id.slice(button.id.length + 1) || null,
      message: messageOf(body),
    };
    await handle(button.id, asked.requestId, () => button.run(click, tools), asked.tell);
  });
}

/** An ephemeral message has a place too, though none of ours stands there. */
function messageOf({ channel, message, container }: BlockAction): Click['message'] {
  if (!channel) return null;
  const ts = message?.ts ?? String(container.message_ts ?? '');
  const thread: unknown = message?.thread_ts;
  return { channel: channel.id, ts, ...(typeof thread === 'string' ? { thread } : {}) };
}

function onDialog(app: App<object>, tools: Tools, handle: Handle, dialog: Dialog): void {
  app.view<ViewSubmitAction>(dialog.id, async ({ body, ack }) => {
    let answered = false;
    const acknowledge: AcknowledgeView = async (answer?: ViewAnswer) => {
      answered = true;
      await (answer === undefined ? ack() : ack(answer));
    };
    const submission = { body, acknowledge, asked: askedInDialog.bind(null, tools, body) };
    const { trigger_id: id, view } = body;
    await handle(
      dialog.id,
      id,
      () => dialog.submit(submission, tools),
      async (says) => {
        const notice = noticeView(view.title.text, says);
        if (!answered) return acknowledge({ response_action: 'update', view: notice });
        await tools.connection.client.views.update({ view_id: view.id, view: notice });
      },
    );
    if (!answered) await ack();
  });
}

function onShortcut(app: App<object>, tools: Tools, handle: Handle, shortcut: Shortcut): void {
  app.shortcut<MessageShortcut>(
    { type: 'message_action', callback_id: shortcut.id },
    async ({ shortcut: body }) => {
      const asked = askedByClick(tools, body);
      const run = () => shortcut.run(asked, body.message, tools);
      await handle(shortcut.id, asked.requestId, run, asked.tell);
    },
  );
}

function onChoice(app: App<object>, tools: Tools, handle: Handle): void {
  const chosen = new RegExp(`^(${BLOCKS.runbook}|${BLOCKS.action}|${BLOCKS.labels})$`);
  app.action<BlockAction>({ type: 'block_actions', action_id: chosen }, async ({ body }) => {
    const { view } = body;
    if (!view) return;
    const asked = askedByClick(tools, body);
    await handle('choose', asked.requestId, () => chooseInDialog(tools, view, asked.by), asked.tell);
  });
}

function onMention(app: App<object>, tools: Tools, handle: Handle): void {
  app.event('app_mention', async ({ event, body }) => {
    const request = mentioned(tools, event as Mention, body.team_id);
    if (request === null) return;
    const { asked, run } = request;
    await handle('app_mention', asked.requestId, run, asked.tell);
  });
}

function onHome(app: App<object>, tools: Tools, handle: Handle): void {
  app.event('app_home_opened', async ({ event, body }) => {
    if (event.tab !== 'home') return;
    const show = () => showHome(tools, { team: body.team_id, user: event.user });
    await handle('app_home_opened', body.event_id, show, async () => {});
  });
}
