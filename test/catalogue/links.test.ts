import { describe, expect, it } from '@jest/globals';
import { linksOf } from '../../src/catalogue/links.ts';
import type { Link } from '../../src/catalogue/schema.ts';

const SITES = { grafana: 'https://grafana.example.com/', kibana: 'https://kibana.example.com' };
const SINCE = '2026-11-14T03:12:00.000Z';

function only(
  link: Link,
  since: string | null = SINCE,
  dashboards: { grafana?: string; kibana?: string } = SITES,
) {
  return linksOf({ dashboards }, { links: { There: link } }, { queue: "it's {a}&b" }, since)[0]?.url;
}

describe('a link', () => {
  it('that is an address stays as it is', () => {
    expect(only('https://example.com/a')).toBe('https://example.com/a');
  });

  it('to a dashboard opens it half an hour before the alert, on its panel, with its variables filled in', () => {
    const url = new URL(
      only({ grafana: 'Celery', uid: 'cel/ery', panel: 4, variables: { queue: '{queue}' } }) ?? '',
    );
    expect(url.pathname).toBe('/d/cel%2Fery');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      from: String(Date.parse('2026-11-14T02:42:00.000Z')),
      to: 'now',
      viewPanel: '4',
      'var-queue': "it's {a}&b",
    });
  });

  it('to a dashboard that is known by its title alone finds it by that', () => {
    expect(only({ grafana: 'Redis Overview' })).toBe(
      'https://grafana.example.com/dashboards?query=Redis+Overview',
    );
  });

  it('to Kibana has the query, the index and the time, in Rison', () => {
    const [, state = ''] = decodeURIComponent(
      only({ kibana: 'queue: {queue}!', index: 'denis*' }) ?? '',
    ).split('#/?');
    expect(state).toBe(
      "_g=(time:(from:'2026-11-14T02:42:00.000Z',to:now))" +
        "&_a=(index:'denis*',query:(language:kuery,query:'queue: it!'s {a}&b!!'))",
    );
  });

  it('cannot leave its query: what a label says is encoded', () => {
    expect(only({ kibana: '{queue}' })).not.toMatch(/query:%27it's|&b/);
  });

  it('without an alert shows the last hour', () => {
    expect(only({ grafana: 'Celery', uid: 'c' }, null)).toContain('from=now-1h');
    expect(only({ kibana: 'x' }, null)).toContain('now-1h');
  });

  it.each<Link>([{ grafana: 'Celery' }, { kibana: 'x' }])(
    'is left out where its site is not known',
    (link) => {
      expect(only(link, SINCE, {})).toBeUndefined();
    },
  );
});
