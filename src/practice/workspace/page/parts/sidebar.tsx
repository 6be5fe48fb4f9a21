import type { ChannelView } from '../../protocol.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Avatar } from './avatar.tsx';
import { Drills } from './drills.tsx';

interface SidebarProps {
  /** The channel that is open; of the app it is `app`. */
  current: string;
  onChannel(id: string): void;
  onApp(): void;
}

export const APP = 'app';

export function Sidebar({ current, onChannel, onApp }: SidebarProps) {
  const { state } = useWorkspace();
  const channels = state.channels.filter(({ kind }) => kind === 'channel');
  const direct = state.channels.find(({ kind }) => kind === 'dm');
  return (
    <nav className="sidebar" aria-label="Workspace">
      <div className="side-title">Guardia practice</div>
      <div className="side-scroll">
        <div className="side-head side-head-still">Channels</div>
        {channels.map((channel) => (
          <ChannelLine
            key={channel.id}
            channel={channel}
            current={current === channel.id}
            onOpen={() => onChannel(channel.id)}
          />
        ))}
        <div className="side-head side-head-still">Apps</div>
        <button
          type="button"
          className={`side-line ${current === APP ? 'side-line-current' : ''} ${direct?.unread ? 'side-line-unread' : ''}`}
          aria-current={current === APP ? 'page' : undefined}
          onClick={onApp}
        >
          <Avatar person={state.bot} size="tiny" /> <span className="side-name">{state.bot.name}</span>
          <UnreadBadge count={current === APP ? 0 : (direct?.unread ?? 0)} />
        </button>
        <Drills />
      </div>
    </nav>
  );
}

interface ChannelLineProps {
  channel: ChannelView;
  current: boolean;
  onOpen(): void;
}

function ChannelLine({ channel, current, onOpen }: ChannelLineProps) {
  const { unread } = channel;
  return (
    <button
      type="button"
      className={`side-line ${current ? 'side-line-current' : ''} ${unread > 0 && !current ? 'side-line-unread' : ''}`}
      aria-current={current ? 'page' : undefined}
      data-channel-link={channel.id}
      onClick={onOpen}
    >
      <span className="hash">#</span> <span className="side-name">{channel.name}</span>
      <UnreadBadge count={unread} />
    </button>
  );
}

function UnreadBadge({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="unread">
      {count > 99 ? '99+' : count}
      <span className="unseen"> unread</span>
    </span>
  );
}
