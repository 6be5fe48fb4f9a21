import { describe, expect, it } from '@jest/globals';
import { callMessage, reminderMessage } from '../../src/report/call.ts';
import * as night from './examples.ts';
import { plainMessage } from './plain.ts';

describe('what somebody who may approve reads in a direct message', () => {
  it('is the request in short, with its buttons and the way to it', () => {
    const message = callMessage(night.request());
    expect(message.text).toBe(
      '🔶 Your approval is asked for · Purge the queue celery · denis · expires 03:34 UTC',
    );
    expect(plainMessage(message)).toEqual([
      '🔶 *Waiting for approval* · *Purge the queue celery* · denis · expires 03:34 UTC (14 Nov 03:34 UTC)',
      'Asked by @UNOOR in <#C0DENIS>: “duplicates from the 02:50 replay”',
      '*What runs*  celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
      '*How much*  1,243 jobs waiting, 0 reserved, oldest 47 min',
      '*Undo*  none: it cannot be taken back',
      '[Approve] [Deny] [Claim]',
      `~ plan 7f3a9c01… · the request (plan:${night.PLAN_ID}) has the dry run`,
    ]);
  });

  it('leads to the request where it stands, which may be another channel', () => {
    const lines = plainMessage(callMessage(night.request({ place: night.APART })));
    expect(lines).toContain('Asked by @UNOOR in <#C0DENIS>: “duplicates from the 02:50 replay”');
    expect(lines.at(-1)).toContain(`the request (request:${night.PLAN_ID})`);
  });

  it('is one line once it has ended', () => {
    const denied = plainMessage(callMessage(night.request({ state: 'denied' })));
    expect(denied).toEqual(['⛔ Denied · Purge the queue celery · denis']);
    expect(plainMessage(reminderMessage(night.request({ state: 'denied' })))).toEqual(denied);
  });

  it('reminds of what waits still, and leads to it', () => {
    expect(plainMessage(reminderMessage(night.request({ place: night.APART })))).toEqual([
      '⏰ *Still waiting for an approval* · *Purge the queue celery* · denis · expires 03:34 UTC (14 Nov 03:34 UTC)',
      `Nothing runs without it; @UNOOR asked. See the request (request:${night.PLAN_ID})`,
      '[Approve] [Deny]',
    ]);
  });
});
