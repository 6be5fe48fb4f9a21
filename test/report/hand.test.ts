import { describe, expect, it } from '@jest/globals';
import { cannotDialog, handMessage } from '../../src/report/hand.ts';
import type { HandView } from '../../src/report/hand-states.ts';
import { planRef } from '../../src/report/ids.ts';
import * as night from './examples.ts';
import { buttonsOf, plainMessage, plainView } from './plain.ts';

function view(more: Partial<HandView> = {}): HandView {
  return {
    id: night.PLAN_ID,
    digest: night.DIGEST,
    plan: { ...night.PLAN, title: 'Restore the server', service: 'hotel' },
    step: 0,
    of: 3,
    does: 'Provision a server with 4 GB and Ubuntu 24.04.',
    role: { title: 'DevOps team', group: 'SDEVOPS', reach: null },
    until: '2026-11-14T05:16:00.000Z',
    ended: null,
    now: night.NOW,
    ...more,
  };
}
const ended = (more: Partial<NonNullable<HandView['ended']>> = {}) =>
  view({ ended: { ok: true, by: night.MARA, at: '2026-11-14T03:50:00.000Z', says: '', ...more } });

describe('a step that is done by hand', () => {
  it('says on a lock screen what waits, and until when', () => {
    expect(handMessage(view()).text).toBe(
      '✋ Waiting for a person · Restore the server · hotel · step 1 of 3 · until 05:16 UTC',
    );
  });

  it('calls whose work it is, with what to do and two words to choose from', () => {
    expect(plainMessage(handMessage(view()))).toEqual([
      '✋ @SDEVOPS: please do step 1 of 3 of *Restore the server*, and say when it is done. The run waits until 05:16 UTC (14 Nov 05:16 UTC).',
      '> Provision a server with 4 GB and Ubuntu 24.04.',
      '[It is done] [It cannot be done]',
    ]);
    const row = handMessage(view()).blocks.at(-1) as { elements: { value: string }[] };
    expect(new Set(row.elements.map(({ value }) => value))).toEqual(
      new Set([planRef(night.PLAN_ID, night.DIGEST)]),
    );
  });

  it.each<[string, HandView['role'], string]>([
    ['the runbook names nobody', null, '@UNOOR: please do step 1 of 3'],
    [
      'it is for somebody outside Slack',
      { title: 'The vendor', group: null, reach: 'support@example.com' },
      '@UNOOR: please have The vendor (support@example.com) do step 1 of 3',
    ],
  ])('calls whoever asked where %s', (_, role, words) => {
    expect(plainMessage(handMessage(view({ role })))[0]).toContain(words);
  });

  it('says who did it and when, and calls nobody any more', () => {
    expect(plainMessage(handMessage(ended()))).toEqual([
      '☑️ *Done by hand* · step 1 of 3 of *Restore the server* · @UMARA at 03:50 UTC',
    ]);
  });

  it('says why it cannot be done, and who said so', () => {
    const message = handMessage(ended({ ok: false, says: 'It cannot be done: no quota left' }));
    expect(message.text).toBe('❌ Not done · Restore the server · hotel · step 1 of 3');
    expect(plainMessage(message)).toEqual([
      '❌ *Not done* · step 1 of 3 of *Restore the server*: It cannot be done: no quota left · @UMARA at 03:50 UTC',
    ]);
    expect(buttonsOf(message)).toEqual([]);
  });

  it('says that nobody said anything', () => {
    const message = handMessage(
      ended({ ok: false, by: null, says: 'Nobody said within 2 h that it was done.' }),
    );
    expect(plainMessage(message)[0]).toMatch(/: Nobody said within 2 h that it was done\.$/);
  });
});

describe('the dialog of what cannot be done', () => {
  it('says what it is about and what follows, and asks why', () => {
    expect(plainView(cannotDialog('{}', 'by hand: Provision a server.'))).toEqual([
      '# It cannot be done   [End the run] [Not now]',
      '*by hand: Provision a server.*',
      'The run ends here: nothing after this step runs.',
      'Why can it not be done?: {plain_text_input}',
    ]);
  });
});
