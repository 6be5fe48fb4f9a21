import { describe, expect, it } from '@jest/globals';
import { parsePanelLink } from '../../src/steps/shared/grafana/link.ts';
import { rangeOf } from '../../src/steps/shared/grafana/time.ts';

const SITE = 'https://grafana.example.com';

describe('a link to a panel', () => {
  it.each([
    ['/d/wh_1/warehouse?viewPanel=4', SITE],
    ['/d/wh_1?viewPanel=panel-4', SITE],
    ['/d/wh_1/warehouse/?orgId=&viewPanel=4', SITE],
    ['/d-solo/wh_1/warehouse?panelId=4', SITE],
    ['/tools/grafana/d/wh_1/d?viewPanel=4', `${SITE}/tools/grafana`],
  ])('is understood as %s', (path, site) => {
    expect(parsePanelLink(SITE + path)).toEqual({ site, dashboard: 'wh_1', panel: 4, variables: {} });
  });

  it('says how the panel is looked at', () => {
    const query =
      'from=now-6h&to=1795000000000&var-pod=a%26b&var-pod=c&var-zone=$__all&orgId=2&tz=Europe%2FMadrid';
    expect(parsePanelLink(`${SITE}/d/wh/x?viewPanel=4&${query}`)).toMatchObject({
      from: 'now-6h',
      to: '1795000000000',
      variables: { pod: ['a&b', 'c'], zone: 'all' },
      organisation: '2',
      zone: 'Europe/Madrid',
    });
  });

  it.each([
    ['tz=UTC', 'UTC'],
    ['timezone=Europe%2FMadrid', 'Europe/Madrid'],
    ['timezone=browser', undefined],
  ])('of %s is looked at in the zone %s', (query, zone) => {
    expect(parsePanelLink(`${SITE}/d/wh/x?viewPanel=4&${query}`).zone).toBe(zone);
  });

  it.each([
    ['javascript:alert(1)//d/wh/x?viewPanel=4', 'it does not begin with https://'],
    ['grafana/d/wh', 'it does not begin with https://'],
    [`${SITE}/explore?viewPanel=4`, 'it does not lead to a dashboard'],
    [`${SITE}/d/..%2F..%2Fadmin/x?viewPanel=4`, 'it does not lead to a dashboard'],
    [`${SITE}/d/../api/x?viewPanel=4`, 'it does not lead to a dashboard'],
    [`${SITE}/d/wh/x`, 'it names no panel'],
    [`${SITE}/d/wh/x?viewPanel=panel-4-clone-1`, 'it names no panel'],
    [`${SITE}/d/wh/x?viewPanel=0`, 'it names no panel'],
  ])('is not %s', (link, why) => {
    expect(() => parsePanelLink(link)).toThrow(why);
    expect(() => parsePanelLink(link)).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});

describe('a time range of Grafana', () => {
  const now = Date.parse('2026-11-18T13:37:42.500Z'); // a Wednesday
  const between = (from: string, to: string) => {
    const range = rangeOf(from, to, now);
    return range && [new Date(range.from).toISOString(), new Date(range.to).toISOString()];
  };

  it.each([
    ['now-6h', 'now', '2026-11-18T07:37:42.500Z', '2026-11-18T13:37:42.500Z'],
    ['now-90s', 'now-5m', '2026-11-18T13:36:12.500Z', undefined],
    ['now/d', 'now/d', '2026-11-18T00:00:00.000Z', '2026-11-18T23:59:59.999Z'],
    ['now-1d/d', 'now-1d/d', '2026-11-17T00:00:00.000Z', '2026-11-17T23:59:59.999Z'],
    ['now/w', 'now', '2026-11-16T00:00:00.000Z', '2026-11-18T13:37:42.500Z'],
    ['now-1M/M', 'now-1M/M', '2026-10-01T00:00:00.000Z', '2026-10-31T23:59:59.999Z'],
    ['now-1Q/Q', 'now-1Q/Q', '2026-07-01T00:00:00.000Z', '2026-09-30T23:59:59.999Z'],
    ['now-1y/y', 'now/y', '2025-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z'],
    ['1795000000000', '2026-11-18T14:00:00Z', '2026-11-18T11:06:40.000Z', '2026-11-18T14:00:00.000Z'],
  ])('from %s to %s is what its pages show', (from, to, begin, end) => {
    expect(between(from, to)).toEqual(end === undefined ? undefined : [begin, end]);
  });

  it.each([
    ['now', 'now-1h'],
    ['yesterday', 'now'],
    ['', 'now'],
    ['now-1x', 'now'],
    ['now--1h', 'now'],
  ])('is none from %j to %j', (from, to) => {
    expect(rangeOf(from, to, now)).toBeUndefined();
  });
});
