import type { Located, Path } from './document.ts';
import { listed, meant } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { Check, RunbookFile, ShownObjective } from './schema.ts';
import { durationMs } from './schema-parts.ts';
import type { ObjectiveFile, ServiceFile } from './schema-service.ts';

/** A promise of the service: good answers with a budget for the others, or a limit. */
export type Objective = Slo | Limit;

export interface Slo {
  name: string;
  title: string;
  /** Percent of good answers. */
  target: number;
  window: string;
  /** PromQL with `{window}`: the share of bad answers, from 0 to 1. */
  errors: string;
  while?: string;
}

export interface Limit {
  name: string;
  title: string;
  limit: number;
  unit?: string;
}

const PLACEHOLDER = /\{([a-z][a-z0-9-]{0,62})\}/g;

/** The objectives of a service whose settings have been filled in. A figure that is still a setting is not a number. */
export function objectivesOf(service: Pick<ServiceFile, 'objectives'>): Record<string, Objective> {
  return Object.fromEntries(
    Object.entries(service.objectives ?? {}).map(([name, written]) => [name, objectiveOf(name, written)]),
  );
}

function objectiveOf(name: string, written: ObjectiveFile): Objective {
  if ('limit' in written) {
    const { title, limit, unit } = written;
    return { name, title, limit: Number(limit), ...(unit === undefined ? {} : { unit }) };
  }
  const { title, target, window, errors } = written;
  return {
    name,
    title,
    target: Number(target),
    window,
    errors,
    ...(written.while === undefined ? {} : { while: written.while }),
  };
}

export function figureOf(objective: Objective): number {
  return 'limit' in objective ? objective.limit : objective.target;
}

/**
 * A runbook whose checks that show an objective ask Prometheus for it, and whose conditions have the objectives'
 * figures in place of their names. Pure. Without objectives, since the service's file has problems of its own, nothing
 * is said about them.
 */
export function withObjectives(
  document: Located,
  runbook: RunbookFile,
  known: Readonly<Record<string, Objective>> | undefined,
): { runbook: RunbookFile; problems: Problem[] } {
  const objectives = known ?? {};
  const problems: Problem[] = [];
  const checks = Object.entries(runbook.checks).map(([name, check]) => {
    const at = ['checks', name];
    const find = (wanted: string, path: Path) => {
      if (!known || Object.hasOwn(objectives, wanted)) return objectives[wanted];
      const mend = meant(wanted, Object.keys(objectives), 'add it to service.yml, or use one of');
      const message = `the service has no objective "${wanted}"`;
      problems.push(document.problem('unknown-objective', path, message, mend));
      return undefined;
    };
    const filled = {
      ...check,
      ...conditionsOf(check, (wanted, side) => find(wanted, [...at, side])),
    };
    return [name, probing(filled, { document, at, find, objectives, problems })] as const;
  });
  return { runbook: { ...runbook, checks: Object.fromEntries(checks) }, problems };
}

type Side = 'warning' | 'failing';

/** `< {success}` -> `< 99`. */
function conditionsOf(
  check: Check,
  find: (name: string, side: Side) => Objective | undefined,
): Pick<Check, Side> {
  const filled = (['warning', 'failing'] as const).flatMap((side) => {
    const written = check[side];
    if (written === undefined) return [];
    const fill = (text: string) =>
      text.replace(PLACEHOLDER, (_, name: string) => shownFigure(find(name, side)));
    return [[side, typeof written === 'string' ? fill(written) : written.map(fill)] as const];
  });
  return Object.fromEntries(filled);
}

interface Around {
  document: Located;
  at: Path;
  find(name: string, path: Path): Objective | undefined;
  objectives: Readonly<Record<string, Objective>>;
  problems: Problem[];
}

function probing(check: Check, around: Around): Check {
  const { objective: shown, ...rest } = check;
  if (!shown) return check;
  const path = [...around.at, 'objective'];
  const objective = around.find(shown.of, [...path, 'of']);
  if (objective && 'limit' in objective) {
    const message = `"${shown.of}" is a limit, and has neither a rate nor a budget`;
    const mend = `compare with it in a condition: "> {${shown.of}}"`;
    around.problems.push(around.document.problem('wrong-type', [...path, 'of'], message, mend));
  }
  const query =
    objective && !('limit' in objective) ? queryOf(shown, objective, around.objectives) : 'vector(0)';
  const empty = objective && 'while' in objective ? emptyWords(objective, around.objectives) : undefined;
  return {
    ...rest,
    prometheus: {
      query,
      ...(shown.chart === undefined ? {} : { chart: shown.chart }),
      ...(shown.connection === undefined ? {} : { connection: shown.connection }),
      ...(empty === undefined ? {} : { empty }),
    },
  };
}

function emptyWords(slo: Slo, objectives: Readonly<Record<string, Objective>>): string {
  return `not judged: it has no data, or this does not hold: ${withLimits(slo.while ?? '', objectives)}`;
}

/**
 * PromQL for what is shown. Of two windows the lower burn rate counts, so a limit is passed only when both pass it
 * (Google SRE workbook, chapter 5, multiwindow alerts).
 */
function queryOf(shown: ShownObjective, slo: Slo, objectives: Readonly<Record<string, Objective>>): string {
  const windows = shown.over ?? [slo.window];
  const bad = (window: string) => `(${slo.errors.replaceAll('{window}', window)})`;
  const budget = Number(((100 - slo.target) / 100).toPrecision(12));
  const [first = slo.window] = windows;
  const figure = {
    'success-rate': () => `100 * (1 - ${bad(first)})`,
    'budget-left': () => `100 * (1 - ${bad(first)} / ${budget})`,
    'burn-rate': () => lowest(windows.map((window) => `${bad(window)} / ${budget}`)),
  }[shown.show]();
  return slo.while === undefined ? figure : `(${figure}) and on() (${withLimits(slo.while, objectives)})`;
}

/** `or` keeps both only when their labels differ. */
function lowest(rates: readonly string[]): string {
  if (rates.length === 1) return rates[0] ?? '';
  const named = rates.map((rate, index) => `label_replace(${rate}, "window", "${index}", "", "")`);
  return `min(${named.join(' or ')})`;
}

function withLimits(text: string, objectives: Readonly<Record<string, Objective>>): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const objective = objectives[name];
    return objective ? String(figureOf(objective)) : whole;
  });
}

/** A figure whose setting is missing is a problem of its own, and no other should follow from it. */
function shownFigure(objective: Objective | undefined): string {
  const figure = objective ? figureOf(objective) : 0;
  return String(Number.isNaN(figure) ? 0 : figure);
}

/** What is wrong with the objectives themselves, beyond their shape. */
export function lintObjectives(document: Located, service: ServiceFile): Problem[] {
  const objectives = objectivesOf(service);
  return Object.values(objectives).flatMap((objective) => {
    const at = ['objectives', objective.name];
    if ('limit' in objective) return [];
    return [
      ...lintTarget(document, at, objective),
      ...lintWindow(document, at, objective),
      ...lintWhile(document, at, objective, objectives),
    ];
  });
}

function lintTarget(document: Located, at: Path, { target }: Slo): Problem[] {
  if (Number.isNaN(target) || (target > 0 && target < 100)) return [];
  const message = `a target of ${target} % leaves no budget, or nothing to keep`;
  return [document.problem('bad-objective', [...at, 'target'], message, 'write percent, such as 99.5')];
}

function lintWindow(document: Located, at: Path, { errors, window }: Slo): Problem[] {
  if (!errors.includes('{window}')) {
    const message = 'errors has no {window}, so every window would show the same';
    return [document.problem('bad-objective', [...at, 'errors'], message, 'write rate(…[{window}])')];
  }
  if (durationMs(window) > 0) return [];
  return [document.problem('bad-objective', [...at, 'window'], 'a window of nothing', 'write such as 30d')];
}

function lintWhile(
  document: Located,
  at: Path,
  slo: Slo,
  objectives: Readonly<Record<string, Objective>>,
): Problem[] {
  const limits = Object.keys(objectives).filter((name) => 'limit' in (objectives[name] as Objective));
  return [...(slo.while ?? '').matchAll(PLACEHOLDER)]
    .map((match) => match[1] as string)
    .filter((name) => !limits.includes(name))
    .map((name) => {
      const message = `{${name}} is not a limit of this service`;
      const mend = limits.length === 0 ? 'add it: { title, limit }' : `its limits are ${listed(limits)}`;
      return document.problem('unknown-objective', [...at, 'while'], message, mend);
    });
}
