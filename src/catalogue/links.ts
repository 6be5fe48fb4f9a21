import type { Parameters } from '../steps/step-kind.ts';
import type { Runbook, Service } from './catalogue.ts';
import type { Link } from './schema.ts';
import { inTitle } from './titles.ts';

export interface LinkView {
  title: string;
  url: string;
}

/** How far before its alert people want to look. */
const BEFORE_MS = 30 * 60_000;

/**
 * The links of a runbook with parameters and time filled in: from half an hour before `since` (ISO 8601), or the last
 * hour, until now. A dashboard whose address is not set has no link.
 */
export function linksOf(
  service: Pick<Service, 'dashboards'>,
  runbook: Pick<Runbook, 'links'>,
  parameters: Parameters,
  since: string | null,
): LinkView[] {
  return Object.entries(runbook.links).flatMap(([title, link]) => {
    const url = urlOf(link, service.dashboards, parameters, since);
    return url === null ? [] : [{ title, url }];
  });
}

function urlOf(
  link: Link,
  { grafana, kibana }: Service['dashboards'],
  parameters: Parameters,
  since: string | null,
): string | null {
  if (typeof link === 'string') return link;
  if ('kibana' in link) return kibana === undefined ? null : kibanaUrl(kibana, link, parameters, since);
  return grafana === undefined ? null : grafanaUrl(grafana, link, parameters, since);
}

type GrafanaLink = Extract<Link, { grafana: string }>;
type KibanaLink = Extract<Link, { kibana: string }>;

/** A dashboard by its uid, or the list of those that have this title. */
function grafanaUrl(site: string, link: GrafanaLink, parameters: Parameters, since: string | null): string {
  const base = site.replace(/\/+$/, '');
  if (link.uid === undefined) return `${base}/dashboards?${new URLSearchParams({ query: link.grafana })}`;
  const from = since === null ? 'now-1h' : String(Date.parse(since) - BEFORE_MS);
  const variables = Object.entries(link.variables ?? {}).map(([name, value]): [string, string] => [
    `var-${name}`,
    inTitle(value, parameters),
  ]);
  const query = new URLSearchParams([
    ['from', from],
    ['to', 'now'],
    ...(link.panel === undefined ? [] : [['viewPanel', String(link.panel)]]),
    ...variables,
  ]);
  return `${base}/d/${encodeURIComponent(link.uid)}?${query}`;
}

/** Discover with a KQL query; its state is written in Rison. */
function kibanaUrl(site: string, link: KibanaLink, parameters: Parameters, since: string | null): string {
  const from = since === null ? 'now-1h' : new Date(Date.parse(since) - BEFORE_MS).toISOString();
  const query = `query:(language:kuery,query:${rison(inTitle(link.kibana, parameters))})`;
  const index = link.index === undefined ? '' : `index:${rison(link.index)},`;
  const state = `_g=(time:(from:${rison(from)},to:now))&_a=(${index}${query})`;
  return `${site.replace(/\/+$/, '')}/app/discover#/?${state}`;
}

function rison(text: string): string {
  return encodeURIComponent(`'${text.replace(/['!]/g, '!$&')}'`).replaceAll("'", '%27');
}
