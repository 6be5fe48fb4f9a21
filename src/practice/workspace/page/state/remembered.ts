import { useState } from 'react';

const PREFIX = 'guardia-practice:';

/** A small choice of the reader's that outlives a reload; without storage it lasts as long as the page. */
export function useRemembered(name: string, initial: string): [string, (value: string) => void] {
  const key = PREFIX + name;
  const [value, setValue] = useState(() => read(key) ?? initial);
  function change(next: string) {
    setValue(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // storage is closed to this page; the choice then lasts until a reload
    }
  }
  return [value, change];
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
