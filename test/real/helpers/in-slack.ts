import { expect } from '@jest/globals';
import type { Seen } from '../../../src/practice/workspace/driver/types.ts';
import type { ApiCall } from '../../../src/practice/workspace/state.ts';
import type { Message } from '../../../src/report/message.ts';
import { until } from '../servers/process.ts';
import type { Scene } from './shop-scene.ts';

/** What the bot said under one key, as Slack took it. */
interface Said {
  key: string;
  version: number;
  post: boolean;
}

/** Everything that Slack took from the bot so far, in order. */
function saidIn(seen: Seen): Said[] {
  const taken = seen
    .callLog()
    .filter(({ method, answer }) => /^chat\.(post|upd)/.test(method) && answer.ok === true);
  return taken.flatMap((call) => {
    const mark = markOf(call);
    return mark ? [{ ...mark, post: call.method === 'chat.postMessage' }] : [];
  });
}

function markOf({ args }: ApiCall): { key: string; version: number } | null {
  const metadata = typeof args.metadata === 'string' ? JSON.parse(args.metadata) : args.metadata;
  return metadata?.event_payload ?? null;
}

/** How many messages Slack took first posts of whose keys begin so. */
export function posts(seen: Seen, prefix: string): number {
  return saidIn(seen).filter(({ key, post }) => post && key.startsWith(prefix)).length;
}

/**
 * Everything that was begun has ended, and every message that was ever said stands in Slack, once, and as it was said
 * last.
 */
export async function expectEveryMessageToStandOnce({ database, driver }: Scene): Promise<void> {
  const flows = () => database.pool.query('select workflow_uuid, status from dbos.workflow_status');
  const unended = async () =>
    (await flows()).rows
      .filter(({ status }) => /PENDING|ENQUEUED/.test(status))
      .map((row) => row.workflow_uuid);
  await until('every flow has ended', async () => (await unended()).length === 0).catch(async (error) => {
    throw new Error(`these flows have not ended: ${await unended()}`, { cause: error });
  });
  expect((await flows()).rows.filter(({ status }) => status !== 'SUCCESS')).toEqual([]);
  const messages = () => database.db.selectFrom('message').selectAll().execute();
  const undelivered = async () =>
    (await messages()).filter((row) => row.delivered_version !== row.version || row.bare);
  await until('every message is delivered', async () => (await undelivered()).length === 0).catch(
    async (error) => {
      const rows = (await undelivered()).map(({ payload: _, ...row }) => JSON.stringify(row));
      throw new Error(`these messages are not delivered: ${rows.join('\n')}`, { cause: error });
    },
  );
  const said = saidIn(driver);
  const wanted = await messages();
  const standing = wanted.map(({ key, ts, channel }) => {
    const mine = said.filter((one) => one.key === key);
    const posted = mine.filter(({ post }) => post).length;
    const text = driver.messages(channel, String(ts)).find((message) => message.ts === ts)?.text;
    return { key, posted, version: mine.at(-1)?.version, text };
  });
  expect(standing).toEqual(
    wanted.map(({ key, version, payload }) => ({
      key,
      posted: 1,
      version,
      text: (payload as Message).text,
    })),
  );
}
