import { describe, expect, it } from '@jest/globals';
import { checklistMessage } from '../../src/report/checklist.ts';
import type { ChecklistItem, ChecklistView } from '../../src/report/hand-states.ts';
import * as night from './examples.ts';
import { plainMessage } from './plain.ts';

function item(check: string, title: string, more: Partial<ChecklistItem> = {}): ChecklistItem {
  return { check, title, does: `Look at ${check}.`, role: null, phase: null, tick: null, ...more };
}

const TICK = { by: night.MARA, at: '2026-11-14T03:14:00.000Z' };

function view(...items: ChecklistItem[]): ChecklistView {
  const runbook = { name: 'degraded', title: 'Inventory is degraded' };
  return { ref: night.ALERT, runbook, service: { name: 'inventory', title: '' }, items, now: night.NOW };
}

const phased = view(
  item('stock', 'Stock moves', { phase: 'Confirmation', role: 'Warehouse lead' }),
  item('tenant', 'Which tenant it is', { phase: 'Confirmation', tick: TICK }),
  item('review', 'The post-mortem has a date', { phase: 'Closing' }),
);

describe('what people look at by hand', () => {
  it('says on a lock screen how far it is', () => {
    expect(checklistMessage(phased).text).toBe(
      '📋 To do by hand · 1 of 3 done · Inventory is degraded · inventory',
    );
  });

  it('stands part by part, each with what to do, whose work it is, and a button', () => {
    expect(plainMessage(checklistMessage(phased))).toEqual([
      '📋 *To do by hand* · 1 of 3 done · *Inventory is degraded* · inventory',
      '*Confirmation*',
      '⬜ *Stock moves* · Warehouse lead  [Done]',
      'Look at stock.',
      '☑️ *Which tenant it is* · done by @UMARA at 03:14 UTC  [Take back]',
      '*Closing*',
      '⬜ *The post-mortem has a date*  [Done]',
      'Look at review.',
    ]);
  });

  it('has buttons that carry ids and nothing else', () => {
    const [, , first, second] = checklistMessage(phased).blocks as readonly { accessory?: object }[];
    expect(first?.accessory).toMatchObject({ action_id: 'tick:degraded/stock', value: night.ALERT });
    expect(second?.accessory).toMatchObject({ action_id: 'untick:degraded/tenant', value: night.ALERT });
  });

  it('says so when all of it is done', () => {
    expect(checklistMessage(view(item('a', 'A', { tick: TICK }))).text).toBe(
      '☑️ All done by hand · 1 of 1 done · Inventory is degraded · inventory',
    );
  });

  it('that is too long for one message shows what is open, so that all of it can be done', () => {
    const done = Array.from({ length: 20 }, (_, index) => item(`d${index}`, `Done ${index}`, { tick: TICK }));
    const open = Array.from({ length: 31 }, (_, index) => item(`o${index}`, `Open ${index}`));
    const lines = plainMessage(checklistMessage(view(...done, ...open)));
    expect(lines.filter((line) => line.includes('[Done]'))).toHaveLength(30);
    expect(lines.join('\n')).not.toContain('[Take back]');
    expect(lines.at(-1)).toBe('~ and 21 things more');
  });
});
