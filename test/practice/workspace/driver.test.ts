import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plainText } from '../../../src/practice/workspace/driver/elements.ts';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace } from './practice.ts';

let workspace: PracticeWorkspace;

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(() => workspace.stop());

const button = { type: 'button', action_id: 'purge', text: { type: 'plain_text', text: 'Purge' } } as const;
const post = (text: string, more = {}) =>
  clientOf(workspace).chat.postMessage({ channel: 'C0DENIS', text, ...more });

describe('waiting', () => {
  it('ends as soon as what is waited for is there', async () => {
    const waited = workspace.driver.waitFor((seen) => seen.messages('C0DENIS')[1], {
      what: 'the second message',
    });
    await post('one');
    await post('two');
    expect((await waited).text).toBe('two');
  });

  it('shows what there was instead, when it was in vain', async () => {
    const root = await post('Redis is down', { blocks: [{ type: 'actions', elements: [button] }] });
    await post('2 of 5 checks fail', { thread_ts: root.ts });
    await clientOf(workspace).chat.postEphemeral({ channel: 'C0DENIS', user: 'U0SAM', text: 'Not you' });
    await workspace.driver.as('U0NOOR').say('C0DENIS', '/diagnose', root.ts);
    await post('x', { channel: 'C0NOWHERE' }).catch(() => undefined);
    const waited = workspace.driver.waitFor(() => false, { what: 'a green message', timeoutMs: 20 });
    const { message } = (await waited.catch((error: unknown) => error)) as Error;
    expect(message).toMatch(/^Waited \d+ ms for a green message, in vain\. What there was instead:/);
    expect(message).toContain('#denis-alerts (C0DENIS)');
    expect(message).toContain(`${root.ts} U0GUARDIA: Redis is down [Purge]`);
    expect(message).toContain('2 of 5 checks fail');
    expect(message).toContain('only Samuel Ekström sees:');
    expect(message).toContain('Noor Haddad was told: /diagnose is not supported in threads');
    expect(message).toContain('refused: chat.postMessage {"ok":false,"error":"channel_not_found"}');
  });

  it('ends with the error of a predicate that throws', async () => {
    const waited = workspace.driver.waitFor(
      () => {
        throw new Error('wrong');
      },
      { what: 'nothing' },
    );
    await expect(waited).rejects.toThrow('wrong');
  });
});

describe('looking', () => {
  it('counts calls, all or of one method', async () => {
    await post('one');
    await clientOf(workspace).auth.test();
    expect(workspace.driver.calls()).toBe(2);
    expect(workspace.driver.calls('chat.postMessage')).toBe(1);
    expect(workspace.driver.callLog('auth.test')).toMatchObject([{ answer: { ok: true } }]);
  });

  it('reads a message as one text', async () => {
    const blocks = [
      { type: 'section', text: { type: 'mrkdwn', text: '*1,243* jobs' } },
      { type: 'actions', elements: [button] },
    ];
    await post('Waiting for approval', { blocks });
    const [message] = workspace.driver.messages('C0DENIS');
    expect(plainText(message ?? {})).toBe('Waiting for approval\n*1,243* jobs\nPurge');
  });
});
