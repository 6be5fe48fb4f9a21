import { GuardiaError } from '../../../errors.ts';
import type { Parameters, Scalar } from '../../step-kind.ts';
import { fillText, parameterNamed, placeholdersIn, unknownPlaceholders } from '../placeholders.ts';
import { placeOf, type Quoting, quotedPlaceholders, readStatement, shapeProblems } from '../statements.ts';

const CYPHER: Quoting = {
  opens: /'|"|`|\/\/|\/\*/g,
  rest(opening) {
    if (opening === '//') return /[^\n]*/y;
    if (opening === '/*') return /[\s\S]*?\*\//y;
    if (opening === '`') return /(?:[^`]|``)*`(?!`)/y;
    return opening === "'" ? /(?:[^'\\]|\\[\s\S])*'/y : /(?:[^"\\]|\\[\s\S])*"/y;
  },
};
/** Clauses that do more than read; after a dot, a colon or a dollar, or before a colon, it is a name. */
const WRITES =
  /(?<![.:$\w])(create|merge|set|delete|detach|remove|drop|foreach|insert|alter|rename|grant|deny|revoke|terminate|load\s+csv|(?:start|stop)\s+database)\b(?!\s*:)/gi;
const MODES = /^\s*(explain|profile)\b/i;

/** A statement, and the values that it names as `$name`. */
export interface CypherStep {
  cypher: string;
  with?: Readonly<Record<string, Scalar>> | undefined;
}

/** What is wrong with a statement, as far as one can tell without a server. */
export function cypherProblems(
  { cypher, with: given = {} }: CypherStep,
  parameterNames: readonly string[],
): string[] {
  const statement = readStatement(cypher, CYPHER);
  const { code } = statement;
  const placed = [...statement.placeholders, ...quotedPlaceholders(statement, parameterNames)];
  const writing = [...code.matchAll(WRITES)][0];
  return [
    ...shapeProblems(statement),
    ...placed.map(
      ({ name, from }) =>
        `${placeOf(cypher, from)}: write $${name} in place of {${name}}, and below it with: { ${name}: "{${name}}" }`,
    ),
    ...(MODES.test(code)
      ? ['a check asks for an answer, so it begins with neither EXPLAIN nor PROFILE']
      : []),
    ...(writing
      ? [`${placeOf(cypher, writing.index)}: ${writing[0].toUpperCase()} does more than read`]
      : []),
    ...nameProblems(code, Object.keys(given)),
    ...unknownPlaceholders(given, parameterNames),
  ];
}

/** Names in the query against names that are given. */
function nameProblems(code: string, given: readonly string[]): string[] {
  const used = new Set([...code.matchAll(/\$([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''));
  return [
    ...[...used]
      .filter((name) => !given.includes(name))
      .map((name) => `$${name} is not given; write with: { ${name}: … }`),
    ...given
      .filter((name) => !used.has(name))
      .map((name) => `with gives ${name}, which the query does not name as $${name}`),
  ];
}

/** The values, whole numbers as Cypher's integers. Throws a GuardiaError 'bad-input' when the statement cannot be a check. */
export function cypherValues(step: CypherStep, parameters: Parameters): Record<string, Scalar | bigint> {
  const problems = cypherProblems(step, Object.keys(parameters));
  if (problems.length > 0) throw new GuardiaError('bad-input', problems.join('\n'));
  const pairs = Object.entries(step.with ?? {}).map(
    ([name, value]) => [name, filled(value, parameters)] as const,
  );
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Number.isSafeInteger(value) ? BigInt(value as number) : value]),
  );
}

/** A text that is one placeholder keeps its parameter's type. */
function filled(given: Scalar, parameters: Parameters): Scalar {
  if (typeof given !== 'string') return given;
  const [only] = placeholdersIn(given);
  if (only && only.from === 0 && only.to === given.length) return parameterNamed(only.name, parameters);
  return fillText(given, parameters, (value) => value);
}

/** Somebody else's statement without the texts in it, which are their data. */
export function withoutTexts(cypher: string): string {
  return readStatement(cypher, { ...CYPHER, opens: /'|"|\/\/|\/\*/g })
    .code.replaceAll(/\s+/g, ' ')
    .trim();
}

/** Whether a statement begins so. */
export function isShow(cypher: string): boolean {
  return /^\s*show\b/i.test(readStatement(cypher, CYPHER).code);
}
