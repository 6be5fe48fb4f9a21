import { describe, expect, it } from '@jest/globals';
import { addressesOf, connectionBehind, connectionOf } from '../../src/catalogue/connections.ts';
import { loadWith } from '../helpers/catalogue.ts';
import { testService } from '../helpers/shop.ts';

const shop = (connections: Record<string, { kind: string }>, addresses: Record<string, string[]> = {}) =>
  testService([], { environment: { service: 'shop', connections, targets: {} }, addresses });

describe('the address of a connection', () => {
  it('has its settings filled in, and neither credentials nor what could be a secret', () => {
    const connections = {
      grafana: { kind: 'grafana', url: `\${G}/`, link: `https://\${HOST:-charts.example.com}/ops` },
      secret: { kind: 'http', url: `https://\${vault:a/b#host}/` },
      missing: { kind: 'http', url: `\${NOT_SET}` },
      redis: { kind: 'redis', url: 'redis://cache:6379' },
      none: { kind: 'kubernetes' },
    };
    expect(addressesOf(connections, { G: 'http://u:p@grafana:3000' })).toEqual({
      grafana: ['http://grafana:3000', 'https://charts.example.com/ops'],
      secret: [],
      missing: [],
      redis: [],
      none: [],
    });
  });

  it('stands in the catalogue', async () => {
    const { catalogue } = await loadWith({});
    const [service] = catalogue?.services.values() ?? [];
    expect(Object.keys(service?.addresses ?? {})).toEqual(
      Object.keys(service?.environment.connections ?? {}),
    );
  });
});

describe('the connection of a kind', () => {
  it('is the one that is called like it, else the first', () => {
    const two = { thanos: { kind: 'prometheus' }, prometheus: { kind: 'prometheus' } };
    expect(connectionOf(shop(two), 'prometheus')).toBe('prometheus');
    expect(connectionOf(shop({ thanos: { kind: 'prometheus' } }), 'prometheus')).toBe('thanos');
    expect(connectionOf(shop({ prometheus: { kind: 'http' } }), 'prometheus')).toBeNull();
  });

  it.each([
    ['https://g.example.com/ops/d/x?y=1', 'grafana'],
    ['https://g.example.com/ops', 'grafana'],
    ['https://g.example.com/opsx', null],
    ['https://g.example.com.evil/ops/', null],
    ['https://x@g.example.com/', null],
    ['nonsense', null],
  ])('behind %s is %s', (link, name) => {
    const service = shop({ grafana: { kind: 'grafana' } }, { grafana: ['https://g.example.com/ops'] });
    expect(connectionBehind(service, 'grafana', link)).toBe(name);
  });
});
