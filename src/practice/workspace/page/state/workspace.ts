import { createContext, useContext, useEffect, useReducer, useState } from 'react';
import type { ActAnswer, PageAct, WorkspaceEvent, WorkspaceState } from '../../protocol.ts';
import { connect, perform } from './client.ts';
import { reduce } from './reduce.ts';

type Change = { state: WorkspaceState } | { event: WorkspaceEvent };

function changed(state: WorkspaceState | null, change: Change): WorkspaceState | null {
  if ('state' in change) return change.state;
  return state && reduce(state, change.event);
}

/** The workspace as one person sees it, live. Null until it is loaded. */
export function useConnection(as: string, onEvent: (event: WorkspaceEvent) => void) {
  const [state, change] = useReducer(changed, null);
  const [up, setUp] = useState(true);
  useEffect(
    () =>
      connect(as, {
        state: (loaded) => change({ state: loaded }),
        event(event) {
          change({ event });
          onEvent(event);
        },
        link: setUp,
      }),
    [as, onEvent],
  );
  return { state, up };
}

type WithoutPerson<Act> = Act extends unknown ? Omit<Act, 'as'> : never;
export type Deed = WithoutPerson<PageAct>;
export type Act = (deed: Deed) => Promise<ActAnswer>;

export function actAs(as: string): Act {
  return (deed) => perform({ as, ...deed } as PageAct);
}

export interface Workspace {
  state: WorkspaceState;
  act: Act;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error('this part is shown outside of a workspace');
  return workspace;
}
