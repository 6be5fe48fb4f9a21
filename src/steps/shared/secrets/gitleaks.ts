import { readFileSync } from 'node:fs';
import { entropyOf, isPlaceholder } from './plausible.ts';
import { patternRule, type SecretRule } from './rule.ts';

/** Commits and digests look like some tokens, so that these need a key. */
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;

interface GitleaksRule {
  id: string;
  regex: string;
  entropy?: number;
  group?: number;
  keywords: string[];
  /** How many characters before a keyword its pattern may begin. */
  before?: number;
  after?: number;
  allowed?: string[];
}

/** The rules of gitleaks, as `npm run secret-rules` writes them. */
export function gitleaksRules(): SecretRule[] {
  const file = readFileSync(new URL('gitleaks.json', import.meta.url), 'utf8');
  const { rules }: { rules: GitleaksRule[] } = JSON.parse(file);
  return rules.map(ruleOf);
}

function ruleOf({
  regex,
  entropy = 0,
  group,
  keywords,
  before = 0,
  after = 0,
  allowed = [],
}: GitleaksRule): SecretRule {
  const exceptions = allowed.map((source) => new RegExp(source));
  return patternRule(keywords, new RegExp(regex), {
    before,
    after,
    ...(group ? { group } : {}),
    accepts: (secret, match) =>
      !(secret === match && HASH.test(match)) &&
      entropyOf(secret) > entropy &&
      !isPlaceholder(secret) &&
      !exceptions.some((one) => one.test(secret)),
  });
}
