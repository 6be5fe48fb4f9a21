import type { Located } from '../document.ts';
import type { Problem } from '../problem.ts';
import type { RunbookFile } from '../schema.ts';

type Matcher = NonNullable<RunbookFile['alerts']>[number];

/** Two matchers clash when one alert could have all labels of both. Compared only within one alert name. */
export function lintAlerts(runbooks: readonly { document: Located; runbook: RunbookFile }[]): Problem[] {
  const claimed = new Map<string, { matcher: Matcher; file: string }[]>();
  const problems: Problem[] = [];
  for (const { document, runbook } of runbooks) {
    for (const [index, matcher] of (runbook.alerts ?? []).entries()) {
      const others = claimed.get(matcher.alertname) ?? [];
      claimed.set(matcher.alertname, [...others, { matcher, file: document.file }]);
      const other = others.find((one) => one.file !== document.file && compatible(one.matcher, matcher));
      if (!other) continue;
      const message = `"${matcher.alertname}" is also claimed by ${other.file}`;
      problems.push(
        document.problem(
          'alert-claimed-twice',
          ['alerts', index, 'alertname'],
          message,
          'leave it to one runbook, or tell them apart by a label',
        ),
      );
    }
  }
  return problems;
}

function compatible(a: Matcher, b: Matcher): boolean {
  return Object.keys(a).every((label) => !Object.hasOwn(b, label) || a[label] === b[label]);
}
