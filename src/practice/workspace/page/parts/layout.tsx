import { useEffect } from 'react';
import type { ChannelView } from '../../protocol.ts';
import type { Place, useNavigation } from '../state/navigation.ts';
import { useTheme } from '../state/theme.ts';
import { useWorkspace } from '../state/workspace.ts';
import { AppPane } from './app-pane.tsx';
import { ChannelPane } from './channel-pane.tsx';
import { APP, Sidebar } from './sidebar.tsx';
import { ThreadPane } from './thread-pane.tsx';
import { Topbar } from './topbar.tsx';

interface LayoutProps {
  place: Place;
  go: ReturnType<typeof useNavigation>['go'];
  up: boolean;
}

/** Which channel is open, whatever the address says: one that the reader is in, or the app. */
function openPlace(place: Place, channels: readonly ChannelView[]) {
  const direct = channels.find(({ kind }) => kind === 'dm');
  const isApp = place.channel === APP || (direct !== undefined && place.channel === direct.id);
  const named = channels.find(({ id }) => id === place.channel);
  const first = channels.find(({ kind }) => kind === 'channel');
  return { isApp, channel: isApp ? direct : (named ?? first) };
}

export function Layout({ place, go, up }: LayoutProps) {
  const { state } = useWorkspace();
  const { dark, toggle } = useTheme();
  const { isApp, channel } = openPlace(place, state.channels);
  const tab = place.tab || (place.channel === APP ? 'home' : 'messages');
  const onThread = (thread: string) => go({ thread, channel: channel?.id ?? '' });
  const onBack = () => go({ channel: '', thread: '', tab: '' });
  const thread = channel && place.thread !== '' && !(isApp && tab === 'home') ? place.thread : '';
  const depth = thread ? 'thread' : place.channel ? 'channel' : 'sidebar';
  const name = isApp ? state.bot.name : `#${channel?.name ?? ''}`;
  useEffect(() => {
    document.title = `${name} · ${state.me.name} · Guardia practice`;
  }, [name, state.me.name]);
  return (
    <div className="app" data-depth={depth} data-thread={thread ? 'open' : 'closed'}>
      <Topbar dark={dark} onTheme={toggle} onPerson={(as) => go({ as })} />
      {!up && (
        <p className="lost" role="alert">
          The connection to the practice workspace is lost. Trying again…
        </p>
      )}
      <div className="panes">
        <Sidebar
          current={isApp ? APP : (channel?.id ?? '')}
          onChannel={(id) => go({ channel: id, thread: '', tab: '' })}
          onApp={() => go({ channel: APP, thread: '', tab: 'home' })}
        />
        {isApp ? (
          <AppPane
            key={state.me.id}
            channel={channel}
            tab={tab}
            onTab={(next) => go({ tab: next, thread: '' })}
            onThread={onThread}
            onBack={onBack}
          />
        ) : (
          channel && <ChannelPane channel={channel} onThread={onThread} onBack={onBack} />
        )}
        {thread && channel && <ThreadPane channel={channel} ts={thread} onClose={() => go({ thread: '' })} />}
      </div>
    </div>
  );
}
