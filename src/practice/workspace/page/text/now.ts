import { useEffect, useReducer } from 'react';

const EVERY = 15_000;

/** The present moment, in milliseconds; shows itself anew by itself only where a text depends on it. */
export function useNow(moves: boolean): number {
  const [, showAgain] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!moves) return undefined;
    const timer = setInterval(showAgain, EVERY);
    return () => clearInterval(timer);
  }, [moves]);
  return Date.now();
}
