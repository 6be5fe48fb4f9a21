/** One line of Prometheus' text format. */
export interface MetricLine {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
  /** As it was written. */
  text: string;
}

const LINE = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*(?:#.*)?$/;
const LABEL = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

/** Lines of a `/metrics` page whose name is `wanted`, or matches it when it is written `/like this/`. */
export function metricLines(text: string, wanted: string): MetricLine[] {
  const matches = nameTest(wanted);
  return text.split('\n').flatMap((line) => {
    const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
    if (name === undefined || !matches(name)) return [];
    const parts = LINE.exec(line.trim());
    if (!parts?.[3]) return [];
    return [{ name, labels: labelsOf(parts[2] ?? ''), value: numberOf(parts[3]), text: line.trim() }];
  });
}

function nameTest(wanted: string): (name: string) => boolean {
  if (!/^\/.+\/$/.test(wanted)) return (name) => name === wanted;
  const pattern = new RegExp(wanted.slice(1, -1));
  return (name) => name.length <= 200 && pattern.test(name);
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map((match) => [match[1] ?? '', unescaped(match[2] ?? '')]),
  );
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** As Prometheus' own `sum`: one figure that is none makes none of the sum. */
export function sumOf(lines: readonly MetricLine[]): number {
  return lines.reduce((total, { value }) => total + value, 0);
}

/** As Prometheus' own `max`: figures that are none are left out as long as there is another. */
export function maxOf(lines: readonly MetricLine[]): number {
  const figures = lines.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  return figures.length === 0 ? NaN : figures.reduce((most, value) => Math.max(most, value));
}
