import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const FOLDER = join(import.meta.dirname, '../../../docs/images');

/** Takes a picture for the README, when asked to: `PICTURES=1 npm run test:real -- practice.test`. */
export async function picture(name: string, page: Page, part?: Locator): Promise<void> {
  if (!process.env.PICTURES) return;
  await page.mouse.move(0, 0);
  await (part ?? page).screenshot({ path: join(FOLDER, `${name}.png`) });
}
