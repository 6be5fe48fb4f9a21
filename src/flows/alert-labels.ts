import type { AlertLabels } from '../catalogue/parameters.ts';
import type { StoredAlert } from '../store/alerts.ts';
import type { AlertGroup } from './requests.ts';

/** Values of one label that are kept where alerts differ in it; more would tell nobody more. */
const VALUES = 4;
const VALUE = 80;
const LABELS = 64;

/**
 * What the alerts of a group say with labels that not all of them share: what those that fire agree on, and in what
 * they differ. Alerts that were left out may differ in anything.
 */
export function ownLabels({ labels: common, alerts, truncated, labelsLeft = 0 }: AlertGroup): AlertLabels {
  const firing = alerts.filter(({ status }) => status === 'firing');
  const those = (firing.length > 0 ? firing : alerts).map(({ labels }) => labels);
  const names = [...new Set(those.flatMap((labels) => Object.keys(labels)))]
    .filter((name) => !Object.hasOwn(common, name))
    .slice(0, LABELS);
  const all = names.map((name) => [name, [...new Set(those.map((labels) => labels[name] ?? ''))]] as const);
  const agreed = all.filter(([, values]) => values.length === 1 && truncated === 0);
  const differing = all.filter(([, values]) => values.length > 1 || truncated > 0);
  return {
    labels: Object.fromEntries(agreed.map(([name, [value = '']]) => [name, value])),
    differing: Object.fromEntries(
      differing.map(([name, values]) => [
        name,
        values.slice(0, VALUES).map((value) => value.slice(0, VALUE)),
      ]),
    ),
    left: labelsLeft,
  };
}

/** All that a group's labels say. */
export function labelsOf(
  common: Readonly<Record<string, string>>,
  own: AlertLabels | undefined,
): AlertLabels {
  return { ...own, labels: { ...own?.labels, ...common } };
}

export function labelsOfAlert({ details }: Pick<StoredAlert, 'details'>): AlertLabels {
  return labelsOf(details.labels, details.own);
}
