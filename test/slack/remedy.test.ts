import { expect, it } from '@jest/globals';
import { questionView } from '../../src/slack/remedy.ts';
import { testAction, testRunbook, testService } from '../helpers/shop.ts';

it('the question before an action says which other one takes it back', () => {
  const close = testAction('close', { risk: 'destructive', undoneBy: 'open' });
  const open = testAction('open', { title: 'Open {queue} again' });
  const runbook = testRunbook({ actions: [close, open] });
  const view = questionView({
    service: testService([runbook]),
    runbook,
    action: close,
    parameters: { queue: 'orders' },
    reason: null,
    place: { channel: 'C0SHOP' },
  });
  expect(JSON.stringify(view)).toContain('*Undo*  by the action \\"Open orders again\\"');
});
