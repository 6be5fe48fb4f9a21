import { useEffect, useState } from 'react';

const EVERY = 15_000;

/** The present moment; moves on by itself only where a text depends on it. */
export function useNow(moves: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!moves) return undefined;
    const timer = setInterval(() => setNow(Date.now()), EVERY);
    return () => clearInterval(timer);
  }, [moves]);
  return now;
}
