import type { Located } from '../document.ts';
import type { Problem } from '../problem.ts';
import type { RunbookFile } from '../schema.ts';

type Matcher = NonNullable<RunbookFile['alerts']>[number];

/** A matcher of a runbook, and the problem that it would be if another runbook claimed the same alerts. */
export interface Claim {
  matcher: Matcher;
  /** Its file, as problems name it. */
  file: string;
  /** Where something stands is looked up only when it is told. */
  problem(other: string): Problem;
}

/** Everything that comparing runbooks needs. */
export function claimsIn(document: Located, { alerts = [] }: RunbookFile): Claim[] {
  return alerts.map((matcher, index) => ({
    matcher,
    file: document.file,
    problem: (other) =>
      document.problem(
        'alert-claimed-twice',
        ['alerts', index, 'alertname'],
        `"${matcher.alertname}" is also claimed by ${other}`,
        'leave it to one runbook, or tell them apart by a label',
      ),
  }));
}

/** Two matchers clash when one alert could have all labels of both. Compared only within one alert name. */
export function lintAlerts(claims: readonly Claim[]): Problem[] {
  const sameName = Map.groupBy(claims, ({ matcher }) => matcher.alertname);
  return [...sameName.values()].flatMap((group) =>
    group.flatMap(({ matcher, file, problem }, index) => {
      const other = group
        .slice(0, index)
        .find((one) => one.file !== file && compatible(one.matcher, matcher));
      return other ? [problem(other.file)] : [];
    }),
  );
}

function compatible(a: Matcher, b: Matcher): boolean {
  return Object.keys(a).every((label) => !Object.hasOwn(b, label) || a[label] === b[label]);
}
