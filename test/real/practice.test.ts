import { describe, expect } from '@jest/globals';
import type { BrowserContextOptions, Locator } from 'playwright-core';
import { picture } from './helpers/pictures.ts';
import { plays } from './helpers/plays.ts';
import { beyondTheEdge, hardToRead } from './helpers/readable.ts';
import {
  become,
  comesIntoView,
  hasFocus,
  loadedWidth,
  message,
  messages,
  pressOn,
  reach,
  type Seat,
  say,
} from './helpers/seat.ts';

const REDIS = 'Redis is killed for its memory';
const WORKERS = 'Workers hang, and a replay filled the queue';
const DEPLOYMENT = 'A deployment broke reservations two hours ago';
const REASON = 'duplicates from the 02:50 replay';
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  colorScheme: 'dark',
  hasTouch: true,
  isMobile: true,
};

function drillButton({ page }: Seat, verb: 'Start' | 'Stop', drill: string): Locator {
  return page.getByRole('button', { name: `${verb} the drill ${drill}` });
}

/** The alert, as it came without anyone typing, with its thread open and the diagnosis complete in it. */
async function openAlert(seat: Seat, title: string): Promise<{ alert: Locator; diagnosis: Locator }> {
  const alert = await message(seat.channel, title, 'Failing');
  await alert.getByRole('button', { name: '1 reply' }).click();
  const diagnosis = await message(seat.thread, 'What fits:', 'took');
  return { alert: messages(seat.channel, title), diagnosis };
}

/** The words of state in a message, from top to bottom, each once. */
async function statesIn(said: Locator): Promise<string[]> {
  const found = (await said.allInnerTexts()).join('').match(/(Failing|Warning|Unknown|Healthy) ·/g) ?? [];
  return [...new Set(found.map((state) => state.replace(' ·', '')))];
}

async function expectChart(within: Locator, figures: RegExp): Promise<void> {
  const chart = within.getByRole('img', { name: figures });
  await chart.waitFor();
  expect(await loadedWidth(chart)).toBeGreaterThan(0);
}

/** The cells of one row of the table in a proof: the check, before, after. */
function rowOf(proof: Locator, check: string): Promise<string[]> {
  return proof.getByRole('row').filter({ hasText: check }).getByRole('cell').allInnerTexts();
}

async function expectRefused(seat: Seat, request: Locator, why: string): Promise<void> {
  await request.getByRole('button', { name: 'Approve' }).click();
  await seat.dialog.getByText(why).waitFor();
  expect(await seat.dialog.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  await seat.dialog.getByText('Close', { exact: true }).click();
  await seat.dialog.waitFor({ state: 'detached' });
  await request.getByText('Votes 0 of 1').waitFor();
}

async function openApproval(seat: Seat, request: Locator): Promise<void> {
  await request.getByRole('button', { name: 'Approve' }).click();
  await expectRepeated(seat);
}

/** The dialog that repeats what runs and how much it touches, made anew. */
async function expectRepeated({ dialog }: Seat): Promise<void> {
  await dialog.getByText('Made anew just now').waitFor();
  await dialog.getByText('celery purge, queue celery, on denis-workers').waitFor();
  await dialog.getByText('1,243 jobs waiting').waitFor();
  await dialog.getByText('it cannot be taken back').waitFor();
}

describe('practice, as a person in a browser plays it', () => {
  plays('Redis is down: diagnosed before anyone types, and healed by one restart', async (sit) => {
    const noor = await sit();
    await noor.page.getByText('It is quiet in #denis-alerts').waitFor();
    await drillButton(noor, 'Start', REDIS).click();
    const { alert, diagnosis } = await openAlert(noor, 'Redis is down');
    expect(await statesIn(diagnosis)).toEqual(['Failing', 'Warning', 'Unknown', 'Healthy']);
    await expectChart(diagnosis, /^Up in Prometheus.* 0 now.* failing under 1/);

    await diagnosis.getByRole('button', { name: 'Restart the StatefulSet' }).click();
    await noor.dialog.getByText('Replaces the Redis pods').waitFor();
    expect(await messages(noor.thread).count()).toBe(2);
    await noor.dialog.getByRole('button', { name: 'Start it' }).click();

    const progress = messages(noor.thread).nth(2);
    await progress.getByText('step 1 of 1').waitFor();
    await progress.getByText(/in [\d.]+ s/).waitFor();
    const proof = await message(noor.thread, 'Healed', 'Restart the StatefulSet');
    const [, before, after] = await rowOf(proof, 'Answers PING');
    expect(before).toMatch(/refused by redis.denis:6379.*failing/s);
    expect(after).toMatch(/PONG.*healthy/s);
    await message(noor.channel, 'Resolved', 'Redis is down', 'after 4 min', 'Restart the StatefulSet');
    await alert.getByRole('button', { name: 'Restart the StatefulSet' }).waitFor({ state: 'detached' });
    await drillButton(noor, 'Start', REDIS).waitFor();
    expect(await messages(noor.thread).count()).toBe(4);
  });

  plays('workers are stuck: a purge runs once, after a second person has approved it', async (sit) => {
    const noor = await sit();
    await drillButton(noor, 'Start', WORKERS).click();
    const { alert } = await openAlert(noor, 'Celery workers are stuck');
    await alert.getByRole('button', { name: 'Restart the workers' }).click();
    await noor.dialog.getByRole('button', { name: 'Start it' }).click();
    const restarted = await message(noor.thread, 'Healed', 'Restart the workers');
    expect(await rowOf(restarted, 'Workers answer')).toEqual([
      'Workers answer',
      expect.stringMatching(/no worker replied.*failing/s),
      expect.stringMatching(/3 workers replied.*healthy/s),
    ]);

    await message(noor.channel, 'Jobs pile up in celery. 1 of 13 checks fails', 'Restart the workers');

    const request = await askForPurge(noor, alert);
    expect(await request.textContent()).not.toContain('no worker answers');
    await expectRefused(noor, request, 'You asked for this, so somebody else has to approve it');
    await become(noor, 'Mara Lindqvist');
    await expectRefused(noor, request, 'Guests may not decide this');
    await become(noor, 'Tomás Oliveira');
    await expectRefused(noor, request, 'Only people of this workspace may decide this');

    const ines = await sit();
    await become(ines, 'Inés Prado');
    await (await message(ines.channel, 'Celery workers are stuck'))
      .getByRole('button', { name: /replies/ })
      .click();
    await openApproval(ines, await message(ines.thread, REASON));
    await become(noor, 'Samuel Ekström');
    await picture('practice', noor.page);
    await picture('approval', noor.page, request);
    await openApproval(noor, request);
    await noor.dialog.getByRole('button', { name: 'Approve' }).click();
    await request.getByText('Approved by @Samuel Ekström').waitFor();
    await ines.dialog.getByRole('button', { name: 'Approve' }).click();
    await ines.dialog.getByText(/^Nothing was changed. It (is approved|has run) already/).waitFor();

    const proof = await message(noor.thread, 'Healed', 'Purge the queue celery');
    expect(await rowOf(proof, 'Jobs waiting in celery')).toEqual([
      'Jobs waiting in celery',
      expect.stringMatching(/^1,243 jobs.*failing/s),
      expect.stringMatching(/^0 jobs.*healthy/s),
    ]);
    await expectChart(proof, /^Jobs waiting in celery.* 0 jobs now.* Purge the queue celery at \d/);
    expect(await proof.getByRole('img').count()).toBe(1);
    await message(noor.thread, REASON, 'Done', 'Approved by @Samuel Ekström', 'What ran');
    expect(await request.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await message(noor.channel, 'Resolved', 'Purge the queue celery', 'approved by @Samuel Ekström');
    // Alert, diagnosis, a restart with its proof, the request, one purge with its proof.
    expect(await messages(noor.thread).count()).toBe(7);
  });

  plays(
    'slash commands complete themselves, ask for what is missing, and answer what is wrong',
    async (sit) => {
      const noor = await sit();
      await noor.composer.pressSequentially('/diag');
      await noor.page.getByRole('option', { name: '/diagnose' }).waitFor();
      await noor.composer.press('Tab');
      await noor.composer.pressSequentially('redis-down');
      await noor.page.getByText('Run the checks of a runbook').waitFor();
      await noor.composer.press('Enter');
      const asked = await message(noor.channel, 'Redis is down', 'All 12 checks are healthy', '@Noor Haddad');
      await asked.getByRole('button', { name: '1 reply' }).click();
      await message(noor.thread, 'Answers PING');

      await say(noor, '/diagnose');
      await noor.dialog.getByRole('combobox', { name: 'What is wrong?' }).pressSequentially('stuck');
      await noor.page.getByRole('option', { name: 'Celery workers are stuck' }).waitFor();
      await noor.page.keyboard.press('Enter');
      await noor.dialog.getByRole('textbox', { name: 'queue' }).waitFor();
      await noor.dialog.getByRole('button', { name: 'Diagnose' }).click();
      await message(noor.channel, 'Celery workers are stuck', 'All 13 checks are healthy', 'queue=celery');

      await say(noor, '/diagnose redis-dwn');
      await message(noor.channel, 'Only visible to you', '"redis-dwn"', 'Did you mean denis/redis-down?');
      await say(noor, '/guardia status');
      await message(noor.channel, 'Only visible to you', 'PostgreSQL', 'connected', 'denis (8 runbooks)');
      await become(noor, 'Samuel Ekström');
      await message(noor.channel, 'All 13 checks are healthy');
      expect(await messages(noor.channel).count()).toBe(2);
    },
  );

  plays('the keyboard alone is enough to ask for a purge and to approve it', async (sit) => {
    const noor = await sit();
    const { page, thread, dialog } = noor;
    await pressOn(noor, drillButton(noor, 'Start', WORKERS));
    const alert = await message(noor.channel, 'Celery workers are stuck', '1 reply');
    await pressOn(noor, alert.getByRole('button', { name: '1 reply' }));
    const diagnosis = await message(thread, 'What fits:', 'took');
    await pressOn(noor, diagnosis.getByRole('button', { name: 'Purge the queue celery' }), 'Shift+Tab');
    await dialog.getByRole('textbox', { name: 'Why is it needed?' }).waitFor();
    await page.keyboard.type(REASON);
    await page.keyboard.press('Control+Enter');
    await message(thread, REASON, 'Waiting for approval');
    const request = messages(thread, REASON);

    await pressOn(noor, page.getByRole('button', { name: 'Switch person' }), 'Shift+Tab');
    await reach(noor, page.getByRole('menuitemradio', { name: 'Samuel Ekström' }), 'ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'You are: Samuel Ekström' }).waitFor();
    await pressOn(noor, request.getByRole('button', { name: 'Approve' }));
    await expectRepeated(noor);
    const approve = dialog.getByRole('button', { name: 'Approve' });
    expect(await hasFocus(approve)).toBe(false);
    await pressOn(noor, approve);
    const proof = await message(thread, 'Healed', 'Purge the queue celery');
    await comesIntoView(noor, proof.getByRole('img'));
    await request.getByText('Approved by @Samuel Ekström').waitFor();
  });

  plays('a request stands where its approvers are, and its thread and it lead to each other', async (sit) => {
    const noor = await sit();
    const { page, thread, dialog } = noor;
    const feed = (name: string) => page.getByRole('feed', { name: `Messages in #${name}` });
    const openChannel = (name: string) => page.getByRole('button', { name }).click();
    await page.getByRole('button', { name: /^hotel \d/ }).click();
    await drillButton(noor, 'Start', DEPLOYMENT).click();
    await openChannel('hotel-alerts');
    await (await message(feed('hotel-alerts'), 'Failing')).getByRole('button', { name: /repl/ }).click();
    const diagnosis = await message(thread, 'What fits:', 'took');
    await diagnosis.getByRole('button', { name: 'Revert the recent deployment' }).click();
    await dialog.getByRole('textbox', { name: 'Why is it needed?' }).fill('bookings fail');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();

    const notice = await message(thread, 'Waiting for approval', 'Engineering decides', 'bookings fail');
    expect(await notice.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await notice.getByRole('link', { name: 'The request' }).click();
    const request = await message(feed('hotel-approvals'), 'please decide', 'bookings fail');
    await request.getByRole('link', { name: 'a thread' }).click();
    await message(thread, 'Waiting for approval', 'The request');
    expect(await messages(feed('hotel-alerts'), 'please decide').count()).toBe(0);

    await become(noor, 'Samuel Ekström');
    await page.getByRole('button', { name: /^Guardia \d+ unread/ }).click();
    await page.getByRole('tab', { name: 'Messages' }).click();
    await page.getByRole('link', { name: 'the request' }).click();
    await request.getByRole('button', { name: 'Approve' }).click();
    await dialog.getByText('Made anew just now').waitFor();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    const approved = await message(feed('hotel-approvals'), 'Approved by @Samuel Ekström');
    await approved.getByRole('link', { name: 'a thread' }).click();
    await message(thread, 'Approved by @Samuel Ekström', 'The request');
    await message(thread, 'please do step 1 of 1', 'Deploy the version');
  });

  plays('a phone in the dark shows the whole drill, readable, with nothing beyond its edge', async (sit) => {
    const noor = await sit(PHONE);
    await drillButton(noor, 'Start', REDIS).tap();
    await drillButton(noor, 'Stop', REDIS).waitFor();
    expect(await beyondTheEdge(noor.page)).toEqual([]);
    await noor.page.getByRole('button', { name: 'denis-alerts 1 unread' }).tap();
    const { diagnosis } = await openAlert(noor, 'Redis is down');
    await expectChart(diagnosis, /^Up in Prometheus/);
    expect(await beyondTheEdge(noor.page)).toEqual([]);
    await diagnosis.getByRole('button', { name: 'Restart the StatefulSet' }).tap();
    await noor.dialog.getByRole('button', { name: 'Start it' }).tap();
    await message(noor.thread, 'Healed', 'Restart the StatefulSet');
    expect(await beyondTheEdge(noor.page)).toEqual([]);
    expect(await hardToRead(noor.thread)).toEqual([]);
    await noor.page.getByRole('button', { name: 'Close thread' }).tap();
    await message(noor.channel, 'Resolved', 'Redis is down');
    expect(await hardToRead(noor.channel)).toEqual([]);
  });
});

/** Asks as who sits there; without a reason it is not asked. */
async function askForPurge(seat: Seat, alert: Locator): Promise<Locator> {
  await alert.getByRole('button', { name: 'Purge the queue celery' }).click();
  const ask = seat.dialog.getByRole('button', { name: 'Ask for approval' });
  await ask.click();
  await seat.dialog.getByText('Please complete this required field.').waitFor();
  await seat.dialog.getByRole('textbox', { name: 'Why is it needed?' }).fill(REASON);
  await ask.click();
  await message(seat.thread, REASON, 'Waiting for approval', '1,243 jobs waiting', 'Asked by @Noor Haddad');
  return messages(seat.thread, REASON);
}
