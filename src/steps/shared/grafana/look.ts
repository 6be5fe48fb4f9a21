import { GuardiaError } from '../../../errors.ts';
import type { Evidence, Observation, StepCall } from '../../step-kind.ts';
import { withDeadline } from '../deadline.ts';
import { withoutUserinfo } from '../secrets/redaction.ts';
import { clipped, counted } from '../text.ts';
import { type Answered, shownBy } from './answers.ts';
import {
  dashboardByUid,
  type GrafanaConnection,
  type GrafanaSettings,
  grafanaNamed,
  grafanaSettings,
  libraryPanel,
  queryData,
  renderedPanel,
} from './client.ts';
import { type GrafanaDashboard, type Panel, panelOf, withQueries } from './dashboard.ts';
import type { QueryAnswer } from './frames.ts';
import { type PanelLink, panelQuery, parsePanelLink } from './link.ts';
import { limitsOf, lookOf, notShown, unitOf } from './panel.ts';
import { type Query, queriesOf, queryText } from './queries.ts';
import { lengthOf, rangeOf, rangeUpTo, type TimeRange } from './time.ts';
import { filledTitle, strangeVariables, type VariableValues, variableValues } from './variables.ts';

const USUAL_RANGE = '1h';
/** A rendered picture is waited for until this share of the deadline. */
const PICTURE_SHARE = 0.8;
/** What Prometheus says of a wrong query, which Grafana passes on as if it were a fault (status 500). */
const WRONG_QUERY = /\bbad_data\b|\bparse error\b/;

type Call = StepCall<unknown, GrafanaConnection>;

export interface PanelAsked extends Omit<PanelLink, 'site'> {
  /** How far back, whatever else says how far. */
  over?: string;
  /** A variable that the dashboard does not have is an error, and not passed over as Grafana itself does. */
  strict?: true;
}

/** What a link asks for. Throws 'bad-input' when it leads to another Grafana than the connection's. */
export function viewOfLink(connection: GrafanaConnection, link: string): PanelAsked {
  const { site, ...asked } = parsePanelLink(link);
  const own = [connection.url, connection.link].flatMap((url) =>
    url === undefined ? [] : [withoutUserinfo(url)],
  );
  if (own.includes(site)) return asked;
  const message = `the link leads to ${site}, and the connection names ${own.join(' and ')}`;
  throw new GuardiaError('bad-input', message);
}

/** Where people open Grafana. */
export function siteOf({ link, url }: GrafanaConnection): string {
  return withoutUserinfo(link ?? url);
}

/**
 * The panel's figures, and its picture: by the image renderer where there is one, else what Guardia is to draw. What it
 * leaves out is said.
 */
export async function observePanel(call: Call, asked: PanelAsked): Promise<Observation> {
  const until = performance.now() + call.deadlineMs * PICTURE_SHARE;
  const dashboard = await dashboardByUid(call, asked.dashboard);
  const panel = await shownPanel(call, dashboard, asked.panel);
  const range = rangeFor(asked, panel, dashboard);
  const settings = await grafanaSettings(call);
  const answer = await answersOf(call, { asked, dashboard, panel, range, settings });
  const { leftOut, unit: ofData, ...shown } = shownBy(panel, answer.answered, range.to);
  const link = `${siteOf(call.connection)}/d/${dashboard.uid}?${viewQuery(asked, range)}`;
  const picture = await pictureOf(call, { asked, range, settings, until });
  const [unit, limits] = [unitOf(panel, ofData), limitsOf(panel)];
  const title = filledTitle(panel.title, answer.values);
  return {
    ...shown,
    ...(title === '' ? {} : { title }),
    ...(lookOf(panel) === 'not drawn' && !picture.image ? { says: notDrawn(panel, link) } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(limits === undefined ? {} : { limits }),
    ...(picture.image === undefined ? {} : { image: picture.image }),
    evidence: [
      { label: 'Panel', text: link },
      ...queryEvidence(answer.queries),
      ...lines('Left out', [...answer.leftOut, ...leftOut, ...notShown(panel)]),
      ...lines('Grafana says', answer.notices),
      ...lines('Picture', picture.problem === undefined ? [] : [`drawn by Guardia: ${picture.problem}`]),
    ],
  };
}

async function shownPanel(call: Call, dashboard: GrafanaDashboard, id: number): Promise<Panel> {
  const panel = panelOf(dashboard, id);
  if (panel.libraryPanel === undefined) return withQueries(dashboard, panel);
  return withQueries(dashboard, { ...(await libraryPanel(call, panel.libraryPanel.uid)), id });
}

function rangeFor({ over, from, to }: PanelAsked, panel: Panel, { time }: GrafanaDashboard): TimeRange {
  const now = Date.now();
  if (over !== undefined) return rangeUpTo(now, over);
  const own = lengthOf(panel.timeFrom);
  if (own !== undefined) return { from: now - own, to: now };
  if (from === undefined) return rangeOf(time?.from, time?.to, now) ?? rangeUpTo(now, USUAL_RANGE);
  const range = rangeOf(from, to, now);
  if (range) return range;
  throw new GuardiaError('bad-input', `the link's time from ${from} to ${to ?? 'now'} is no range`);
}

interface Looked {
  asked: PanelAsked;
  dashboard: GrafanaDashboard;
  panel: Panel;
  range: TimeRange;
  settings: GrafanaSettings;
}

interface Answers {
  queries: readonly Query[];
  answered: readonly Answered[];
  leftOut: readonly string[];
  notices: readonly string[];
  values: VariableValues;
}

async function answersOf(call: Call, { asked, dashboard, panel, range, settings }: Looked): Promise<Answers> {
  const list = dashboard.templating?.list ?? [];
  if (asked.strict) refuseStrange(dashboard, asked);
  const values = variableValues(list, asked.variables, range);
  const filters = list.filter(({ type, filters }) => type === 'adhoc' && filters.length > 0);
  const { queries, leftOut } = await queriesOf(panel, { call, settings, values, range });
  if (queries.length === 0) return { queries, answered: [], leftOut, notices: [], values };
  const { results } = await queryData(call, { queries, from: String(range.from), to: String(range.to) });
  const answered = queries.flatMap(({ refId }) =>
    (results[refId]?.frames ?? []).map((frame) => ({ refId, frame })),
  );
  return {
    queries,
    answered,
    values,
    leftOut: [
      ...leftOut,
      ...failuresOf(call, queries, results),
      ...filters.map(({ name }) => `the filters of ${name} are not applied`),
    ],
    notices: answered.flatMap(({ frame }) => (frame.schema.meta?.notices ?? []).map(({ text }) => text)),
  };
}

function refuseStrange({ title, uid, templating }: GrafanaDashboard, { variables }: PanelAsked): void {
  const known = templating?.list ?? [];
  const [strange] = strangeVariables(known, variables);
  if (strange === undefined) return;
  const has = known.length === 0 ? 'none' : known.map(({ name }) => name).join(', ');
  const message = `the dashboard ${title || uid} has no variable ${strange}; it has ${has}`;
  throw new GuardiaError('bad-input', message);
}

/** A sentence for each query that failed; when all did, the first of them is the error. */
function failuresOf(call: Call, queries: readonly Query[], results: QueryAnswer['results']): string[] {
  const failed = queries.flatMap(({ refId }) => {
    const { error, status } = results[refId] ?? {};
    return error ? [{ status: status ?? 400, message: `query ${refId} failed: ${clipped(error, 500)}` }] : [];
  });
  const [first] = failed;
  if (!first || failed.length < queries.length) return failed.map(({ message }) => message);
  const isWrong = first.status === 400 || first.status === 422 || WRONG_QUERY.test(first.message);
  const message = `${grafanaNamed(call)}: ${first.message}`;
  if (isWrong) throw new GuardiaError('bad-input', message);
  throw new GuardiaError('refused', message, { retryable: first.status >= 500 });
}

interface Picture {
  image?: string;
  problem?: string;
}

/** A picture that cannot be had costs nothing: Guardia draws. */
async function pictureOf(
  call: Call,
  { asked, range, settings, until }: Pick<Looked, 'asked' | 'range' | 'settings'> & { until: number },
): Promise<Picture> {
  if (call.connection.renderer === 'never' || !settings.rendererAvailable) return {};
  const query = panelQuery({ ...asked, zone: asked.zone ?? 'UTC' }, range);
  const size = { panelId: String(asked.panel), width: '1000', height: '500', scale: '2' };
  for (const [name, value] of Object.entries(size)) query.append(name, value);
  const limits = {
    what: 'the image renderer',
    deadlineMs: Math.max(0, until - performance.now()),
    signal: call.signal,
  };
  try {
    const path = `/d-solo/${encodeURIComponent(asked.dashboard)}/x?${query}`;
    return { image: await withDeadline(limits, (signal) => renderedPanel({ ...call, signal }, path)) };
  } catch (error) {
    if (!(error instanceof GuardiaError) || call.signal.aborted) throw error;
    return { problem: error.message };
  }
}

function viewQuery(asked: PanelAsked, range: TimeRange): URLSearchParams {
  const query = panelQuery(asked, range);
  query.append('viewPanel', String(asked.panel));
  return query;
}

function notDrawn({ type }: Panel, link: string): string {
  return `Guardia does not draw panels of the type ${type || 'that it has'}; open it: ${link}`;
}

function queryEvidence(queries: readonly Query[]): Evidence[] {
  const texts = queries.map((query) =>
    queries.length === 1 ? queryText(query) : `${query.refId}: ${queryText(query)}`,
  );
  return lines('Query', texts);
}

function lines(label: string, sentences: readonly string[]): Evidence[] {
  if (sentences.length === 0) return [];
  const shown = sentences.slice(0, 30).map((sentence) => clipped(sentence, 2_000));
  const more = sentences.length - shown.length;
  return [
    { label, text: [...shown, ...(more > 0 ? [`and ${counted(more, 'more', 'more')}`] : [])].join('\n') },
  ];
}
