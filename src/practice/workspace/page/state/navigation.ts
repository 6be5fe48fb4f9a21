import { useCallback, useEffect, useState } from 'react';

/** Where the reader is. It all stands in the address, so that two tabs can be two people and a reload changes nothing. */
export interface Place {
  as: string;
  channel: string;
  /** A thread's first message. */
  thread: string;
  /** Of the app's direct messages. */
  tab: string;
}

export function placeOf(search: string): Place {
  const given = new URLSearchParams(search);
  const read = (name: keyof Place) => given.get(name) ?? '';
  return { as: read('as'), channel: read('channel'), thread: read('thread'), tab: read('tab') };
}

export function searchOf(place: Place): string {
  const given = Object.entries(place).filter(([, value]) => value !== '');
  return `?${new URLSearchParams(given)}`;
}

/** Where the message stands that a permalink leads to; null for what is no permalink of this workspace. */
export function placeOfLink(url: string, origin: string): Pick<Place, 'channel' | 'thread'> | null {
  const to = URL.parse(url);
  const channel = /^\/archives\/([A-Z0-9]+)\/p\d+$/.exec(to?.pathname ?? '')?.[1];
  if (!to || !channel || to.origin !== origin) return null;
  return { channel, thread: to.searchParams.get('thread_ts') ?? '' };
}

export function useNavigation() {
  const [place, setPlace] = useState(() => placeOf(location.search));
  useEffect(() => {
    const moved = () => setPlace(placeOf(location.search));
    window.addEventListener('popstate', moved);
    return () => window.removeEventListener('popstate', moved);
  }, []);
  const go = useCallback((change: Partial<Place>, how: 'push' | 'replace' = 'push') => {
    const next = { ...placeOf(location.search), ...change };
    if (how === 'push') history.pushState(null, '', searchOf(next));
    else history.replaceState(null, '', searchOf(next));
    setPlace(next);
  }, []);
  return { place, go };
}
