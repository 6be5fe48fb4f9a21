/** One measured promise: a ratio (or a figure) and the limit it has to keep. */
export interface Measured {
  name: string;
  /** What is compared with what. */
  compared: string;
  value: number;
  limit: number;
  /** Whether the value has to stay at or under the limit, or at or over it. */
  side: 'at most' | 'at least';
  unit: 'x' | 's' | 'ms' | 'MB';
  /** The single figures behind it, for whoever wants to look closer. */
  details: Readonly<Record<string, number>>;
}

export interface Bench {
  name: string;
  run(): Promise<Measured[]>;
}

export function holds({ value, limit, side }: Measured): boolean {
  return side === 'at most' ? value <= limit : value >= limit;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
