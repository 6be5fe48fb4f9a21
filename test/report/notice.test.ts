import { describe, expect, it } from '@jest/globals';
import { approvalMessage } from '../../src/report/approval.ts';
import { noticeMessage } from '../../src/report/notice.ts';
import type { PlanView } from '../../src/report/states.ts';
import * as night from './examples.ts';
import { buttonsOf, plainMessage } from './plain.ts';

const apart = (more: Partial<PlanView> = {}) => night.request({ place: night.APART, ...more });
const lines = (more: Partial<PlanView> = {}) => plainMessage(noticeMessage(apart(more)));
const REQUEST = `The request (request:${night.PLAN_ID})`;
const { VOTE: vote, ENDED: at } = night;

describe('what the thread says of a request that stands in the channel of its approvers', () => {
  it('is what is asked, how it stands, and the way there', () => {
    expect(noticeMessage(apart()).text).toBe(
      '🔶 Waiting for approval · Purge the queue celery · denis · expires 03:34 UTC',
    );
    expect(lines()).toEqual([
      '🔶 *Waiting for approval* · *Purge the queue celery* · denis · expires 03:34 UTC (14 Nov 03:34 UTC)',
      'Asked by @UNOOR: “duplicates from the 02:50 replay”',
      `${REQUEST} stands in <#C0SRE>, where SRE decides. 1 approval is missing.`,
      '*What runs*  celery purge, queue celery, on denis-workers-7d4c9 (of 6)',
      '[Cancel request]',
      '~ plan 7f3a9c01…',
    ]);
  });

  it('has what is for those who are here, and leaves the vote to where it is asked for', () => {
    const policy = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };
    const plan = { ...night.PLAN, policy: { ...policy, 'break-glass': { by: ['oncall'] } } };
    expect(buttonsOf(noticeMessage(apart({ plan })))).toEqual(['Cancel request', 'Break the glass']);
    expect(buttonsOf(approvalMessage(apart({ plan })))).toContain('Approve');
  });

  it('calls nobody: the approvers are called where the request stands', () => {
    expect(lines().join()).not.toContain('@SSRE');
    expect(plainMessage(approvalMessage(apart())).join()).toContain('@SSRE');
  });

  it('says who looks at it, and how many approvals are missing', () => {
    const claimed = lines({ claimedBy: [night.MARA], missing: 2 });
    expect(claimed[2]).toMatch(/2 approvals are missing\.$/);
    expect(claimed[3]).toBe('👀 @UMARA is looking at it');
  });

  it.each<[PlanView['state'], Partial<PlanView>, string]>([
    [
      'approved',
      { votes: [vote], beginBefore: '2026-11-14T03:25:00.000Z' },
      'Approved by @UMARA at 03:20 UTC. It begins by 03:25 UTC or not at all.',
    ],
    ['running', { votes: [vote] }, 'Approved by @UMARA at 03:20 UTC. It runs now: see the thread.'],
    [
      'done',
      { votes: [vote], ...at },
      'Approved by @UMARA at 03:20 UTC. Done at 03:21 UTC: the thread shows before and after.',
    ],
    [
      'failed',
      { votes: [vote], ...at },
      'Approved by @UMARA at 03:20 UTC. Failed at 03:21 UTC. See the thread before you try again.',
    ],
    [
      'unknown',
      { votes: [vote] },
      'Approved by @UMARA at 03:20 UTC. It began, and its end was not seen. Say in the thread what happened: Guardia does not repeat it.',
    ],
    [
      'denied',
      { endedBy: night.MARA, ...at, reason: 'not now' },
      'Denied by @UMARA at 03:21 UTC: “not now”. Nothing ran.',
    ],
    ['cancelled', { endedBy: night.NOOR, ...at }, 'Cancelled by @UNOOR at 03:21 UTC. Nothing ran.'],
    [
      'expired',
      { missing: 0, ...at },
      'Expired at 03:21 UTC. 1 approval was missing. Nothing ran: ask again if it is still needed.',
    ],
    [
      'void',
      { difference: ['the queue grew'], ...at },
      'Void at 03:21 UTC: it can no longer run as it was asked for. Nothing ran: ask again if it is still needed.',
    ],
  ])('once %s, says the same as the request, and has no buttons', (state, more, line) => {
    const message = noticeMessage(apart({ state, ...more }));
    const request = approvalMessage(apart({ state, ...more }));
    expect(message.text).toBe(request.text);
    expect(plainMessage(message)).toContain(line);
    expect(plainMessage(request)).toContain(line);
    expect(plainMessage(message)).toContain(`${REQUEST} stands in <#C0SRE>.`);
    for (const one of more.difference ?? []) expect(plainMessage(message)).toContain(`• ${one}`);
    expect(buttonsOf(message)).toEqual([]);
  });
});

describe('a request in the channel of its approvers', () => {
  it('leads back to the thread in which it was asked for', () => {
    expect(plainMessage(approvalMessage(apart()))[1]).toBe(
      `Asked by @UNOOR in a thread (plan:${night.PLAN_ID}) of <#C0DENIS>: “duplicates from the 02:50 replay”`,
    );
  });

  it('that cannot be written in stands in its thread all the same, and both messages say why', () => {
    const why = /<#C0SRE>.*cannot write/;
    const request = plainMessage(approvalMessage(apart({ place: night.CLOSED })));
    expect(request[1]).toBe('Asked by @UNOOR: “duplicates from the 02:50 replay”');
    expect(request.find((line) => why.test(line))).toBe(
      '⚠️ It belongs into <#C0SRE>, where Guardia cannot write: /invite @Guardia there.',
    );
    const notice = (state: PlanView['state']) =>
      plainMessage(noticeMessage(apart({ place: night.CLOSED, state })));
    expect(notice('waiting')).toEqual([
      expect.stringMatching(/^🔶 \*Waiting for approval\* · \*Purge the queue celery\* · denis/),
      `${REQUEST} stands here, since Guardia cannot write in <#C0SRE>.`,
    ]);
    expect(notice('denied')[0]).toBe('⛔ *Denied* · *Purge the queue celery* · denis');
  });
});
