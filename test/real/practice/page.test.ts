import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '@slack/bolt';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { type PracticeWorkspace, startWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, startBot } from '../../practice/workspace/practice.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];
const MANIFEST = join(import.meta.dirname, '../../../manifest.yml');
const plain = (text: string) => ({ type: 'plain_text' as const, text });

let browser: Browser;
let workspace: PracticeWorkspace;
let bot: { stop(): Promise<void> };
/** Releases the acknowledgement of the next click on "Restart". */
let acknowledge: PromiseWithResolvers<void>;
let heard: string[];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
});

afterAll(() => browser.close());

beforeEach(async () => {
  heard = [];
  acknowledge = Promise.withResolvers();
  workspace = await openWorkspace({ manifest: MANIFEST });
  bot = await startBot(workspace, listen);
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await bot.stop();
  await workspace.stop();
});

const MODAL = {
  type: 'modal' as const,
  callback_id: 'ask',
  notify_on_close: true,
  title: plain('Run an action'),
  submit: plain('Ask'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'runbook',
      label: plain('Runbook'),
      element: { type: 'external_select' as const, action_id: 'find', min_query_length: 2 },
    },
    {
      type: 'input' as const,
      block_id: 'reason',
      label: plain('Reason'),
      element: { type: 'plain_text_input' as const, action_id: 'text', multiline: true },
    },
  ],
};

/** A bot with one command, one button, one shortcut and one dialog, which says what it heard. */
function listen(app: App): void {
  app.command('/remediate', async ({ ack, client, body }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: MODAL });
  });
  app.options('find', async ({ ack, payload }) => {
    const found = ['denis/redis-down', 'denis/workers-stuck'].filter((name) => name.includes(payload.value));
    await ack({ options: found.map((name) => ({ text: plain(name), value: name })) });
  });
  app.view('ask', async ({ ack, view }) => {
    const { reason, runbook } = view.state.values;
    const why = reason?.text?.value ?? '';
    heard.push(`${runbook?.find?.selected_option?.value}: ${why}`);
    if (why === 'because') await ack({ response_action: 'errors', errors: { reason: 'Say what happened.' } });
    else if (why === 'deeper')
      await ack({ response_action: 'push', view: { ...MODAL, title: plain('Once more') } });
    else await ack();
  });
  app.view({ callback_id: 'ask', type: 'view_closed' }, async ({ ack }) => {
    heard.push('closed');
    await ack();
  });
  app.action('restart', async ({ ack, body }) => {
    heard.push(`restart by ${body.user.id}`);
    await acknowledge.promise;
    await ack();
  });
  app.shortcut('diagnose-this', async ({ ack, body }) => {
    heard.push(`shortcut by ${body.user.id}`);
    await ack();
  });
}

const CONFIRM = {
  title: plain('Restart Redis?'),
  text: plain('It is gone for 30 s.'),
  confirm: plain('Restart'),
  deny: plain('Not now'),
  style: 'danger' as const,
};

async function postAlert(): Promise<string> {
  const { ts } = await clientOf(workspace).chat.postMessage({
    channel: 'C0DENIS',
    text: 'Redis is down',
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: ':red_circle: *Redis is down*' } },
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'restart', text: plain('Restart'), confirm: CONFIRM }],
      },
    ],
  });
  return ts ?? '';
}

async function openPage(as = 'U0NOOR', viewport = { width: 1280, height: 800 }): Promise<Page> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(`${workspace.url}/?as=${as}`);
  await page.locator('[data-panel=drills]').waitFor({ state: 'attached' });
  return page;
}

const channel = (page: Page): Locator => page.locator('[data-panel=channel]');
const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message #denis-alerts' });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

/** Waits until the bot has heard something. */
async function hears(what: string): Promise<void> {
  await expectSoon(() => heard.includes(what));
}

async function expectSoon(holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`Nobody heard it. Heard so far: ${heard.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('messages', () => {
  it('arrive, change and go without a reload', async () => {
    const page = await openPage();
    const ts = await postAlert();
    const message = channel(page).locator(`[data-ts="${ts}"]`);
    await message.getByText('Redis is down').waitFor();
    await clientOf(workspace).chat.update({ channel: 'C0DENIS', ts, text: 'Resolved' });
    await message.getByText('Resolved').waitFor();
    await message.getByText('(edited)').waitFor();
    await clientOf(workspace).chat.delete({ channel: 'C0DENIS', ts });
    await message.waitFor({ state: 'detached' });
  });

  it('have their replies in the thread panel, and a command there gets Slack’s answer', async () => {
    const page = await openPage();
    const thread_ts = await postAlert();
    await clientOf(workspace).chat.postMessage({ channel: 'C0DENIS', thread_ts, text: 'PING fails' });
    await page.getByRole('button', { name: /^1 reply/ }).click();
    const thread = page.locator('[data-panel=thread]');
    await thread.getByText('PING fails').waitFor();
    expect(await channel(page).getByText('PING fails').count()).toBe(0);
    await thread.getByRole('textbox', { name: 'Reply…' }).fill('/remediate');
    await page.keyboard.press('Enter');
    await page.getByText('/remediate is not supported in threads').waitFor();
    await thread.getByRole('textbox', { name: 'Reply…' }).fill('I am on it');
    await page.keyboard.press('Enter');
    await thread.locator('article', { hasText: 'I am on it' }).waitFor();
  });

  it('that are ephemeral show to one person alone', async () => {
    const [noor, sam] = [await openPage('U0NOOR'), await openPage('U0SAM')];
    await clientOf(workspace).chat.postEphemeral({
      channel: 'C0DENIS',
      user: 'U0NOOR',
      text: 'Your own vote',
    });
    await postAlert();
    await noor.getByText('Only visible to you').waitFor();
    await sam.getByText('Redis is down').first().waitFor();
    expect(await sam.getByText('Your own vote').count()).toBe(0);
  });

  it('are walked with the arrow keys, and their menu tells the bot of a shortcut', async () => {
    const page = await openPage();
    const first = await postAlert();
    const second = await postAlert();
    await channel(page).locator(`[data-ts="${second}"]`).focus();
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.ts)).toBe(first);
    const message = channel(page).locator(`[data-ts="${first}"]`);
    await message.getByRole('button', { name: 'More actions' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Diagnose this' }).press('Enter');
    await hears('shortcut by U0NOOR');
  });

  it('ask nothing of any other host', async () => {
    const asked: string[] = [];
    const page = await openPage();
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    await page.reload();
    await postAlert();
    await channel(page).getByText('Redis is down').waitFor();
    expect(new Set(asked)).toEqual(new Set([workspace.url]));
  });
});

describe('a button with a confirm dialog', () => {
  it('puts the focus on the harmless choice, and Escape does nothing else than close it', async () => {
    const page = await openPage();
    await postAlert();
    await channel(page).getByRole('button', { name: 'Restart' }).click();
    await page.getByRole('dialog', { name: 'Restart Redis?' }).waitFor();
    expect(await focused(page)).toBe('Not now');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Restart');
    expect(heard).toEqual([]);
  });

  it('tells the bot once, and turns until it has acknowledged', async () => {
    const page = await openPage();
    await postAlert();
    const button = channel(page).getByRole('button', { name: 'Restart' });
    await button.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    await hears('restart by U0NOOR');
    expect(await button.getAttribute('aria-busy')).toBe('true');
    await button.click();
    acknowledge.resolve();
    await expectSoon(async () => (await button.getAttribute('aria-busy')) === 'false');
    expect(heard).toEqual(['restart by U0NOOR']);
  });
});

describe('a command and its modal', () => {
  async function openModal(page: Page): Promise<Locator> {
    await composer(page).fill('/remediate');
    await page.keyboard.press('Enter');
    const modal = page.getByRole('dialog', { name: 'Run an action' });
    await modal.waitFor();
    return modal;
  }

  async function chooseRunbook(page: Page): Promise<void> {
    await page.getByRole('combobox', { name: 'Runbook' }).last().click();
    await page.keyboard.type('work');
    await page.getByRole('option', { name: 'denis/workers-stuck' }).waitFor();
    await page.keyboard.press('Enter');
  }

  it('are played through with the keyboard: type-ahead, errors beside their field, submit', async () => {
    const page = await openPage();
    const modal = await openModal(page);
    await chooseRunbook(page);
    await modal.getByRole('button', { name: 'Ask' }).click();
    await modal.getByText('Please complete this required field.').waitFor();
    await page.keyboard.type('because');
    await page.keyboard.press('Control+Enter');
    await modal.getByText('Say what happened.').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('a replay');
    await page.keyboard.press('Control+Enter');
    await modal.waitFor({ state: 'detached' });
    expect(heard).toEqual(['denis/workers-stuck: because', 'denis/workers-stuck: a replay']);
    expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
  });

  it('keep what was entered under a second modal, and close one by one with Escape', async () => {
    const page = await openPage();
    const modal = await openModal(page);
    await chooseRunbook(page);
    await modal.getByRole('textbox', { name: 'Reason' }).fill('deeper');
    await modal.getByRole('button', { name: 'Ask' }).click();
    const second = page.getByRole('dialog', { name: 'Once more' });
    await second.waitFor();
    await page.keyboard.press('Escape');
    await second.waitFor({ state: 'detached' });
    expect(await modal.getByRole('textbox', { name: 'Reason' }).inputValue()).toBe('deeper');
    await page.keyboard.press('Escape');
    await modal.waitFor({ state: 'detached' });
    await expectSoon(() => heard.filter((each) => each === 'closed').length === 2);
  });

  it('keep the focus inside while they are open', async () => {
    const page = await openPage();
    await openModal(page);
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      const inside = await page.evaluate(() => {
        const { activeElement } = document;
        return activeElement === document.body || activeElement?.closest('dialog') !== null;
      });
      expect(inside).toBe(true);
    }
  });
});

describe('the composer', () => {
  it('completes commands and mentions with the keyboard, and shows the hint of the command', async () => {
    const page = await openPage();
    await composer(page).fill('/rem');
    await page.getByRole('option', { name: '/remediate' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await composer(page).inputValue()).toBe('/remediate ');
    await page.locator('.command-hint').getByText('/remediate').waitFor();
    await composer(page).fill('@ine');
    await page.keyboard.press('Enter');
    await page.keyboard.type('please look');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('soon');
    await page.keyboard.press('Enter');
    const said = channel(page).locator('article', { hasText: 'please look' });
    await said.getByText('@Inés Prado').waitFor();
    expect(await said.locator('br').count()).toBe(1);
  });
});

describe('the page', () => {
  it('switches person and keeps the channel, and the address says who it is', async () => {
    const page = await openPage('U0NOOR');
    await page.locator('[data-channel-link=C0GENERAL]').click();
    await page.getByRole('button', { name: /^You are: Noor Haddad/ }).click();
    await page.getByRole('menuitemradio', { name: /Samuel Ekström/ }).click();
    await page.getByRole('button', { name: /^You are: Samuel Ekström/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?as=U0SAM&channel=C0GENERAL');
    await page.getByRole('heading', { name: '# general' }).waitFor();
  });

  it('marks what was not read, until it is looked at', async () => {
    const page = await openPage();
    await page.locator('[data-channel-link=C0GENERAL]').click();
    await postAlert();
    const link = page.locator('[data-channel-link=C0DENIS]');
    await link.getByText('1 unread').waitFor();
    await link.click();
    await link.getByText('1 unread').waitFor({ state: 'detached' });
  });

  it('comes back by itself when the workspace was away', async () => {
    const page = await openPage();
    const port = Number(new URL(workspace.url).port);
    await workspace.stop();
    await page.getByRole('alert').getByText('connection to the practice workspace is lost').waitFor();
    workspace = await startWorkspace({
      port,
      bot: { signingSecret: 'other', token: 'xoxb-practice', appId: 'A0' },
    });
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await postAlert();
    await channel(page).getByText('Redis is down').waitFor();
  });

  it('remembers light or dark', async () => {
    const page = await openPage();
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe('light');
    await page.getByRole('button', { name: 'Dark mode' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Dark mode', pressed: true }).waitFor();
    expect(await theme()).toBe('dark');
  });

  it('stacks its panels on a phone, with nothing beyond the edge', async () => {
    const page = await openPage('U0NOOR', { width: 390, height: 844 });
    const thread_ts = await postAlert();
    await clientOf(workspace).chat.postMessage({ channel: 'C0DENIS', thread_ts, text: 'PING fails' });
    expect(await channel(page).isVisible()).toBe(false);
    await page.locator('[data-channel-link=C0DENIS]').click();
    await page.getByRole('button', { name: /^1 reply/ }).click();
    await page.locator('[data-panel=thread]').getByText('PING fails').waitFor();
    expect(await channel(page).isVisible()).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await page.getByRole('button', { name: 'Back to channels' }).click();
    expect(await page.locator('[data-panel=drills]').isVisible()).toBe(true);
  });
});
