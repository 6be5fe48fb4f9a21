import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createClientPool } from '../../src/steps/shared/clients.ts';
import { containerLogs, type LogRequest } from '../../src/steps/shared/docker/client.ts';
import { readChunks } from '../../src/steps/shared/docker/frames.ts';
import { frame, idOf, startDocker } from './fakes/docker-api.ts';
import { closing } from './harness.ts';

const MB = 1_048_576;

/** What a container's log is, written by a test as Docker sends it. */
async function logThat(write: (response: ServerResponse) => void, { tty = false } = {}) {
  const host = closing(
    await startDocker({
      containers: { web: { id: idOf('aaaa'), tty } },
      answer({ path }, response) {
        if (!path.includes('/logs')) return undefined;
        write(response);
        return true;
      },
    }),
  );
  const clients = closing(createClientPool());
  const read = (request: Partial<LogRequest> = {}) =>
    containerLogs(clients, host.connection, {
      container: 'web',
      signal: AbortSignal.timeout(5_000),
      ...request,
    });
  return { host, read };
}

describe('a container’s log', () => {
  it('has both streams in one, in the order in which they came, without control sequences', async () => {
    const { read } = await logThat((response) => {
      response.write(frame(1, '\u001b[32mone\u001b[0m\n'));
      response.end(Buffer.concat([frame(2, 'trouble\n'), frame(1, ''), frame(1, 'two\n')]));
    });
    expect(await read()).toEqual({ text: 'one\ntrouble\ntwo\n', cut: false });
  });

  it('is read right however it is cut into pieces', async () => {
    const { read } = await logThat(async (response) => {
      const all = Buffer.concat([frame(1, 'zwölf\n'), frame(2, 'ärger\n')]);
      for (const byte of all) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      response.end();
    });
    expect((await read()).text).toBe('zwölf\närger\n');
  });

  it('has no frames when the container has a terminal', async () => {
    const { read } = await logThat((response) => response.end('one\r\ntwo\r\n'), { tty: true });
    expect((await read()).text).toBe('one\ntwo\n');
  });

  it('of more than 1 MB is its newest whole lines', async () => {
    const { read } = await logThat((response) => {
      for (let n = 0; n < 300; n += 1)
        response.write(frame(1, `${String(n).padStart(9, '0')}\n`.repeat(1_000)));
      response.end(frame(1, 'the end\n'));
    });
    const { text, cut } = await read();
    expect(cut).toBe(true);
    expect(text.length).toBeGreaterThan(MB - 10);
    expect(text.length).toBeLessThanOrEqual(MB);
    expect(text.split('\n').at(0)).toMatch(/^\d{9}$/);
    expect(text).toMatch(/000000299\nthe end\n$/);
  });

  it('asks for the lines that are wanted', async () => {
    const { read, host } = await logThat((response) => response.end());
    await read({ tail: 100, sinceSeconds: 600 });
    const query = new URLSearchParams(host.calls[1]?.path.split('?')[1]);
    expect(Object.fromEntries(query)).toMatchObject({ stdout: 'true', stderr: 'true', tail: '100' });
    expect(Math.abs(Date.now() / 1_000 - 600 - Number(query.get('since')))).toBeLessThan(5);
  });

  it.each([
    [
      'cut off in the middle of a frame',
      frame(1, 'one\n').subarray(0, 10),
      'unreachable',
      /closed the connection/,
    ],
    ['no frames at all', Buffer.from('<!doctype html>'), 'nonsense', /not in Docker's frames/],
  ])('is an error when it is %s', async (_, sent, code, message) => {
    const { read } = await logThat((response) => response.end(sent));
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('is given up when the connection is lost', async () => {
    const { read } = await logThat((response) => {
      response.write(frame(1, 'one\n'), () => response.destroy());
    });
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is let go of when the caller gives up', async () => {
    const caller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const { read } = await logThat((response) => {
      response.once('close', resolve);
      response.write(frame(1, 'one\n'), () => caller.abort(new Error('given up')));
    });
    await expect(read({ signal: caller.signal })).rejects.toThrow('given up');
    await closed;
  });

  it('that is given up in the middle ends with the reason', async () => {
    const caller = new AbortController();
    const body = new Readable({ read: () => undefined });
    body.push('one');
    const giveUp = () => {
      caller.abort(new Error('given up'));
      body.destroy(new Error('canceled'));
    };
    await expect(readChunks(body, 'Docker', caller.signal, giveUp)).rejects.toThrow('given up');
  });

  it('is refused in Docker’s own words', async () => {
    const { read, host } = await logThat((response) => {
      response.writeHead(500).end('{"message":"configured logging driver does not support reading"}');
    });
    await expect(read()).rejects.toMatchObject({
      code: 'refused',
      message: `${host.name} refused: configured logging driver does not support reading`,
    });
  });
});
