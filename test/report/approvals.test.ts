import { describe, expect, it } from '@jest/globals';
import { type Approvals, approvalsMessage, type ListedPlan } from '../../src/report/approvals.ts';
import * as night from './examples.ts';
import { plainMessage } from './plain.ts';

const plan: ListedPlan = {
  ...{ id: night.PLAN_ID, digest: night.DIGEST, title: 'Purge the queue celery', service: 'denis' },
  ...{
    state: 'waiting',
    requester: night.NOOR,
    endedAt: null,
    link: 'https://guardia.slack.com/archives/C1/p1',
  },
  ...{ madeAt: '2026-11-14T03:10:00.000Z', expiresAt: '2026-11-14T03:25:00.000Z' },
};
const state: Approvals = { waitingForMe: [plan], reviews: [], mine: [], decided: [], now: night.NOW };
const lines = (more: Partial<Approvals> = {}) => plainMessage(approvalsMessage({ ...state, ...more }));

describe('/approvals', () => {
  it('begins with what waits, then what was asked for and decided', () => {
    const done = { ...plan, state: 'done', endedAt: '2026-11-14T03:12:00.000Z', link: null } as const;
    expect(lines({ decided: [done] })).toEqual([
      '*1 request waits for your approval*',
      '🔶 *Purge the queue celery (https://guardia.slack.com/archives/C1/p1)* · denis · expires 03:25 UTC (14 Nov 03:25 UTC)',
      'asked by @UNOOR',
      '*What you asked for*  nothing yet',
      '*Decided lately*',
      '✅ Done · *Purge the queue celery* · denis · 03:12 UTC',
    ]);
  });

  it('offers to sign reviews, and to approve where no link leads to the request', () => {
    const review = { ...plan, by: night.NOOR, at: night.NOW };
    const shown = lines({ waitingForMe: [{ ...plan, link: null }], reviews: [review] }).join('\n');
    expect(shown).toMatch(
      /\[Approve\][\s\S]*Reviews to sign \(1\)[\s\S]*glass broken by @UNOOR[\s\S]*\[Sign the review\]/,
    );
  });

  it('counts what does not fit', () => {
    const many = Array.from({ length: 11 }, () => plan);
    expect(lines({ waitingForMe: many })).toEqual(
      expect.arrayContaining(['*11 requests wait for your approval*', '~ and 3 more']),
    );
    expect(lines({ waitingForMe: many, more: true })[0]).toBe(
      '*At least 11 requests wait for your approval*',
    );
    expect(lines({ waitingForMe: [] })[0]).toBe('*0 requests wait for your approval*');
  });
});
