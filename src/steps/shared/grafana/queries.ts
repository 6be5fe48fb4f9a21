import { GuardiaError } from '../../../errors.ts';
import { type DataSource, dataSourceNamed, type GrafanaCall, type GrafanaSettings } from './client.ts';
import type { Panel, SourceRef, Target } from './dashboard.ts';
import { filledPlainly, filledPromql } from './interpolation.ts';
import { lengthOf, type TimeRange } from './time.ts';
import { filledTitle, type VariableValues } from './variables.ts';

/** As many points as a picture can show. */
const MOST_POINTS = 1_000;
const USUAL_POINTS = 180;
const EXPRESSIONS = ['__expr__', '-100'];
const MIXED = '-- Mixed --';
/** What holds a query, by kind of data source; the first that is there is shown. */
const TEXTS = ['expr', 'rawSql', 'query', 'target', 'expression', 'rawQuery'];

/** A query as it is sent. */
export interface Query extends Record<string, unknown> {
  refId: string;
}

export interface Queries {
  queries: readonly Query[];
  /** A sentence for each query that cannot be sent. */
  leftOut: readonly string[];
}

interface Surroundings {
  call: GrafanaCall;
  settings: GrafanaSettings;
  values: VariableValues;
  range: TimeRange;
}

/**
 * What a panel asks, as Grafana's own pages send it. A query that Guardia cannot put together is left out with its
 * reason; throws 'bad-input' with the first of them where nothing else is left.
 */
export async function queriesOf(panel: Panel, around: Surroundings): Promise<Queries> {
  const queries: Query[] = [];
  const failed: GuardiaError[] = [];
  for (const target of panel.targets.filter(({ hide }) => !hide)) {
    try {
      queries.push(await queryOf(panel, target, around));
    } catch (error) {
      if (!(error instanceof GuardiaError) || !['bad-input', 'not-found'].includes(error.code)) throw error;
      failed.push(new GuardiaError(error.code, `query ${target.refId} is not asked: ${error.message}`));
    }
  }
  if (queries.length === 0 && failed[0]) throw failed[0];
  return { queries, leftOut: failed.map(({ message }) => message) };
}

/** A query in words, for evidence. */
export function queryText(query: Query): string {
  const text = TEXTS.map((name) => query[name]).find((value) => typeof value === 'string' && value !== '');
  if (text !== undefined) return String(text);
  const { datasource, refId, intervalMs, maxDataPoints, ...rest } = query;
  return JSON.stringify(rest);
}

async function queryOf(panel: Panel, target: Target, around: Surroundings): Promise<Query> {
  const { datasource: _, hide, ...rest } = target;
  const datasource = await sourceOf(panel, target, around);
  const isExpression = EXPRESSIONS.includes(datasource.uid);
  const filled = isExpression ? rest : filledTarget(rest, around.values);
  return {
    ...asOneQuery(filled, panel),
    refId: target.refId,
    datasource,
    ...resolution(panel, around.range),
  };
}

/** What is called `expr` is PromQL or LogQL, whichever of their many data sources it is for. */
function filledTarget(target: object, values: VariableValues): Record<string, unknown> {
  return filledIn(target, (text, key) => {
    if (key === 'legendFormat' || key === 'alias') return filledTitle(text, values);
    return key === 'expr' ? filledPromql(text, values) : filledPlainly(text, values);
  }) as Record<string, unknown>;
}

function filledIn(value: unknown, fill: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return fill(value, key);
  if (Array.isArray(value)) return value.map((item) => filledIn(item, fill, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filledIn(item, fill, name)]));
}

/** One that is asked for both a range and the moment has one of them shown: rows the moment, lines the range. */
function asOneQuery(target: Record<string, unknown>, { type }: Panel): Record<string, unknown> {
  const one = target.exemplar ? { ...target, exemplar: false } : target;
  if (!(one.instant && one.range)) return one;
  return { ...one, ...(type === 'table' ? { range: false } : { instant: false }) };
}

function resolution({ maxDataPoints, interval }: Panel, { from, to }: TimeRange) {
  const points = Math.min(Math.max(maxDataPoints ?? USUAL_POINTS, 1), MOST_POINTS);
  const least = lengthOf(interval?.replace('>', '')) ?? 1_000;
  return { intervalMs: Math.max(least, Math.round((to - from) / points)), maxDataPoints: points };
}

async function sourceOf(panel: Panel, target: Target, around: Surroundings): Promise<DataSource> {
  const ref = isNothing(target.datasource) ? panel.datasource : target.datasource;
  const { uid, type } = typeof ref === 'string' ? { uid: ref, type: '' } : { uid: '', type: '', ...ref };
  const name = filledTitle(uid, firstOfEach(around.values));
  if (EXPRESSIONS.includes(name) || type === '__expr__') return { uid: '__expr__', type: '__expr__' };
  if (name === '' || name === 'default' || name === MIXED) return defaultSource(around.settings, type);
  return (await sourceNamed(around, name)) ?? { uid: name, type };
}

function isNothing(ref: SourceRef): boolean {
  return ref === null || ref === undefined || (typeof ref === 'object' && !ref.uid && !ref.type);
}

/** A panel that repeats for several data sources shows each by itself; this is the first. */
function firstOfEach(values: VariableValues): VariableValues {
  return new Map(
    [...values].map(([name, value]) => [name, value && { ...value, values: value.values.slice(0, 1) }]),
  );
}

function defaultSource({ datasources, defaultDatasource }: GrafanaSettings, type: string): DataSource {
  const ofType = Object.values(datasources).find((one) => type !== '' && one.type === type);
  const source = datasources[defaultDatasource];
  const found = source && (type === '' || source.type === type) ? source : ofType;
  if (found?.uid) return found;
  throw new GuardiaError('bad-input', 'it names no data source, and Grafana has no default for it');
}

/** By uid, as dashboards of today have it, or by name. */
async function sourceNamed({ call, settings }: Surroundings, name: string): Promise<DataSource | undefined> {
  const { datasources } = settings;
  const known = Object.values(datasources).find(({ uid }) => uid === name) ?? datasources[name];
  return known?.uid ? known : dataSourceNamed(call, name);
}
