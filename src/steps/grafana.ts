import { z } from 'zod';
import { duration } from '../catalogue/schema-parts.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import {
  type Annotation,
  annotate,
  dashboardByUid,
  type GrafanaConnection,
  grafanaConnection,
  grafanaNamed,
} from './shared/grafana/client.ts';
import { type GrafanaDashboard, panelOf } from './shared/grafana/dashboard.ts';
import { chosen, DASHBOARD_UID, parsePanelLink } from './shared/grafana/link.ts';
import { observePanel, type PanelAsked, siteOf, viewOfLink } from './shared/grafana/look.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import { clipped } from './shared/text.ts';
import type { Evidence, Fingerprint, StepCall, StepKind } from './step-kind.ts';

/** By it people find in Grafana what Guardia wrote there. */
const OUR_TAG = 'guardia';

const connectionName = { connection: z.string().optional() };
const uid = z.string().regex(DASHBOARD_UID, 'write the uid of a dashboard, as its link has it: /d/<uid>/…');
const panel = z.number().int().positive();
const value = z.string().max(1_000);

const input = z.union([
  z.strictObject({
    dashboard: uid,
    panel,
    /** Of the dashboard; without one its own current value, and `$__all` is everything. */
    variables: z
      .record(
        z.string().regex(/^\w+$/, 'write the name of a variable'),
        z.union([value, z.array(value).min(1)]),
      )
      .optional(),
    /** How far back; without it as far as the dashboard itself. */
    over: duration.optional(),
    ...connectionName,
  }),
  /** As the address bar or "Share" has it. */
  z.strictObject({ link: z.string().min(1).max(4_000), ...connectionName }),
  z.strictObject({
    annotate: z.string().min(1).max(2_000),
    tags: z.array(z.string().min(1).max(100)).max(20).optional(),
    /** Without one it is an annotation of the whole organisation. */
    dashboard: uid.optional(),
    panel: panel.optional(),
    ...connectionName,
  }),
]);

type Input = z.output<typeof input>;
type Annotate = Extract<Input, { annotate: string }>;
type Call = StepCall<Input, GrafanaConnection>;

/**
 * A panel of a dashboard as a picture: by Grafana's image renderer where there is one, else drawn by Guardia from the
 * panel's own queries. Its value: of one series its figure, of several a record by name, of none null; of a table the
 * number of rows. And an annotation, written at the moment of the run.
 */
export const grafana: StepKind<Input, GrafanaConnection> = {
  name: 'grafana',
  about: 'Shows a panel of Grafana as a picture, with its figures; writes an annotation.',
  input,
  connection: grafanaConnection,
  asks: (asked) => ('annotate' in asked ? 'act' : 'look'),
  check: (asked, parameterNames) => [
    ...unknownPlaceholders(templatesIn(asked), parameterNames),
    ...wrongIn(asked),
  ],
  async observe(call) {
    return observePanel(call, panelAsked(call));
  },
  async preview(call) {
    const { what, evidence } = await planned(call);
    return { what, evidence };
  },
  async fingerprint(call): Promise<Fingerprint> {
    const { dashboard } = await planned(call);
    if (!dashboard) return { substance: {} };
    return { substance: { dashboard: dashboard.uid, title: dashboard.title } };
  },
  async perform(call) {
    const { annotation, where, evidence } = await planned(call);
    const id = await annotate(call, annotation);
    return { says: `annotated ${where} (annotation ${id})`, evidence };
  },
};

function wrongIn(asked: Input): string[] {
  if ('link' in asked) return wrongLink(asked.link);
  const isLost = 'annotate' in asked && asked.panel !== undefined && asked.dashboard === undefined;
  return isLost ? ['a panel needs its dashboard'] : [];
}

function wrongLink(link: string): string[] {
  try {
    parsePanelLink(link);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Only there a parameter may stand. */
function templatesIn(asked: Input): unknown {
  if ('annotate' in asked) return [asked.annotate, asked.tags];
  return 'link' in asked ? [] : asked.variables;
}

function panelAsked({ input: asked, connection, parameters }: Call): PanelAsked {
  if ('annotate' in asked)
    throw new GuardiaError('bad-input', 'a check looks at a panel; an annotation is an action');
  if ('link' in asked) return viewOfLink(connection, asked.link);
  const variables = Object.entries(asked.variables ?? {}).map(([name, given]) => {
    const templates = chosen([given].flat());
    return [name, templates === 'all' ? templates : templates.map((one) => filled(one, parameters))] as const;
  });
  return {
    dashboard: asked.dashboard,
    panel: asked.panel,
    variables: Object.fromEntries(variables),
    strict: true,
    ...(asked.over === undefined ? {} : { over: asked.over }),
  };
}

interface Planned {
  annotation: Annotation;
  where: string;
  what: string;
  dashboard: GrafanaDashboard | undefined;
  evidence: Evidence[];
}

async function planned(call: Call): Promise<Planned> {
  const { input: asked, parameters } = call;
  if (!('annotate' in asked)) throw new GuardiaError('bad-input', 'an action of grafana is annotate');
  const text = filled(asked.annotate, parameters);
  const tags = [...new Set([OUR_TAG, ...(asked.tags ?? []).map((tag) => filled(tag, parameters))])];
  const dashboard = asked.dashboard === undefined ? undefined : await dashboardByUid(call, asked.dashboard);
  const where = `${placeOf(asked, dashboard)} in ${grafanaNamed(call)}`;
  return {
    annotation: {
      ...(asked.dashboard === undefined ? {} : { dashboardUID: asked.dashboard }),
      ...(asked.panel === undefined ? {} : { panelId: asked.panel }),
      time: Date.now(),
      tags,
      text,
    },
    where,
    what: `annotate ${where}: ${clipped(text, 200)}`,
    dashboard,
    evidence: [
      { label: 'Annotation', text: `${text}\nTags: ${tags.join(', ')}` },
      ...(dashboard ? [{ label: 'Dashboard', text: `${siteOf(call.connection)}/d/${dashboard.uid}` }] : []),
    ],
  };
}

function placeOf({ panel: id }: Annotate, dashboard: GrafanaDashboard | undefined): string {
  if (!dashboard) return 'the whole organisation';
  const title = `the dashboard ${dashboard.title || dashboard.uid}`;
  return id === undefined ? title : `the panel ${panelOf(dashboard, id).title || id} of ${title}`;
}

function filled(template: string, parameters: Call['parameters']): string {
  return fillText(template, parameters, (text) => text);
}
