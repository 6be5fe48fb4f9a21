import { commandRules } from './commands.ts';
import { formatRules } from './formats.ts';
import { gitleaksRules } from './gitleaks.ts';
import { headerRules } from './headers.ts';
import { keyValueRule } from './key-values.ts';
import { createKeywordSearch } from './keywords.ts';
import { kubernetesSecretRule } from './kubernetes-secrets.ts';
import type { SecretRule } from './rule.ts';
import type { Span } from './spans.ts';
import { tokenRules } from './tokens.ts';

const RULES: readonly SecretRule[] = [
  keyValueRule,
  kubernetesSecretRule,
  ...headerRules,
  ...formatRules,
  ...commandRules,
  ...tokenRules,
  ...gitleaksRules(),
];
const KEYWORDS = [...new Set(RULES.flatMap(({ keywords }) => keywords.map((word) => word.toLowerCase())))];
/** By keyword: the numbers of the rules that have it. */
const RULES_OF = KEYWORDS.map((keyword) =>
  RULES.flatMap(({ keywords }, index) =>
    keywords.some((word) => word.toLowerCase() === keyword) ? [index] : [],
  ),
);
const search = createKeywordSearch(KEYWORDS);

/** What in a text looks like a secret that nobody named. */
export function secretSpans(text: string): Span[] {
  const spans: Span[] = [];
  /** Up to where each rule has found something: what stands there is not looked at twice. */
  const done = new Map<number, number>();
  search(text, (keyword, start, end) => {
    for (const index of RULES_OF[keyword] as number[]) {
      if (start < (done.get(index) ?? 0)) continue;
      const found = (RULES[index] as SecretRule).find(text, start, end);
      if (found === undefined) continue;
      for (const span of Array.isArray(found) ? found : [found as Span]) {
        if (span.end > span.start) spans.push(span);
        done.set(index, Math.max(span.end, done.get(index) ?? 0));
      }
    }
  });
  return spans;
}
