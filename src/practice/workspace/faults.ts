/**
 * How Slack can fail: by answering 429, 500 or HTML, not at all, with an error, or by closing the connection
 * after it did the work.
 */
export type Fault = 'ratelimited' | '500' | 'html' | 'nothing' | 'effect-then-close' | { error: string };

/** For tests. A method's name, `upload` for the upload of a file's bytes, `response_url`, or `*` for all. */
export interface Faults {
  /** The next calls fail so; once when `times` is left out. */
  next(method: string, fault: Fault, times?: number): void;
  clear(): void;
}

export interface FaultBox extends Faults {
  /** The fault that this call has to suffer, now spent. */
  take(method: string): Fault | undefined;
}

export function createFaults(): FaultBox {
  const waiting: { method: string; fault: Fault; left: number }[] = [];
  return {
    next: (method, fault, times = 1) => void waiting.push({ method, fault, left: times }),
    clear: () => void waiting.splice(0),
    take(method) {
      const index = waiting.findIndex((entry) => entry.method === method || entry.method === '*');
      const entry = waiting[index];
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) waiting.splice(index, 1);
      return entry.fault;
    },
  };
}
