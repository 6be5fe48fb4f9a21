/** `status.pods[0].name`, `['a.b'].c`, with or without a leading `$`. */
const PART = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/y;

/** The steps of a small JSON path; undefined when it is not one. */
export function parseJsonPath(path: string): (string | number)[] | undefined {
  const text = path.replace(/^\$(?=[.[])/, '');
  const steps: (string | number)[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (!match) return undefined;
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4] ?? '') : Number(match[2]));
  }
  return steps.length > 0 ? steps : undefined;
}

/** What stands there; undefined when the path leads nowhere. */
export function atJsonPath(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}
