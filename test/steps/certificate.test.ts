import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { certificateFor } from './fakes/certificate.ts';
import { closedPort, startWire } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const input = { get: '/health', certificate: true };

function observing(url: string) {
  const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
  return (deadlineMs = 5_000) => observe('http', input, { deadlineMs });
}

/** A TLS server whose certificate ends so many milliseconds from now. */
async function serverUntil(endsInMs: number) {
  const to = new Date(Date.now() + endsInMs);
  const sent: Buffer[] = [];
  const server = createServer(
    certificateFor('localhost', { from: new Date(to.getTime() - 90 * DAY_MS), to }),
  );
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => sent.push(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing({
    async stop() {
      server.close();
      await once(server, 'close');
    },
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    at: `localhost:${port}`,
    sent,
    to: to.toISOString().slice(0, 10),
  };
}

describe('the certificate of a host', () => {
  it.each([
    [21 * DAY_MS + HOUR_MS, 21, 'ends in 21 days'],
    [21 * DAY_MS - HOUR_MS, 20, 'ends in 20 days'],
    [DAY_MS + HOUR_MS, 1, 'ends in 1 day'],
    [HOUR_MS, 0, 'ends in 0 days'],
    [-HOUR_MS, -1, 'ended'],
    [-3 * DAY_MS + HOUR_MS, -3, 'ended'],
  ])('that ends in %i ms has %i whole days', async (endsInMs, days, says) => {
    const { url, to } = await serverUntil(endsInMs);
    const observation = await observing(url)();
    expect(observation.value).toBe(days);
    expect(observation.says).toContain(`${says}${days < 0 ? ' on' : ', on'} ${to}`);
  });

  it('shows whose it is, and why nobody trusts it', async () => {
    const { url, at, sent } = await serverUntil(10 * DAY_MS);
    const { says, evidence } = await observing(url)();
    expect(says).toMatch(/; it is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/);
    expect(evidence).toEqual([
      {
        label: `Certificate of ${at}`,
        text: expect.stringMatching(/^Subject: localhost\nIssuer: localhost\n/),
      },
    ]);
    expect(Buffer.concat(sent)).toHaveLength(0);
  });

  it('is not to be had where TLS is not spoken', async () => {
    const wire = closing(await startWire((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expect(observing(`https://127.0.0.1:${wire.port}`)()).rejects.toMatchObject({
      code: 'nonsense',
      message: `127.0.0.1:${wire.port} does not speak TLS`,
    });
  });

  it('is not looked for where the connection says http', async () => {
    await expect(observing('http://127.0.0.1:8080')()).rejects.toMatchObject({
      code: 'config',
      message: '127.0.0.1:8080 is asked over http, which has no certificate',
    });
  });

  it('is not looked for where a cloud hands out credentials', async () => {
    await expect(observing('https://169.254.169.254')()).rejects.toMatchObject({ code: 'refused' });
  });

  it('takes no longer than the deadline of a host that is silent, and lets go of it', async () => {
    const wire = closing(await startWire(() => undefined));
    await expect(observing(`https://127.0.0.1:${wire.port}`)(200)).rejects.toMatchObject({
      code: 'deadline',
    });
    await wire.quiet();
  });

  it('is unknown when nobody is there', async () => {
    const port = await closedPort();
    await expect(observing(`https://127.0.0.1:${port}`)()).rejects.toMatchObject({ code: 'unreachable' });
  });
});
