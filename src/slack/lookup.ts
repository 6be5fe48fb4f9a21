/** No answer is older than `maxAgeMs`; by default, than what is kept. Questions for the same key that come while one is under way share its answer. */
export type Lookup<T> = (key: string, maxAgeMs?: number) => Promise<T>;

const MOST_KEPT = 5_000;

/** Keeps answers for a while; an error is never kept. */
export function createLookup<T>(parts: {
  ask(key: string): Promise<T>;
  keepMs: number;
  now(): number;
}): Lookup<T> {
  const kept = new Map<string, { value: T; at: number }>();
  const underWay = new Map<string, Promise<T>>();

  async function askAndKeep(key: string): Promise<T> {
    const value = await parts.ask(key);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { value, at: parts.now() });
    return value;
  }
  return async (key, maxAgeMs = parts.keepMs) => {
    const known = kept.get(key);
    if (known && parts.now() - known.at < maxAgeMs) return known.value;
    const asked = underWay.get(key) ?? askAndKeep(key).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
}
