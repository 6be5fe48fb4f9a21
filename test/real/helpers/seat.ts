import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PATIENCE_MS = 15_000;

/** One person in front of the practice workspace: what they see, by the names that a screen reader says. */
export interface Seat {
  page: Page;
  /** The messages of the channel in front of them. */
  channel: Locator;
  /** The open thread. */
  thread: Locator;
  dialog: Locator;
  composer: Locator;
}

/** Which channel they look at, and the window they look through. */
export type SeatOptions = BrowserContextOptions & { channel?: string };

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
}

export async function takeSeat(
  browser: Browser,
  url: string,
  { channel = 'denis-alerts', ...options }: SeatOptions = {},
): Promise<Seat> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  await page.getByRole('region', { name: 'Drills' }).waitFor();
  if (channel !== 'denis-alerts') await page.getByRole('button', { name: new RegExp(channel) }).click();
  return {
    page,
    channel: page.getByRole('feed', { name: `Messages in #${channel}` }),
    thread: page.getByRole('complementary', { name: 'Thread' }),
    dialog: page.getByRole('dialog'),
    composer: page.getByRole('textbox', { name: `Message #${channel}` }),
  };
}

/** The messages of a channel or a thread in which all of these words stand. */
export function messages(within: Locator, ...words: readonly string[]): Locator {
  return words.reduce<Locator>((found, hasText) => found.filter({ hasText }), within.getByRole('article'));
}

/** The one message in which all of these words stand, once it is there. */
export async function message(within: Locator, ...words: readonly string[]): Promise<Locator> {
  const found = messages(within, ...words);
  await found.waitFor();
  return found;
}

export async function say(seat: Seat, text: string): Promise<void> {
  await seat.composer.fill(text);
  await seat.composer.press('Enter');
}

export async function become(seat: Seat, name: string): Promise<void> {
  await seat.page.getByRole('button', { name: 'Switch person' }).click();
  await seat.page.getByRole('menuitemradio', { name }).click();
  await seat.page.getByRole('button', { name: `You are: ${name}` }).waitFor();
}

/** What moves the focus: through the page, or within a menu. */
type Key = 'Tab' | 'Shift+Tab' | 'ArrowDown';

/** Moves the focus until it is on the target; fails where the keyboard does not get there. */
export async function reach(seat: Seat, target: Locator, key: Key = 'Tab'): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 150; presses += 1) {
    if (await hasFocus(target)) return;
    await seat.page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${target}`);
}

export function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

export async function pressOn(seat: Seat, target: Locator, key: Key = 'Tab'): Promise<void> {
  await reach(seat, target, key);
  await seat.page.keyboard.press('Enter');
}

/** Waits until it stands in the window, where the reader sees it without scrolling. */
export async function comesIntoView(seat: Seat, target: Locator): Promise<void> {
  const handle = await target.elementHandle();
  await seat.page.waitForFunction((element) => {
    const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
    return top >= 0 && bottom <= innerHeight;
  }, handle);
}

/** How wide a picture is once it is loaded; rejects when it is broken. */
export function loadedWidth(picture: Locator): Promise<number> {
  return picture.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    return image.naturalWidth;
  });
}
