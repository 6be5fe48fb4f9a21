import { describe, expect, it } from '@jest/globals';
import { alertmanager, silenceDrift } from '../../src/steps/alertmanager.ts';
import { type AlertmanagerFake, silenceOf, startAlertmanagerApi } from './fakes/alertmanager-api.ts';
import { type CallOptions, closing, mayAct, serviceWith } from './harness.ts';

const HOTEL = { service: 'hotel' };

async function serviceWithApi(instead?: Parameters<typeof startAlertmanagerApi>[0]) {
  const api = closing(await startAlertmanagerApi(instead));
  const { observe, preview, fingerprint, perform, steps, env } = serviceWith({
    connections: { alertmanager: { kind: 'alertmanager', url: api.url } },
  });
  const kind = 'alertmanager';
  return {
    api,
    observe: (input: unknown, options?: CallOptions) => observe(kind, input, options),
    preview: (input: unknown, options?: CallOptions) => preview(kind, input, options),
    fingerprint: (input: unknown, options?: CallOptions) => fingerprint(kind, input, options),
    perform: (input: unknown, options?: CallOptions) => perform(kind, input, options),
    /** As a plan does it: what it does is what was seen when it was made. */
    async planned(input: unknown) {
      const step = { kind, input, fingerprint: await fingerprint(kind, input) };
      return () => steps.perform(env, step, { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct });
    },
  };
}

function states({ silences }: AlertmanagerFake): string[] {
  return silences.map(({ id, status }) => `${id} ${status.state}`);
}

describe('alerts', () => {
  it('are counted that are sent out and have every label', async () => {
    const { api, observe } = await serviceWithApi();
    api.alerts.push(
      { alertname: 'Down', ...HOTEL },
      { alertname: 'Slow', ...HOTEL, pod: 'a' },
      { alertname: 'Slow', ...HOTEL, pod: 'b' },
      { alertname: 'Down', service: 'denis' },
    );
    const { value, says, evidence } = await observe({ alerts: HOTEL });
    expect([value, says]).toEqual([3, '3 active alerts: Slow (2), Down']);
    expect(evidence[0]).toEqual({ label: 'Alertmanager', text: `${api.url}/#/alerts` });
    expect(evidence[1]?.text.split('\n')[1]).toBe(
      'Slow since 2026-11-21 10:00 UTC: Slow happens (service=hotel, pod=a)',
    );
    const query = new URL(api.asked[0]?.path ?? '', api.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      filter: 'service="hotel"',
      active: 'true',
      silenced: 'false',
      inhibited: 'false',
    });
  });

  it('are none, in words', async () => {
    const { observe } = await serviceWithApi();
    expect(await observe({ alerts: HOTEL })).toMatchObject({
      value: 0,
      says: 'no active alert with service=hotel',
    });
  });

  it('are asked for by a parameter as a value, whatever it says', async () => {
    const { api, observe } = await serviceWithApi();
    await observe({ alerts: { service: '{service}' } }, { parameters: { service: 'a",b="c\\\n' } });
    const query = new URL(api.asked[0]?.path ?? '', api.url).searchParams;
    expect(query.getAll('filter')).toEqual(['service="a\\",b=\\"c\\\\\\n"']);
  });

  it('are not asked for by a label without a value, which would mean those that lack it', async () => {
    const { api, observe } = await serviceWithApi();
    const call = observe({ alerts: { service: '{service}' } }, { parameters: { service: '' } });
    await expect(call).rejects.toMatchObject({
      code: 'bad-input',
      message: 'the label service would have no value',
    });
    expect(api.asked).toEqual([]);
  });

  it.each([
    [400, '"bad matcher format: x"', 'bad-input', 'refused: bad matcher format: x'],
    [401, 'no', 'refused', 'refused the credentials (status 401)'],
    [500, '', 'refused', 'refused: status 500'],
    [404, '404 page not found', 'not-found', 'refused: status 404'],
    [200, '{"status":"success"}', 'nonsense', 'answered something that is not its API (status 200)'],
    [200, '<html>Log in</html>', 'nonsense', 'answered an HTML page (status 200)'],
  ])('of an answer %i %j are an error in words', async (status, body, code, message) => {
    const { api, observe } = await serviceWithApi(() => ({ status, body }));
    await expect(observe({ alerts: HOTEL })).rejects.toMatchObject({
      code,
      retryable: status === 500,
      message: `Alertmanager at ${api.at} ${message}`,
    });
  });
});

describe('silences', () => {
  it('are counted that are in force and name each label with this very value', async () => {
    const { api, observe } = await serviceWithApi();
    const [named] = silenceOf(HOTEL).matchers;
    if (!named) throw new Error('it names none');
    api.silences.push(
      silenceOf({ ...HOTEL, severity: 'warning' }),
      silenceOf(HOTEL, { status: { state: 'expired' } }),
      silenceOf(HOTEL, { status: { state: 'pending' } }),
      silenceOf(HOTEL, { matchers: [{ ...named, isEqual: false }] }),
      silenceOf(HOTEL, { matchers: [{ ...named, isRegex: true }] }),
      silenceOf({ service: 'denis' }),
    );
    const { value, says, evidence } = await observe({ silences: HOTEL });
    expect([value, says]).toEqual([1, '1 silence, the first until 2026-11-21 12:00 UTC by ana: deployment']);
    expect(evidence[1]?.text).toBe('until 2026-11-21 12:00 UTC by ana: deployment');
    expect((await observe({ silences: { ...HOTEL, severity: 'critical' } })).value).toBe(0);
  });
});

describe('a silence', () => {
  const input = { silence: { service: '{service}' }, for: '{for}', because: 'maintenance of {service}' };
  const options = { parameters: { service: 'hotel', for: '2h' } };

  it('is previewed with the alerts that would go unheard, and bound to their names', async () => {
    const { api, preview, fingerprint } = await serviceWithApi();
    api.alerts.push({ alertname: 'Slow', ...HOTEL }, { alertname: 'Slow', ...HOTEL, pod: 'b' });
    const what = `silence service=hotel for 2h in Alertmanager at ${api.at}`;
    expect(await preview(input, options)).toEqual({
      what: `${what}: maintenance of hotel`,
      amount: '2 alerts active now',
      evidence: [{ label: 'Alerts', text: expect.stringMatching(/^Slow since .+\nSlow since .+$/) }],
    });
    expect(await fingerprint(input, options)).toEqual({ substance: { what, alerts: '["Slow"]' } });
    expect(api.sent('POST')).toEqual([]);
  });

  it('is begun in Guardia’s name, with its reason, for its time', async () => {
    const { api, perform } = await serviceWithApi();
    const before = Date.now();
    const { says, evidence } = await perform(input, options);
    const [request] = api.sent('POST');
    const { startsAt, endsAt, ...body } = JSON.parse(request?.body ?? '{}');
    expect(request).toMatchObject({
      path: '/api/v2/silences',
      headers: { 'content-type': 'application/json' },
    });
    expect(body).toEqual({
      matchers: [{ name: 'service', value: 'hotel', isRegex: false, isEqual: true }],
      createdBy: 'guardia',
      comment: 'maintenance of hotel',
    });
    expect(Date.parse(startsAt)).toBeLessThan(before);
    expect(Math.abs(Date.parse(endsAt) - before - 7_200_000)).toBeLessThan(5_000);
    const until = `${endsAt.slice(0, 16).replace('T', ' ')} UTC`;
    expect(says).toBe(`silenced service=hotel until ${until} (active)`);
    expect(evidence).toEqual([{ label: 'Alertmanager', text: `${api.url}/#/silences/new-0` }]);
  });

  it.each(['0h', '31d', '2', '2h; x', '', '99999h', '1s'])('is not begun for %j', async (time) => {
    const { api, perform } = await serviceWithApi();
    const call = perform(input, { parameters: { ...options.parameters, for: time } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(/^for "/) });
    expect(api.asked).toEqual([]);
  });

  it('that could not be begun is said in Alertmanager’s words', async () => {
    const body = '"Failed to create silence: end time can\'t be in the past"';
    const { perform } = await serviceWithApi(({ method }) =>
      method === 'POST' ? { status: 400, body } : undefined,
    );
    await expect(perform(input, options)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining("end time can't be in the past"),
    });
  });
});

describe('a silence that a person asks for', () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const input = {
    silence: { service: '{service}' },
    until,
    because: '{because}',
    by: '{by}',
    mark: '{mark}',
  };
  const parameters = { service: 'hotel', because: 'a {deployment}', by: 'noor', mark: 'aaaa-1111' };

  it('is begun in their name, until the very time, with a mark in its comment', async () => {
    const { api, perform } = await serviceWithApi();
    await perform(input, { parameters });
    expect(api.silences).toMatchObject([
      { endsAt: until, createdBy: 'noor', comment: 'a {deployment} (Guardia aaaa-1111)' },
    ]);
  });

  it('is begun once for each mark', async () => {
    const { api, perform } = await serviceWithApi();
    for (const mark of ['aaaa-1111', 'aaaa-1111', 'bbbb-2222'])
      await perform(input, { parameters: { ...parameters, mark } });
    expect(api.silences).toHaveLength(2);
  });

  it.each([
    [-1_000, 'the silence would be over already'],
    [31 * 86_400_000, 'a silence of more than 30d'],
  ])('is not begun for an end in %i ms', async (ms, message) => {
    const { api, perform } = await serviceWithApi();
    const call = perform({ ...input, until: new Date(Date.now() + ms).toISOString() }, { parameters });
    await expect(call).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
    expect(api.sent('POST')).toEqual([]);
  });

  it('is seen and ended by its mark, and no other with it', async () => {
    const { api, observe, perform } = await serviceWithApi();
    await perform(input, { parameters });
    api.silences.push(silenceOf(HOTEL, { createdBy: 'guardia' }));
    expect((await observe({ silences: HOTEL, mark: 'aaaa-1111' })).value).toBe(1);
    expect((await perform({ 'end-silence': HOTEL, mark: 'aaaa-1111' })).says).toMatch(/^ended 1 silence of/);
    expect(api.silences.map(({ status }) => status.state)).toEqual(['expired', 'active']);
    expect((await observe({ silences: HOTEL, mark: 'aaaa-1111' })).value).toBe(0);
    expect(await perform({ 'end-silence': HOTEL, mark: 'aaaa-1111' })).toMatchObject({
      says: expect.stringMatching(/^ended 0 silences/),
      amount: '0 silences',
    });
  });
});

describe('ending a silence', () => {
  const input = { 'end-silence': HOTEL };

  it('is previewed with whose silences would end', async () => {
    const { api, preview, fingerprint } = await serviceWithApi();
    api.silences.push(silenceOf(HOTEL, { id: 'b' }), silenceOf(HOTEL, { id: 'a', createdBy: 'guardia' }));
    const what = `end the silences of service=hotel in Alertmanager at ${api.at}`;
    expect(await preview(input)).toMatchObject({
      what,
      amount: '2 silences',
      evidence: [{ label: 'Silences', text: expect.stringContaining('by guardia: deployment') }],
    });
    expect(await fingerprint(input)).toEqual({ substance: { what, silences: '["a","b"]' } });
    expect(states(api)).toEqual(['b active', 'a active']);
  });

  it('ends Guardia’s own and those that the plan was made for, and leaves what others began since', async () => {
    const { api, planned } = await serviceWithApi();
    api.silences.push(silenceOf(HOTEL, { id: 'seen' }), silenceOf({ service: 'denis' }, { id: 'other' }));
    const perform = await planned(input);
    api.silences.push(
      silenceOf(HOTEL, { id: 'since' }),
      silenceOf(HOTEL, { id: 'own-since', createdBy: 'guardia' }),
    );
    expect((await perform()).says).toBe(
      'ended 2 silences of service=hotel; left 1 silence that others have begun since',
    );
    expect(states(api)).toEqual(['seen expired', 'other active', 'since active', 'own-since expired']);
  });

  it('without a plan ends nothing but Guardia’s own', async () => {
    const { api, perform } = await serviceWithApi();
    const own = { createdBy: 'guardia' };
    api.silences.push(
      silenceOf(HOTEL, { id: 'theirs' }),
      silenceOf(HOTEL, { ...own, id: 'own' }),
      silenceOf(HOTEL, { ...own, id: 'past', status: { state: 'expired' } }),
    );
    expect((await perform(input)).says).toMatch(/^ended 1 silence /);
    expect(states(api)).toEqual(['theirs active', 'own expired', 'past expired']);
  });

  it('says when there was none', async () => {
    const { perform } = await serviceWithApi();
    expect((await perform(input)).says).toBe('ended 0 silences of service=hotel');
  });

  it('says how many have ended when it is cut off', async () => {
    let ended = 0;
    const { api, perform } = await serviceWithApi(({ method }) => {
      if (method === 'DELETE') ended += 1;
      return ended === 2 ? { status: 500, body: '"no"' } : undefined;
    });
    for (const id of ['a', 'b', 'c']) api.silences.push(silenceOf(HOTEL, { id, createdBy: 'guardia' }));
    await expect(perform(input)).rejects.toMatchObject({
      code: 'refused',
      message: `Alertmanager at ${api.at} refused: no, after 1 of 3 had been ended`,
    });
  });

  it('is refused for more silences than anybody has looked at', async () => {
    const { api, preview } = await serviceWithApi();
    api.silences.push(...Array.from({ length: 101 }, (_, n) => silenceOf(HOTEL, { id: `s${n}` })));
    await expect(preview(input)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('drift of a silence', () => {
  const drift = (before: string[], now: string[], what = 'silence a=b') =>
    silenceDrift(
      { substance: { what: 'silence a=b', alerts: JSON.stringify(before) } },
      { substance: { what, alerts: JSON.stringify(now) } },
    );

  it('is another alert that would go unheard, and not one that has ended', () => {
    expect(drift(['Slow'], ['Down', 'Slow'])).toEqual(['it would silence Down as well']);
    expect(drift(['Down', 'Slow'], ['Slow'])).toEqual([]);
    expect(drift(['Slow'], ['Slow'], 'silence a=c')).toEqual([
      'what is done changed from "silence a=b" to "silence a=c"',
    ]);
  });

  it('is none for silences to end that have come or gone', () => {
    const seen = (ids: string[]) => ({ substance: { what: 'end', silences: JSON.stringify(ids) } });
    expect(silenceDrift(seen(['a']), seen(['a', 'b']))).toEqual([]);
  });
});

describe('inputs', () => {
  const parsed = (asked: object) => alertmanager.input.safeParse(asked);
  const silence = { silence: HOTEL, for: '1h', because: 'x' };

  it('look or act', () => {
    const asks = (asked: object) => alertmanager.asks?.(alertmanager.input.parse(asked));
    const inputs = [{ alerts: HOTEL }, { silences: HOTEL }, silence, { 'end-silence': HOTEL }];
    expect(inputs.map(asks)).toEqual(['look', 'look', 'act', 'act']);
  });

  it('that act are no check, and the other way round', async () => {
    const { observe, perform } = await serviceWithApi();
    await expect(observe(silence)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(perform({ alerts: HOTEL })).rejects.toMatchObject({ code: 'bad-input' });
  });

  it.each([
    { alerts: {} },
    { alerts: { 'a-b': 'x' } },
    { alerts: { a: '' } },
    { silence: HOTEL, for: '1h' },
    { silence: HOTEL, because: 'x' },
    { silence: HOTEL, for: 'soon', because: 'x' },
    { alerts: HOTEL, silences: HOTEL },
    {},
  ])('such as %j are refused', (asked) => {
    expect(parsed(asked).success).toBe(false);
  });

  it('are found wanting by lint when a silence would last too long, or a parameter is not declared', () => {
    const check = (asked: object) => alertmanager.check?.(alertmanager.input.parse(asked), ['for']);
    expect(check(silence)).toEqual([]);
    expect(check({ ...silence, for: '{for}' })).toEqual([]);
    expect(check({ ...silence, for: '31d' })).toEqual([expect.stringContaining('more than 30d')]);
    expect(check({ ...silence, because: '{why}' })).toEqual([expect.stringContaining('{why}')]);
  });
});
