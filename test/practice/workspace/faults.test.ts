import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, PNG, refusal } from './practice.ts';

let workspace: PracticeWorkspace;
let client: WebClient;

beforeEach(async () => {
  workspace = await openWorkspace();
  client = clientOf(workspace);
});
afterEach(() => workspace.stop());

const post = () => client.chat.postMessage({ channel: 'C0DENIS', text: 'hello' });
const posted = () => workspace.driver.messages('C0DENIS').length;
const thrown = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('Slack failing', () => {
  it('answers 429 as often as it is told to, and then works again', async () => {
    workspace.faults.next('chat.postMessage', 'ratelimited', 2);
    for (const _ of [1, 2])
      expect(await thrown(post())).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await post();
    expect(posted()).toBe(1);
    expect(workspace.driver.calls('chat.postMessage')).toBe(3);
  });

  it('answers 500, HTML, or an error of its own', async () => {
    workspace.faults.next('chat.postMessage', '500');
    expect(await thrown(post())).toMatchObject({ code: 'slack_webapi_http_error', statusCode: 500 });
    workspace.faults.next('chat.postMessage', 'html');
    expect((await refusal(post())).error).toContain('<html>');
    workspace.faults.next('*', { error: 'token_revoked' }, Number.POSITIVE_INFINITY);
    expect(await refusal(post())).toMatchObject({ error: 'token_revoked' });
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'token_revoked' });
    workspace.faults.clear();
    await post();
    expect(posted()).toBe(1);
  });

  it('answers nothing', async () => {
    const impatient = clientOf(workspace, workspace.botToken, 50);
    workspace.faults.next('chat.postMessage', 'nothing');
    const lost = impatient.chat.postMessage({ channel: 'C0DENIS', text: 'hello' });
    expect(await thrown(lost)).toMatchObject({ code: 'slack_webapi_request_error' });
    expect(posted()).toBe(0);
  });

  it('closes the connection after it did the work', async () => {
    workspace.faults.next('chat.postMessage', 'effect-then-close');
    expect(await thrown(post())).toMatchObject({ code: 'slack_webapi_request_error' });
    expect(posted()).toBe(1);
  });

  it('loses an upload half way, or its answer', async () => {
    const sendFile = async () => {
      const { upload_url } = await client.files.getUploadURLExternal({
        filename: 'a.png',
        length: PNG.length,
      });
      return fetch(String(upload_url), { method: 'POST', body: new Uint8Array(PNG) });
    };
    workspace.faults.next('upload', '500');
    expect((await sendFile()).status).toBe(500);
    workspace.faults.next('upload', 'effect-then-close');
    await expect(sendFile()).rejects.toThrow('fetch failed');
    expect((await sendFile()).status).toBe(200);
  });
});
