import { describe, expect, it } from '@jest/globals';
import { approvalMessage } from '../../src/report/approval.ts';
import { type GlassView, glassDialog, glassMessage, reviewDialog } from '../../src/report/glass.ts';
import * as night from './examples.ts';
import { plainMessage, plainView } from './plain.ts';

const broken: GlassView = {
  ...{ id: night.PLAN_ID, digest: night.DIGEST, title: 'Purge the queue celery' },
  ...{ what: 'celery purge, queue celery', amount: '1,243 jobs waiting' },
  service: { name: 'denis', title: 'Denis' },
  requester: night.NOOR,
  review: { by: night.NOOR, at: night.NOW, reason: 'nobody answers', signed: null },
  approverGroups: [{ title: 'SRE', group: 'SSRE' }],
  calls: true,
  now: night.NOW,
};
const signed = { by: night.MARA, at: night.NOW, note: 'they were duplicates' };

describe('broken glass', () => {
  it('says who ran what without an approval and why, and calls for a review', () => {
    const message = glassMessage(broken);
    expect(message.text).toBe('🚨 Glass broken · Purge the queue celery · denis');
    expect(plainMessage(message)).toEqual([
      '🚨 *Glass broken* · *Purge the queue celery* · denis',
      '@UNOOR ran it without a second person’s approval at 03:16 UTC: “nobody answers”',
      '@SSRE: somebody who had no part in it has to look at it and sign.',
      '*What ran*  celery purge, queue celery',
      '*How much*  1,243 jobs waiting',
      '[Sign the review]',
      '~ plan 7f3a9c01… · asked for by @UNOOR',
    ]);
  });

  it('names the approvers elsewhere without calling them', () => {
    const lines = plainMessage(glassMessage({ ...broken, calls: false })).join('\n');
    expect(lines).toContain('SRE: somebody who had no part in it');
    expect(lines).not.toContain('@SSRE');
  });

  it('shows who signed the review, and asks nobody any more', () => {
    const lines = plainMessage(glassMessage({ ...broken, review: { ...broken.review, signed } }));
    expect(lines[0]).toBe('☑️ *Reviewed* · *Purge the queue celery* · denis');
    expect(lines).toContain('*Review*  signed by @UMARA at 03:16 UTC: “they were duplicates”');
    expect(lines.join('\n')).not.toMatch(/Sign the review|has to look/);
  });

  it('is offered with a request where the policy allows it, and told as what it was', () => {
    const allowed = { ...night.PLAN.policy, 'break-glass': { by: ['oncall'] } } as typeof night.PLAN.policy;
    const plan = { ...night.PLAN, ...(allowed ? { policy: allowed } : {}) };
    expect(plainMessage(approvalMessage(night.request())).join()).not.toContain('Break the glass');
    expect(plainMessage(approvalMessage(night.request({ plan })))).toContain(
      '[Approve] [Deny] [Claim] [Cancel request] [Break the glass]',
    );
    const glass = { by: night.NOOR, at: night.NOW, reason: 'nobody answers' };
    const done = plainMessage(approvalMessage(night.request({ plan, state: 'done', glass }))).join('\n');
    expect(done).toContain('🚨 Not approved: @UNOOR broke the glass at 03:16 UTC: “nobody answers”. Done');
    expect(done).not.toContain('Approved by');
  });

  it('says what it means before it asks why', () => {
    expect(plainView(glassDialog('{}', 'Purge the queue celery')).join('\n')).toMatch(
      /Purge the queue celery[\s\S]*without a second person’s approval[\s\S]*Why can it not wait/,
    );
    expect(plainView(reviewDialog('{}', null)).join('\n')).toMatch(
      /looked at what ran[\s\S]*What did you find/,
    );
  });
});
