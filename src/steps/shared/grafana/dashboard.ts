import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';

const OTHER_PANEL = '-- Dashboard --';

/** `{ uid, type }`, or a name, as dashboards of before Grafana 8.3 have it. */
const sourceRef = z
  .union([z.string(), z.object({ uid: z.string().optional(), type: z.string().optional() })])
  .nullish()
  .catch(null);
export type SourceRef = z.output<typeof sourceRef>;

const target = z
  .object({
    refId: z.string().catch('A'),
    hide: z.boolean().optional().catch(undefined),
    datasource: sourceRef,
  })
  .loose();
/** A query of a panel, with whatever else its data source keeps in it. */
export type Target = z.output<typeof target>;

const step = z.object({ color: z.string().catch(''), value: z.number().nullish().catch(null) });
export type ThresholdStep = z.output<typeof step>;

const fieldDefaults = z.object({
  unit: z.string().optional().catch(undefined),
  displayName: z.string().optional().catch(undefined),
  min: z.number().nullish().catch(null),
  max: z.number().nullish().catch(null),
  mappings: z.array(z.unknown()).catch([]),
  color: z.object({ mode: z.string() }).optional().catch(undefined),
  thresholds: z
    .object({ mode: z.string().default('absolute'), steps: z.array(step).default([]) })
    .optional()
    .catch(undefined),
  custom: z
    .object({ thresholdsStyle: z.object({ mode: z.string() }).optional() })
    .optional()
    .catch(undefined),
});

const panelShape = z.object({
  id: z.number().catch(0),
  type: z.string().catch(''),
  title: z.string().catch(''),
  datasource: sourceRef,
  targets: z.array(target).catch([]),
  interval: z.string().nullish().catch(null),
  maxDataPoints: z.number().nullish().catch(null),
  timeFrom: z.string().nullish().catch(null),
  timeShift: z.string().nullish().catch(null),
  repeat: z.string().nullish().catch(null),
  transformations: z.array(z.object({ id: z.string(), disabled: z.boolean().optional() })).catch([]),
  fieldConfig: z
    .object({
      defaults: fieldDefaults.catch(fieldDefaults.parse({})),
      overrides: z.array(z.unknown()).catch([]),
    })
    .optional()
    .catch(undefined),
  options: z
    .object({ reduceOptions: z.object({ calcs: z.array(z.string()).optional() }).optional() })
    .optional()
    .catch(undefined),
  libraryPanel: z.object({ uid: z.string() }).optional().catch(undefined),
  /** Of `graph` and `singlestat`, which were before fieldConfig. */
  format: z.string().optional().catch(undefined),
  valueName: z.string().optional().catch(undefined),
  yaxes: z.array(z.object({ format: z.string().optional() })).catch([]),
});
/** A panel, as lenient as dashboards are old. */
export type Panel = z.output<typeof panelShape>;
const row = panelShape.extend({ panels: z.array(panelShape).catch([]) });

const text = z.union([z.string(), z.number()]).transform(String);
const texts = z.union([text.transform((one) => [one]), z.array(text)]);
const variable = z.object({
  name: z.string(),
  type: z.string().catch(''),
  multi: z.boolean().catch(false),
  includeAll: z.boolean().catch(false),
  allValue: z.string().nullish().catch(null),
  query: z.string().catch(''),
  current: z.object({ value: texts.optional() }).optional().catch(undefined),
  options: z.array(z.object({ value: text })).catch([]),
  filters: z.array(z.unknown()).catch([]),
});
export type DashboardVariable = z.output<typeof variable>;

const dashboard = z.object({
  uid: z.string(),
  title: z.string().catch(''),
  time: z.object({ from: z.string(), to: z.string() }).optional().catch(undefined),
  templating: z
    .object({ list: z.array(variable).catch([]) })
    .optional()
    .catch(undefined),
  panels: z.array(row).catch([]),
  /** Of dashboards of before Grafana 5. */
  rows: z.array(z.object({ panels: z.array(panelShape).catch([]) })).catch([]),
});
export type GrafanaDashboard = z.output<typeof dashboard>;

export const dashboardAnswer = z.object({ dashboard });
export const libraryElement = z.object({ result: z.object({ model: panelShape }) });

/** A panel that shows what another one of its dashboard has asked, with the queries of that one. */
export function withQueries(dashboard: GrafanaDashboard, panel: Panel): Panel {
  const isOf = (ref: SourceRef) => (typeof ref === 'string' ? ref : ref?.uid) === OTHER_PANEL;
  const shared = panel.targets.find(({ datasource }) => isOf(datasource ?? panel.datasource));
  if (typeof shared?.panelId !== 'number') return panel;
  const { targets, datasource } = panelOf(dashboard, shared.panelId);
  return { ...panel, targets, datasource };
}

/** The panel of this id, also inside a row that is folded up. Throws 'not-found'. */
export function panelOf({ uid, title, panels, rows }: GrafanaDashboard, id: number): Panel {
  const all: Panel[] = [
    ...panels,
    ...panels.flatMap((one) => one.panels),
    ...rows.flatMap((one) => one.panels),
  ];
  const found = all.find((one) => one.id === id && one.type !== 'row');
  if (found) return found;
  const ids = all.filter(({ type }) => type !== 'row').map((one) => one.id);
  const has = ids.length === 0 ? 'none' : ids.slice(0, 30).join(', ');
  throw new GuardiaError('not-found', `the dashboard ${title || uid} has no panel ${id}; it has ${has}`);
}
