import { createContext, useContext } from 'react';
import type { ChannelView, PersonView, WorkspaceState } from '../../protocol.ts';

/** Whom and what a text can mention. */
export interface Directory {
  me: PersonView;
  people: ReadonlyMap<string, PersonView>;
  channels: ReadonlyMap<string, ChannelView>;
  groups: WorkspaceState['groups'];
  /** At its newest messages, or with one of its threads open. */
  openChannel(id: string, thread?: string): void;
}

export const DirectoryContext = createContext<Directory | null>(null);

export function useDirectory(): Directory {
  const directory = useContext(DirectoryContext);
  if (directory === null) throw new Error('a text is shown outside of a workspace');
  return directory;
}
