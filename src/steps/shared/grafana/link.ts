import { GuardiaError } from '../../../errors.ts';

export const DASHBOARD_UID = /^[\w-]{1,40}$/;
const PATH = /^(.*?)\/d(?:-solo)?\/([^/]+)(?:\/[^/]*)?\/?$/;
const PANEL = /^(?:panel-)?([1-9]\d{0,8})$/;
/** How Grafana writes "everything" in its links. */
const EVERYTHING = ['$__all', 'All'];

/** Values chosen for a dashboard's variable; `all` is what people choose as All. */
export type Chosen = 'all' | readonly string[];

/** A panel of a dashboard, and what its link says about how it is looked at. */
export interface PanelLink {
  /** Origin and sub-path of its Grafana, without a slash at the end. */
  site: string;
  dashboard: string;
  panel: number;
  variables: Readonly<Record<string, Chosen>>;
  /** As the link has them: `now-6h`, or unix milliseconds. */
  from?: string;
  to?: string;
  organisation?: string;
  zone?: string;
}

/**
 * A link to one panel, as Grafana's address bar and its "Share" have it: `/d/<uid>/<slug>?viewPanel=4` (or `panel-4`), or
 * `/d-solo/<uid>/<slug>?panelId=4`. Throws 'bad-input' that says what it lacks.
 */
export function parsePanelLink(link: string): PanelLink {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw unfit('it does not begin with https://', link);
  const [, subPath = '', dashboard = ''] = PATH.exec(url.pathname) ?? [];
  if (!DASHBOARD_UID.test(dashboard)) throw unfit('it does not lead to a dashboard (/d/<uid>/…)', link);
  const query = url.searchParams;
  const [, panel] = PANEL.exec(query.get('viewPanel') ?? query.get('panelId') ?? '') ?? [];
  if (panel === undefined) throw unfit('it names no panel (viewPanel=4); open the panel with "View"', link);
  return {
    site: url.origin + subPath,
    dashboard,
    panel: Number(panel),
    variables: variablesOf(query),
    ...present({
      from: query.get('from'),
      to: query.get('to'),
      organisation: query.get('orgId'),
      zone: zoneIn(query),
    }),
  };
}

/** `$__all` or `All` alone is everything. */
export function chosen(values: readonly string[]): Chosen {
  return values.length === 1 && EVERYTHING.includes(values[0] as string) ? 'all' : values;
}

/** What a panel's link and its picture have in common: the range in unix milliseconds, the variables, and so on. */
export function panelQuery(
  view: Pick<PanelLink, 'variables' | 'organisation' | 'zone'>,
  range: { from: number; to: number },
): URLSearchParams {
  const { organisation, zone, variables } = view;
  return new URLSearchParams([
    ...(organisation === undefined ? [] : [['orgId', organisation]]),
    ['from', String(range.from)],
    ['to', String(range.to)],
    ...(zone === undefined ? [] : [['tz', zone]]),
    ...Object.entries(variables).flatMap(([name, values]) =>
      (values === 'all' ? ['$__all'] : values).map((value) => [`var-${name}`, value]),
    ),
  ]);
}

function variablesOf(query: URLSearchParams): Record<string, Chosen> {
  const names = [...new Set(query.keys())].filter((key) => /^var-\w+$/.test(key));
  return Object.fromEntries(names.map((key) => [key.slice('var-'.length), chosen(query.getAll(key))]));
}

/** `browser` is the zone of whoever looks, which is none here. */
function zoneIn(query: URLSearchParams): string | null {
  const zone = query.get('tz') ?? query.get('timezone');
  return zone === 'browser' ? null : zone;
}

function present(texts: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
}

function unfit(why: string, link: string): GuardiaError {
  return new GuardiaError('bad-input', `${link.slice(0, 200)} is no link to a panel of Grafana: ${why}`);
}
