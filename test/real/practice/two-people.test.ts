import { describe, expect } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { picture } from '../helpers/pictures.ts';
import { plays } from '../helpers/plays.ts';
import { become, message, messages, type Seat } from '../helpers/seat.ts';

/** The two-person rule as people meet it: every end of a request, played with the mouse. */
const WORKERS = 'Workers hang, and a replay filled the queue';
const REASON = 'duplicates from the 02:50 replay';
const SOON = { 'denis/service.yml': (text: string) => text.replace('expires: 15m', 'expires: 10s') };

/** High enough for a long request. */
const TALL = { width: 1400, height: 1600 };

async function start({ page }: Seat, drill: string): Promise<void> {
  await page.getByPlaceholder('Find a drill').fill(drill);
  await page.getByRole('button', { name: `Start the drill ${drill}`, exact: true }).click();
}

/** The diagnosis in the thread of an alert, once it is complete. */
async function openThread(seat: Seat, title: string): Promise<Locator> {
  const alert = await message(seat.channel, title);
  await alert.getByRole('button', { name: /repl(y|ies)/ }).click();
  return message(seat.thread, 'What fits:', 'took');
}

async function ask(seat: Seat, diagnosis: Locator, action: string, reason = REASON): Promise<Locator> {
  await diagnosis.getByRole('button', { name: action }).click();
  await seat.dialog.getByRole('textbox', { name: 'Why is it needed?' }).fill(reason);
  await seat.dialog.getByRole('button', { name: 'Ask for approval' }).click();
  await message(seat.thread, reason, 'Waiting for approval');
  return messages(seat.thread, reason).first();
}

/** In the dialog that a button of the request opens. */
async function answer(
  seat: Seat,
  button: Locator,
  submit: string,
  fields: Record<string, string> = {},
): Promise<void> {
  await button.click();
  for (const [name, value] of Object.entries(fields))
    await seat.dialog.getByRole('textbox', { name }).fill(value);
  await seat.dialog.getByRole('button', { name: submit, exact: true }).click();
  await seat.dialog.waitFor({ state: 'detached' });
}

async function askForPurge(seat: Seat): Promise<Locator> {
  await start(seat, WORKERS);
  return ask(seat, await openThread(seat, 'Celery workers are stuck'), 'Purge the queue celery');
}

describe('a request for approval', () => {
  plays('that is denied says by whom and why, and nothing runs', async (sit) => {
    const noor = await sit();
    const request = await askForPurge(noor);
    await become(noor, 'Samuel Ekström');
    await answer(noor, request.getByRole('button', { name: 'Deny' }), 'Deny', {
      'Why not?': 'the jobs are paid orders; requeue them instead',
    });
    await request.getByText('Denied by @Samuel Ekström').waitFor();
    await request.getByText('the jobs are paid orders; requeue them instead').waitFor();
    await picture('denied', noor.page, request);
    expect(await request.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await messages(noor.thread, 'step 1 of 1').count()).toBe(0);
  });

  plays('whose target has changed is void at the click, and shows the difference', async (sit) => {
    const noor = await sit();
    const request = await askForPurge(noor);
    await noor.page.getByRole('button', { name: `Stop the drill ${WORKERS}` }).click();
    await become(noor, 'Samuel Ekström');
    await request.getByRole('button', { name: 'Approve' }).click();
    await noor.dialog.getByText('the drill that it was asked for is over').waitFor();
    expect(await noor.dialog.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await noor.dialog.getByText('Close', { exact: true }).click();
    await request.getByText('Void').first().waitFor();
    await request.getByText('the drill that it was asked for is over').first().waitFor();
    await picture('void', noor.page, request);
  });

  plays(
    'that nobody answers expires, and says what to do',
    async (sit) => {
      const noor = await sit();
      const request = await askForPurge(noor);
      await request.getByText('Nothing ran: ask again if it is still needed').waitFor({ timeout: 30_000 });
      await picture('expired', noor.page, request);
      expect(await request.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    },
    SOON,
  );

  plays('waits for two people where a restore wants two', async (sit) => {
    const noor = await sit({ channel: 'hotel-alerts', viewport: TALL });
    await start(noor, 'The host is gone');
    const diagnosis = await openThread(noor, 'The server is lost');
    const notice = await ask(
      noor,
      diagnosis,
      'Rebuild on a new server',
      'the provider says that the disk is dead',
    );
    const sam = await sit({ channel: 'hotel-approvals', viewport: TALL });
    await become(sam, 'Samuel Ekström');
    const request = await message(sam.channel, 'the provider says that the disk is dead');
    await request.getByRole('button', { name: 'Approve' }).click();
    await sam.dialog.getByText('Made anew just now').waitFor();
    await picture('approve-dialog', sam.page, sam.dialog);
    await sam.dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    await sam.dialog.waitFor({ state: 'detached' });
    await request.getByText('1 of 2').waitFor();
    await picture('two-votes', sam.page, request);
    await picture('two-votes-notice', noor.page, notice);
    await become(sam, 'Inés Prado');
    await answer(sam, request.getByRole('button', { name: 'Approve' }), 'Approve');
    await request.getByText('Approved by @Samuel Ekström, @Inés Prado').waitFor();
    for (const step of ['Provision a new server', 'Point the DNS entry']) {
      const call = await message(noor.thread, 'please do step', step);
      await call.getByRole('button', { name: 'It is done' }).click();
    }
    await message(noor.thread, 'Healed', 'Rebuild on a new server');
    await request.getByText('Done', { exact: false }).first().waitFor();
    await picture('two-votes-done', sam.page, request);
  });

  plays('that cannot wait runs by broken glass, and a second person signs the review', async (sit) => {
    const noor = await sit();
    const request = await askForPurge(noor);
    await answer(noor, request.getByRole('button', { name: 'Break the glass' }), 'Run it now', {
      'Why can it not wait for an approval?': 'chat is down, and nobody answers the call',
    });
    await message(noor.thread, 'Healed', 'Purge the queue celery');
    const audit = await sit({ channel: 'guardia-audit' });
    const glass = await message(audit.channel, 'chat is down, and nobody answers the call');
    await picture('break-glass', audit.page, glass);
    await become(audit, 'Samuel Ekström');
    await answer(audit, glass.getByRole('button', { name: 'Sign the review' }), 'Sign', {
      'What did you find?': 'the replay was the cause; nothing else was lost',
    });
    await glass.getByText('the replay was the cause; nothing else was lost').waitFor();
    await picture('break-glass-reviewed', audit.page, glass);
    expect(await glass.getByRole('button', { name: 'Sign the review' }).count()).toBe(0);
  });
});
