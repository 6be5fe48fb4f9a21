import type { CurrentCatalogue, Runbook, RunbookCheck } from '../catalogue/catalogue.ts';
import { GuardiaError } from '../errors.ts';
import { fillQuery } from '../steps/shared/prometheus/promql.ts';
import type { CheckRef, Parameters, Step, StepEnvironment } from '../steps/step-kind.ts';

const TRIED = 3;

interface Known {
  ref: CheckRef;
  query: string;
}

/** The check of the catalogue that asks what a person asks; the drills say what it sees. Throws 'no-data' when none does. */
export function checkAsking(catalogue: CurrentCatalogue, { service }: StepEnvironment, step: Step): CheckRef {
  const query = queryOf(step);
  if (query === null) throw unknown(`no ${step.kind}`, []);
  const known = [...(catalogue().services.get(service)?.runbooks.values() ?? [])].flatMap(queriesOf);
  const found = known.find((one) => sameWords(one.query, query));
  if (!found) throw unknown('only the queries of the catalogue', known);
  return found.ref;
}

function queriesOf(runbook: Runbook): Known[] {
  const defaults: Parameters = Object.fromEntries(
    Object.entries(runbook.parameters).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  return runbook.checks.flatMap((check) => {
    const query = filled(check, defaults);
    return query === null ? [] : [{ ref: { runbook: runbook.name, check: check.name }, query }];
  });
}

/** null where a parameter has no default. */
function filled({ step }: RunbookCheck, defaults: Parameters): string | null {
  const query = (step.input as { chart?: unknown } | null)?.chart === undefined ? null : queryOf(step);
  try {
    return query === null ? null : fillQuery(query, defaults);
  } catch {
    return null;
  }
}

function queryOf({ kind, input }: Step): string | null {
  const { query } = (input ?? {}) as { query?: unknown };
  return kind === 'prometheus' && typeof query === 'string' ? query : null;
}

function sameWords(one: string, other: string): boolean {
  return one.replace(/\s+/g, '') === other.replace(/\s+/g, '');
}

function unknown(what: string, known: readonly Known[]): GuardiaError {
  const queries = [...new Set(known.map(({ query }) => query.replace(/\s+/g, ' ').trim()))];
  const tried = queries.sort((a, b) => a.length - b.length).slice(0, TRIED);
  const hint = tried.length > 0 ? `, such as:\n${tried.join('\n')}` : '';
  return new GuardiaError('no-data', `practice simulates its systems, and knows ${what}${hint}`);
}
