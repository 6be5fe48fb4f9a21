import { useCallback, useEffect, useMemo, useState } from 'react';
import type { WorkspaceEvent, WorkspaceState } from '../../protocol.ts';
import { useNavigation } from '../state/navigation.ts';
import { type Act, actAs, useConnection, WorkspaceContext } from '../state/workspace.ts';
import { type Directory, DirectoryContext } from '../text/directory.ts';
import { Announcer } from './announcer.tsx';
import { AskContext, useConfirm } from './confirm.tsx';
import { Layout } from './layout.tsx';
import { Lightbox, LightboxContext, type Picture } from './lightbox.tsx';
import { Modals } from './modal.tsx';
import { Notices, useNotices } from './notices.tsx';

/** The practice workspace's page. */
export function App() {
  const { place, go } = useNavigation();
  const { notices, tell, drop } = useNotices();
  const onEvent = useCallback(
    (event: WorkspaceEvent) => {
      if (event.type === 'notice') tell(event.text);
    },
    [tell],
  );
  const { state, up } = useConnection(place.as, onEvent);
  const me = state?.me.id;
  useEffect(() => {
    if (me !== undefined && place.as === '') go({ as: me }, 'replace');
  }, [me, place.as, go]);
  const act = useAct(me ?? '', tell);
  const openChannel = useCallback((channel: string, thread = '') => go({ channel, thread, tab: '' }), [go]);
  const directory = useDirectoryOf(state, openChannel);
  const workspace = useMemo(() => state && { state, act }, [state, act]);
  const { ask, dialog } = useConfirm();
  const [picture, setPicture] = useState<Picture | null>(null);
  if (!workspace || !directory)
    return <p className="starting">{up ? 'Opening' : 'Waiting for'} the practice workspace…</p>;
  return (
    <WorkspaceContext.Provider value={workspace}>
      <DirectoryContext.Provider value={directory}>
        <AskContext.Provider value={ask}>
          <LightboxContext.Provider value={setPicture}>
            <Layout place={place} go={go} up={up} />
            <Modals modals={workspace.state.modals} />
            {dialog}
            {picture && <Lightbox picture={picture} onClose={() => setPicture(null)} />}
            <Notices notices={notices} onDrop={drop} />
            <Announcer />
          </LightboxContext.Provider>
        </AskContext.Provider>
      </DirectoryContext.Provider>
    </WorkspaceContext.Provider>
  );
}

const UNREACHABLE = 'The practice workspace cannot be reached. Is it still running?';

/** Acts as a person; what cannot be sent is said, and nothing is thrown. */
function useAct(me: string, tell: (text: string) => void): Act {
  return useMemo(() => {
    const act = actAs(me);
    return async (deed) => {
      try {
        return await act(deed);
      } catch (error) {
        const said = error instanceof Error && !(error instanceof TypeError) ? error.message : UNREACHABLE;
        tell(said);
        return { ok: false, error: 'unreachable' };
      }
    };
  }, [me, tell]);
}

function useDirectoryOf(
  state: WorkspaceState | null,
  openChannel: Directory['openChannel'],
): Directory | null {
  const { me, people, bot, channels, groups } = state ?? {};
  return useMemo(() => {
    if (!me || !people || !bot || !channels || !groups) return null;
    return {
      me,
      groups,
      openChannel,
      people: new Map([...people, bot].map((person) => [person.id, person])),
      channels: new Map(channels.map((channel) => [channel.id, channel])),
    };
  }, [me, people, bot, channels, groups, openChannel]);
}
