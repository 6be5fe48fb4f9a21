import { useEffect, useSyncExternalStore } from 'react';
import { useRemembered } from './remembered.ts';

function systemQuery(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}

function onSystemChange(listener: () => void): () => void {
  const query = systemQuery();
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Light or dark: as the system has it, until the reader chooses. */
export function useTheme() {
  const system = useSyncExternalStore(onSystemChange, () => systemQuery().matches);
  const [chosen, setChosen] = useRemembered('theme', '');
  const dark = chosen === '' ? system : chosen === 'dark';
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);
  return { dark, toggle: () => setChosen(dark ? 'light' : 'dark') };
}
