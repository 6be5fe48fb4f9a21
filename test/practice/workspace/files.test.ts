import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, PNG, refusal, stoppedClock } from './practice.ts';

const clock = stoppedClock();
let workspace: PracticeWorkspace;
let client: WebClient;

beforeEach(async () => {
  workspace = await openWorkspace({ clock, limits: { fileReadyMs: 150 } });
  client = clientOf(workspace);
});
afterEach(() => workspace.stop());

async function upload(name = 'chart.png', bytes = PNG): Promise<string> {
  const asked = { filename: name, length: bytes.length, alt_text: 'Jobs waiting' };
  const { upload_url, file_id } = await client.files.getUploadURLExternal(asked);
  const sent = await fetch(String(upload_url), { method: 'POST', body: new Uint8Array(bytes) });
  expect(sent.status).toBe(200);
  return String(file_id);
}

function imageBlock(id: string) {
  return { type: 'image', alt_text: 'Jobs waiting', slack_file: { id } } as const;
}

function show(id: string) {
  return client.chat.postMessage({ channel: 'C0DENIS', text: 'chart', blocks: [imageBlock(id)] });
}

describe('an uploaded file', () => {
  it('can be shown by an image block once Slack has worked on it, and not a moment before', async () => {
    const id = await upload();
    await client.files.completeUploadExternal({ files: [{ id, title: 'Jobs' }] });
    const refused = {
      error: 'invalid_blocks',
      messages: ['[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]'],
    };
    expect(await refusal(show(id))).toEqual(refused);
    expect((await client.files.info({ file: id })).file).toMatchObject({ mimetype: '' });
    clock.forward(150);
    expect((await client.files.info({ file: id })).file).toMatchObject({
      mimetype: 'image/png',
      original_w: 1,
      title: 'Jobs',
    });
    await show(id);
    const [message] = workspace.driver.messages('C0DENIS');
    expect(message?.blocks).toMatchObject([{ slack_file: { id, url: `/files/${id}` } }]);
    const picture = await fetch(`${workspace.url}/files/${id}`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG);
  });

  it('is refused by a block before its upload was completed, and when it is no picture', async () => {
    const unfinished = await upload();
    expect((await refusal(show(unfinished))).error).toBe('invalid_blocks');
    const text = await upload('output.txt', Buffer.from('all of it'));
    await client.files.completeUploadExternal({ files: [{ id: text }] });
    clock.forward(150);
    expect((await refusal(show(text))).error).toBe('invalid_blocks');
    expect((await refusal(show('F0'))).messages[0]).toContain('input must match regex pattern');
  });

  it('is completed only after its bytes came, all of them and once', async () => {
    const { upload_url, file_id } = await client.files.getUploadURLExternal({ filename: 'a.png', length: 9 });
    const complete = () => client.files.completeUploadExternal({ files: [{ id: String(file_id) }] });
    const send = (bytes: string) => fetch(String(upload_url), { method: 'POST', body: bytes });
    expect((await send('too short')).status).toBe(200);
    expect((await send('too short')).status).toBe(404);
    await complete();
    const other = await client.files.getUploadURLExternal({ filename: 'a.png', length: 100 });
    expect((await fetch(String(other.upload_url), { method: 'POST', body: 'short' })).status).toBe(400);
    expect(
      await refusal(client.files.completeUploadExternal({ files: [{ id: String(other.file_id) }] })),
    ).toMatchObject({ error: 'file_not_found' });
  });

  it("is shared into a thread by Slack's own client", async () => {
    const { ts } = await client.chat.postMessage({ channel: 'C0DENIS', text: 'root' });
    await client.files.uploadV2({
      channel_id: 'C0DENIS',
      thread_ts: String(ts),
      filename: 'output.txt',
      file: Buffer.from('all of it'),
      initial_comment: 'The whole output',
    });
    const shared = await workspace.driver.waitFor((seen) => seen.messages('C0DENIS', ts)[1], {
      what: 'the shared file',
    });
    expect(shared).toMatchObject({ text: 'The whole output', files: [{ name: 'output.txt' }] });
  });

  it('has an alternative text of at most 1,000 characters', async () => {
    const long = client.files.getUploadURLExternal({
      filename: 'a.png',
      length: 1,
      alt_text: 'x'.repeat(1_001),
    });
    expect(await refusal(long)).toMatchObject({ error: 'alt_txt_too_large' });
  });
});
