import type { Confirm, Option, OptionGroup } from '@slack/types';
import { createContext, useContext } from 'react';
import { type ElementLike, type Entry, entryKey, initialEntry } from '../state/values.ts';

export interface Suggestions {
  options?: Option[];
  option_groups?: OptionGroup[];
}

/** Where blocks stand: a message, a modal or the App Home. It carries their clicks to the app and keeps their values. */
export interface Surface {
  entry(key: string): Entry | undefined;
  setEntry(key: string, entry: Entry): void;
  /** Resolves when the app has acknowledged. */
  act(action: Record<string, unknown>): Promise<void>;
  suggest(blockId: string, actionId: string, value: string): Promise<Suggestions>;
  confirm(dialog: Confirm): Promise<boolean>;
  /** Errors by block id. */
  errors: Readonly<Record<string, string>>;
}

export const SurfaceContext = createContext<Surface | null>(null);

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (surface === null) throw new Error('blocks are shown outside of a message or view');
  return surface;
}

/** What an element knows of the place it stands in. */
export interface Placement {
  blockId: string;
  /** In an input block a change says nothing to the app, unless the block dispatches actions. */
  silent: boolean;
  /** Ids of the label, hint and error that belong to it. */
  labelledBy?: string;
  describedBy?: string;
  invalid?: boolean;
}

export interface ElementProps<Element = ElementLike> {
  element: Element;
  place: Placement;
}

/** An element's value and how to change it; a change is confirmed and sent to the app where Slack would do so. */
export function useEntry(element: ElementLike, place: Placement) {
  const surface = useSurface();
  const actionId = element.action_id ?? '';
  const key = entryKey(place.blockId, actionId);
  const before = surface.entry(key);
  const entry = before ?? initialEntry(element);
  async function send(fields: Record<string, unknown>): Promise<void> {
    await surface.act({ type: element.type, block_id: place.blockId, action_id: actionId, ...fields });
  }
  async function change(fields: Record<string, unknown>): Promise<void> {
    surface.setEntry(key, { type: element.type, ...fields });
    if (place.silent) return;
    const confirm = element.confirm as Confirm | undefined;
    if (confirm && !(await surface.confirm(confirm))) surface.setEntry(key, entry);
    else await send(fields);
  }
  return { entry, change, send };
}
