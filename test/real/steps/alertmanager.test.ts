import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mayAct, serviceWith } from '../../steps/harness.ts';
import { type AlertmanagerServer, startAlertmanager } from '../servers/alertmanager.ts';
import { freePort } from '../servers/process.ts';

const ODD = 'ho"tel\\{},=~';
const HOUR_MS = 3_600_000;
let alertmanager: AlertmanagerServer;

beforeAll(async () => {
  const webhookUrl = `http://127.0.0.1:${await freePort()}`;
  alertmanager = await startAlertmanager({ webhookUrl, resolveTimeout: '10m' });
  await send([
    { alertname: 'Slow', service: ODD, pod: 'a' },
    { alertname: 'Slow', service: ODD, pod: 'b' },
    { alertname: 'Down', service: ODD },
    { alertname: 'Down', service: 'denis' },
  ]);
});

afterAll(() => alertmanager.stop());

async function send(alerts: Record<string, string>[]): Promise<void> {
  await post(
    'alerts',
    alerts.map((labels) => ({ labels, annotations: { summary: 'it happens' } })),
  );
}

/** A silence as a person makes it in the page of Alertmanager. */
async function silenceBy(createdBy: string, matcher: object): Promise<void> {
  const [startsAt, endsAt] = [0, HOUR_MS].map((ms) => new Date(Date.now() + ms).toISOString());
  await post('silences', { matchers: [matcher], startsAt, endsAt, createdBy, comment: 'deployment' });
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${alertmanager.url}/api/v2/${path}`, request);
  if (!response.ok) throw new Error(await response.text());
}

function service(url = alertmanager.url) {
  const { observe, preview, fingerprint, perform, steps, env } = serviceWith({
    connections: { alertmanager: { kind: 'alertmanager', url } },
  });
  const kind = 'alertmanager';
  const options = { parameters: { service: ODD } };
  return {
    observe: (input: unknown) => observe(kind, input, options),
    preview: (input: unknown) => preview(kind, input, options),
    fingerprint: (input: unknown) => fingerprint(kind, input, options),
    perform: (input: unknown) => perform(kind, input, options),
    drift: steps.drift,
    async planned(input: unknown) {
      const step = { kind, input, fingerprint: await fingerprint(kind, input, options) };
      return () => steps.perform(env, step, { ...options, deadlineMs: 5_000, beforeEffect: mayAct });
    },
  };
}

const OURS = { service: '{service}' };
const silence = { silence: OURS, for: '1h', because: 'maintenance' };

describe('a real Alertmanager', () => {
  it('tells the alerts that it sends out, by a value that it reads as it was meant', async () => {
    const { observe } = service();
    const { value, says } = await observe({ alerts: OURS });
    expect([value, says]).toEqual([3, '3 active alerts: Slow (2), Down']);
    expect((await observe({ alerts: { ...OURS, alertname: 'Down' } })).value).toBe(1);
    expect((await observe({ alerts: { service: '.*' } })).value).toBe(0);
  });

  it('is silent after a silence, and for no other service; and not once it is ended', async () => {
    const { observe, preview, fingerprint, perform, drift } = service();
    expect((await preview(silence)).amount).toBe('3 alerts active now');
    const before = await fingerprint(silence);
    expect((await perform(silence)).says).toMatch(/^silenced service=.+ until .+ UTC \(active\)$/);
    expect((await observe({ alerts: OURS })).value).toBe(0);
    expect((await observe({ alerts: { service: 'denis' } })).value).toBe(1);
    const { value, says } = await observe({ silences: OURS });
    expect([value, says]).toEqual([
      1,
      expect.stringMatching(/^1 silence, the first until .+ by guardia: maintenance$/),
    ]);
    expect(drift({ kind: 'alertmanager', input: silence }, before, await fingerprint(silence))).toEqual([]);
    expect((await preview({ 'end-silence': OURS })).amount).toBe('1 silence');
    expect((await perform({ 'end-silence': OURS })).says).toMatch(/^ended 1 silence of /);
    expect((await observe({ silences: OURS })).value).toBe(0);
    expect((await observe({ alerts: OURS })).value).toBe(3);
  });

  it('is silenced in a person’s name until the very time, once for each mark, and is heard again by that mark', async () => {
    const { observe, perform } = service();
    const until = new Date(Date.now() + HOUR_MS).toISOString();
    const mark = 'aaaa-1111';
    const asked = { silence: OURS, until, because: 'a deployment', by: 'Noor', mark };
    const first = await perform(asked);
    expect((await perform(asked)).evidence).toEqual(first.evidence);
    expect((await observe({ alerts: OURS })).value).toBe(0);
    const { value, says } = await observe({ silences: OURS, mark });
    expect([value, says]).toEqual([
      1,
      expect.stringMatching(/ by Noor: a deployment \(Guardia aaaa-1111\)$/),
    ]);
    expect((await perform({ 'end-silence': OURS, mark })).says).toMatch(/^ended 1 silence of /);
    expect((await observe({ silences: OURS, mark })).value).toBe(0);
    expect((await observe({ alerts: OURS })).value).toBe(3);
  });

  it('would be silenced for an alert that nobody saw, which is drift', async () => {
    const { fingerprint, drift } = service();
    const before = await fingerprint(silence);
    await send([{ alertname: 'Full', service: ODD }]);
    const found = drift({ kind: 'alertmanager', input: silence }, before, await fingerprint(silence));
    expect(found).toEqual(['it would silence Full as well']);
  });

  it('keeps what others have begun since the plan was made, and what names the label otherwise', async () => {
    const { observe, planned } = service();
    await silenceBy('ana', { name: 'service', value: ODD, isRegex: false });
    await silenceBy('ana', { name: 'service', value: ODD, isRegex: false, isEqual: false });
    expect((await observe({ silences: OURS })).value).toBe(1);
    const end = await planned({ 'end-silence': OURS });
    await silenceBy('bob', { name: 'service', value: ODD, isRegex: false });
    expect((await end()).says).toMatch(
      /^ended 1 silence of .+; left 1 silence that others have begun since$/,
    );
    expect((await observe({ silences: OURS })).says).toMatch(/^1 silence, the first .+ by bob: deployment$/);
  });

  it('that has stopped cannot be asked', async () => {
    const { observe } = service(`http://127.0.0.1:${await freePort()}`);
    await expect(observe({ alerts: OURS })).rejects.toMatchObject({ code: 'unreachable' });
  });
});
