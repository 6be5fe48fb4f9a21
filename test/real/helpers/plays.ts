import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Edited, startPractice } from './practice.ts';
import { openBrowser, type Seat, type SeatOptions, takeSeat } from './seat.ts';

/** Puts one more person in front of the practice workspace. */
export type Sit = (options?: SeatOptions) => Promise<Seat>;

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

/** A test on a practice of its own. What fails leaves a picture of every page, and says where. */
export function plays(name: string, play: (sit: Sit) => Promise<void>, edited: Edited = {}): void {
  it(name, async () => {
    const practice = await startPractice(edited);
    try {
      await play((options) => takeSeat(browser, practice.url, options));
    } catch (error) {
      throw new Error(`${error}\n${await pictures(name)}\n${practice.log().slice(-2_000)}`, { cause: error });
    } finally {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await practice.stop();
    }
  });
}

async function pictures(name: string): Promise<string> {
  const pages = browser.contexts().flatMap((context) => context.pages());
  const paths = pages.map((_, index) =>
    join(tmpdir(), `guardia-${name.replace(/\W+/g, '-').slice(0, 50)}-${index + 1}.png`),
  );
  await Promise.all(pages.map((page, index) => page.screenshot({ path: paths[index] })));
  return `What could be seen: ${paths.join(', ')}`;
}
