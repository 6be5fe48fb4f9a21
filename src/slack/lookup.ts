/** `fresh` passes by what is kept. Questions for the same key that come while one is under way share its answer. */
export type Lookup<T> = (key: string, fresh: boolean) => Promise<T>;

const MOST_KEPT = 5_000;

/** Keeps answers for a while; an error is never kept. */
export function createLookup<T>(parts: {
  ask(key: string): Promise<T>;
  keepMs: number;
  now(): number;
}): Lookup<T> {
  const kept = new Map<string, { value: T; until: number }>();
  const underWay = new Map<string, Promise<T>>();

  async function askAndKeep(key: string): Promise<T> {
    const value = await parts.ask(key);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { value, until: parts.now() + parts.keepMs });
    return value;
  }
  return async (key, fresh) => {
    const known = kept.get(key);
    if (!fresh && known && known.until > parts.now()) return known.value;
    const asked = underWay.get(key) ?? askAndKeep(key).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
}
