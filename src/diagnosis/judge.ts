import type { RunbookCheck } from '../catalogue/catalogue.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import { formatFigure } from '../report/figures.ts';
import type { Observation, ObservedValue, Scalar } from '../steps/step-kind.ts';
import { type Condition, holds, parseConditions, thresholdsOf } from './condition.ts';
import type { Finding, Status } from './finding.ts';

/** What a check's probe came to: an observation, or the error that stands in its place. */
export type Probe = { observation: Observation } | { error: unknown };

/** Turns a probe into a finding. Pure; `tookMs` is how long the probe took. */
export function judge(check: RunbookCheck, probe: Probe, tookMs: number): Finding {
  const warning = parseConditions(check.warning);
  const failing = parseConditions(check.failing);
  const base = {
    check: check.name,
    title: check.title,
    tookMs,
    thresholds: thresholdsOf(warning, failing),
    ...(check.means === undefined ? {} : { means: check.means }),
    ...(check.unit === undefined ? {} : { unit: check.unit }),
  };
  if ('error' in probe) return { ...base, ...unanswered(probe.error) };
  const { observation } = probe;
  const unit = check.unit ?? observation.unit;
  const { series, drawing, image } = observation;
  const status = statusOf(observation.value, warning, failing);
  return {
    ...base,
    status:
      status === 'healthy' && nothingToCompare(observation.value, [...warning, ...failing])
        ? 'unknown'
        : status,
    says: observation.says ?? inWords(observation.value, unit),
    limit: limitInWords(status, check),
    value: observation.value,
    evidence: observation.evidence,
    ...(Object.keys(base.thresholds).length === 0 ? { thresholds: observation.limits ?? {} } : {}),
    ...(unit === undefined ? {} : { unit }),
    ...(series === undefined ? {} : { series }),
    ...(drawing === undefined ? {} : { drawing }),
    ...(image === undefined ? {} : { image }),
  };
}

function unanswered(error: unknown): Pick<Finding, 'status' | 'says' | 'value' | 'evidence'> {
  const evidence =
    error instanceof GuardiaError ? [{ label: 'error', text: `${error.code}: ${error.message}` }] : [];
  return { status: 'unknown', says: messageOf(error), value: null, evidence };
}

function statusOf(
  value: ObservedValue,
  warning: readonly Condition[],
  failing: readonly Condition[],
): Status {
  if (failing.some((condition) => holds(condition, value))) return 'failing';
  if (warning.some((condition) => holds(condition, value))) return 'warning';
  return 'healthy';
}

/** A comparison asked of nothing is not healthy: nobody knows. `none` and `some` do answer for nothing. */
function nothingToCompare(value: ObservedValue, conditions: readonly Condition[]): boolean {
  return (
    conditions.length > 0 &&
    conditions.every((condition) => condition.kind === 'compare' && !answersFor(condition.field, value))
  );
}

function answersFor(field: string | undefined, value: ObservedValue): boolean {
  if (value === null) return false;
  if (Array.isArray(value)) return field === undefined || field === 'count';
  if (typeof value !== 'object') return field === undefined;
  const record = value as Readonly<Record<string, Scalar>>;
  const fields = field === undefined ? Object.values(record) : [record[field]];
  return fields.some((one) => one !== undefined && one !== null);
}

/** `> 1000` and unit "jobs" -> "failing over 1,000 jobs"; healthy figures are shown against their failing limit. */
function limitInWords(status: Status, check: RunbookCheck): string | undefined {
  return sideInWords(status === 'warning' || check.failing === undefined ? 'warning' : 'failing', check);
}

/** `warning over 80 %, failing over 90 %`; empty for a check that only informs. */
export function limitsInWords(check: RunbookCheck): string {
  return (['warning', 'failing'] as const).flatMap((side) => sideInWords(side, check) ?? []).join(', ');
}

function sideInWords(side: 'warning' | 'failing', check: RunbookCheck): string | undefined {
  const conditions = parseConditions(check[side]);
  const words = conditions.map((condition) => conditionInWords(condition, check.unit));
  return words.length === 0 ? undefined : `${side} ${words.join(' or ')}`;
}

const COMPARATORS = {
  '>': 'over',
  '>=': 'from',
  '<': 'under',
  '<=': 'up to',
  '==': 'when',
  '!=': 'unless',
} as const;

function conditionInWords(condition: Condition, unit: string | undefined): string {
  if (condition.kind === 'empty') return 'when there is none';
  if (condition.kind === 'not-empty') return 'when there is any';
  const operand =
    typeof condition.operand === 'number' ? formatFigure(condition.operand, unit) : String(condition.operand);
  const { field, comparator } = condition;
  const word = COMPARATORS[comparator];
  if (field && (comparator === '==' || comparator === '!=')) return `${word} ${field} is ${operand}`;
  return [field, word, operand].filter(Boolean).join(' ');
}

/** A value as people read it, when the step kind had no words of its own. */
export function inWords(value: ObservedValue, unit?: string): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `${value.length}: ${clip(value.join(', '))}`;
  if (typeof value === 'object') {
    const fields = Object.entries(value as Readonly<Record<string, Scalar>>);
    return fields.length === 0
      ? 'nothing'
      : clip(fields.map(([name, one]) => `${name} ${scalarInWords(one, unit)}`).join(', '));
  }
  return scalarInWords(value as Scalar, unit);
}

function scalarInWords(value: Scalar, unit: string | undefined): string {
  return typeof value === 'number' ? formatFigure(value, unit) : clip(String(value));
}

function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
