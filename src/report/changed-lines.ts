import type { Evidence } from '../steps/step-kind.ts';

/** How an output differs from what it was: only the lines that do. */
export interface ChangedOutput {
  label: string;
  lines: readonly { is: 'new' | 'gone'; text: string }[];
  /** How many lines are the same. */
  same: number;
}

/** Which lines came and which went, output by output; empty when only their order changed. Pure. */
export function changedOutputs(before: readonly Evidence[], now: readonly Evidence[]): ChangedOutput[] {
  const labels = [...new Set([...now, ...before].map(({ label }) => label))];
  return labels
    .map((label) => changedOutput(label, linesOf(before, label), linesOf(now, label)))
    .filter(({ lines }) => lines.length > 0);
}

function changedOutput(label: string, before: readonly string[], now: readonly string[]): ChangedOutput {
  const gone = missingIn(now, before);
  const fresh = missingIn(before, now);
  return {
    label,
    lines: [
      ...gone.map((text) => ({ is: 'gone' as const, text })),
      ...fresh.map((text) => ({ is: 'new' as const, text })),
    ],
    same: now.length - fresh.length,
  };
}

function linesOf(evidence: readonly Evidence[], label: string): string[] {
  return evidence.filter((one) => one.label === label).flatMap(({ text }) => text.split('\n'));
}

/** Lines of `all` that `others` does not have as often. */
function missingIn(others: readonly string[], all: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
