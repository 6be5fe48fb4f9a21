import { GuardiaError } from '../../../errors.ts';
import type { Parameters } from '../../step-kind.ts';
import { fillText, parameterNamed, placeholdersIn } from '../placeholders.ts';

export const WORKLOAD = /^(deployment|statefulset|daemonset)\/(.+)$/;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** `deployment/denis-workers`, with placeholders filled in. */
export interface WorkloadName {
  kind: 'deployment' | 'statefulset' | 'daemonset';
  name: string;
}

export function workloadNamed(template: string, parameters: Parameters): WorkloadName {
  const [, kind, name = ''] = WORKLOAD.exec(template) ?? [];
  return { kind: kind as WorkloadName['kind'], name: objectNamed(name, parameters) };
}

export function written({ kind, name }: WorkloadName): string {
  return `${kind}/${name}`;
}

/** The name of a pod, a service, a cron job. A parameter cannot make a path of it. */
export function objectNamed(template: string, parameters: Parameters): string {
  const filled = fillText(template, parameters, (value) => value);
  if (DNS_NAME.test(filled)) return filled;
  throw new GuardiaError('bad-input', `${JSON.stringify(filled)} is not a name in Kubernetes`);
}

/** A label selector. A parameter is one label's value and cannot widen the choice. */
export function selectorOf(template: string, parameters: Parameters): string {
  return fillText(template, parameters, labelValue);
}

function labelValue(value: string): string {
  if (LABEL_VALUE.test(value)) return value;
  throw new GuardiaError('bad-input', `${JSON.stringify(value)} is not a label's value in Kubernetes`);
}

/** A whole number that stands there, or that the parameter of `{name}` is. */
export function wholeNumber(
  given: number | string,
  parameters: Parameters,
  { what, min, max }: { what: string; min: number; max: number },
): number {
  const [placeholder] = typeof given === 'string' ? placeholdersIn(given) : [];
  const text = placeholder ? parameterNamed(placeholder.name, parameters) : given;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new GuardiaError('bad-input', `${JSON.stringify(text)} is not a ${what}`);
}
