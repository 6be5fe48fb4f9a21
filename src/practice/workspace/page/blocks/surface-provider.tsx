import type { KnownBlock } from '@slack/types';
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import type { ActSource } from '../../protocol.ts';
import { useAsk } from '../parts/confirm.tsx';
import { collectValues, type Entries, type Entry } from '../state/values.ts';
import { useWorkspace } from '../state/workspace.ts';
import { type Suggestions, type Surface, SurfaceContext } from './surface.ts';

interface SurfaceProviderProps {
  source: ActSource;
  blocks: readonly KnownBlock[];
  errors?: Readonly<Record<string, string>>;
  /** Where the changed values are kept, if the surface itself needs them. */
  store?: EntryStore;
  children: ReactNode;
}

export interface EntryStore {
  entries: Entries;
  /** The newest entries, also between two renders. */
  latest(): Entries;
  set(key: string, entry: Entry): void;
}

export function useEntries(): EntryStore {
  const [entries, setEntries] = useState<Entries>({});
  const newest = useRef<Entries>(entries);
  return useMemo(
    () => ({
      entries,
      latest: () => newest.current,
      set(key, entry) {
        newest.current = { ...newest.current, [key]: entry };
        setEntries(newest.current);
      },
    }),
    [entries],
  );
}

const NO_ERRORS = {};

/** Makes blocks live: their clicks go to the app, from this message or view. */
export function SurfaceProvider({
  source,
  blocks,
  errors = NO_ERRORS,
  store,
  children,
}: SurfaceProviderProps) {
  const { act } = useWorkspace();
  const confirm = useAsk();
  const own = useEntries();
  const held = store ?? own;
  const origin = useStable(source);
  const suggest = useCallback(
    async (blockId: string, actionId: string, value: string): Promise<Suggestions> => {
      const answer = await act({
        act: 'suggest',
        source: origin,
        block_id: blockId,
        action_id: actionId,
        value,
      });
      if (!answer.ok) throw new Error(answer.error ?? 'the app did not answer');
      return answer as Suggestions;
    },
    [act, origin],
  );
  const surface = useMemo<Surface>(
    () => ({
      entry: (key) => held.entries[key],
      setEntry: held.set,
      async act(action) {
        await act({
          act: 'block_action',
          source: origin,
          action,
          values: collectValues(blocks, held.latest()),
        });
      },
      suggest,
      confirm,
      errors,
    }),
    [act, blocks, confirm, errors, held, origin, suggest],
  );
  return <SurfaceContext.Provider value={surface}>{children}</SurfaceContext.Provider>;
}

/** The same object as long as it says the same. */
function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  return useMemo(() => JSON.parse(text) as T, [text]);
}
