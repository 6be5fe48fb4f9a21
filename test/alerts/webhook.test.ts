import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { alertRoutes } from '../../src/alerts/webhook.ts';
import type { AlertGroup } from '../../src/flows/requests.ts';
import { closeServers, quiet, serve } from '../http/serve.ts';
import { alertmanagerBody, grafanaBody } from './group.ts';

afterEach(closeServers);

const TOKEN = 'right';
type Store = (group: AlertGroup) => Promise<void>;

async function endpoint(store: Store = async () => undefined, token: string | undefined = TOKEN) {
  const { url } = await serve(alertRoutes({ token, store, logger: quiet }));
  return (body: unknown, headers: Record<string, string> = {}, sender = 'alertmanager') =>
    fetch(`${url}/alerts/${sender}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
    });
}

describe('the alert webhook', () => {
  it('answers only after the group is stored', async () => {
    const stored = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<AlertGroup>();
    const post = await endpoint((group) => {
      asked.resolve(group);
      return stored.promise;
    });
    let answered = false;
    const answer = post(alertmanagerBody()).then((response) => {
      answered = true;
      return response;
    });
    expect(await asked.promise).toMatchObject({
      status: 'firing',
      labels: { alertname: 'CeleryQueueGrowing' },
    });
    expect(answered).toBe(false);
    stored.resolve();
    expect((await answer).status).toBe(200);
  });

  it("takes Grafana's too", async () => {
    const store = jest.fn<Store>(async () => undefined);
    const post = await endpoint(store);
    expect((await post(grafanaBody(), {}, 'grafana')).status).toBe(200);
    expect(store).toHaveBeenCalledTimes(1);
  });

  it('lets the sender try again when the group could not be stored', async () => {
    const post = await endpoint(() => Promise.reject(new Error('postgres://u:hunter2@db is away')));
    const response = await post(alertmanagerBody());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.text()).not.toContain('hunter2');
  });

  it.each(['', 'Bearer wrong', 'right', 'Basic right'])(
    'answers 401 to %p and stores nothing',
    async (authorization) => {
      const store = jest.fn<Store>(async () => undefined);
      const post = await endpoint(store);
      const response = await post(alertmanagerBody(), { authorization });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(store).not.toHaveBeenCalled();
    },
  );

  it('is closed without a token of its own, whatever is shown', async () => {
    const { url } = await serve(
      alertRoutes({ token: undefined, store: async () => undefined, logger: quiet }),
    );
    const headers = { authorization: 'Bearer undefined', 'content-type': 'application/json' };
    const response = await fetch(`${url}/alerts/alertmanager`, { method: 'POST', body: '{}', headers });
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ error: 'closed' }),
    ]);
  });

  it('says what is wrong with a body', async () => {
    const post = await endpoint();
    const response = await post(alertmanagerBody({ version: '3' }));
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'bad-input', message: 'Not an alert group: version must be "4".' },
    ]);
    expect((await post('{')).status).toBe(400);
    expect((await post(alertmanagerBody(), { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('takes a megabyte and no more', async () => {
    const post = await endpoint();
    const body = (size: number) => {
      const empty = JSON.stringify(alertmanagerBody({ pad: '' })).length;
      return alertmanagerBody({ pad: 'x'.repeat(size - empty) });
    };
    expect((await post(body(1_024 * 1_024))).status).toBe(200);
    expect((await post(body(1_024 * 1_024 + 1))).status).toBe(413);
  });
});
