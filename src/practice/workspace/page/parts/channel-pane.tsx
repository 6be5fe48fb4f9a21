import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { ChannelView } from '../../protocol.ts';
import { channelMessages } from '../state/reduce.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { Scroller } from './scroller.tsx';
import { useVisible } from './visible.ts';

interface ChannelPaneProps {
  channel: ChannelView;
  onThread(ts: string): void;
  onBack(): void;
}

export function ChannelPane({ channel, onThread, onBack }: ChannelPaneProps) {
  return (
    <main className="pane pane-channel" data-panel="channel">
      <header className="pane-head">
        <BackButton onBack={onBack} />
        <h1 className="pane-title">
          <span className="hash">#</span> {channel.name}
        </h1>
        <span className="pane-topic">{channel.topic}</span>
      </header>
      <Conversation channel={channel} onThread={onThread} />
    </main>
  );
}

export function BackButton({ onBack }: { onBack(): void }) {
  return (
    <button type="button" className="icon-button back" aria-label="Back to channels" onClick={onBack}>
      ←
    </button>
  );
}

/** A channel's messages and where one writes to it; looking at it marks it as read. */
export function Conversation({ channel, onThread }: { channel: ChannelView; onThread(ts: string): void }) {
  const { state, act } = useWorkspace();
  const messages = channelMessages(state, channel.id);
  const frame = useRef<HTMLDivElement>(null);
  const visible = useVisible(frame);
  const [said, setSaid] = useState(0);
  const { id, unread } = channel;
  useEffect(() => {
    if (visible && unread > 0) void act({ act: 'read', channel: id });
  }, [act, id, unread, visible]);
  const name = channel.kind === 'dm' ? state.bot.name : `#${channel.name}`;
  return (
    <div ref={frame} className="conversation">
      <Scroller conversation={`${state.me.id} ${id}`} count={messages.length} said={said}>
        {messages.length === 0 && <Quiet channel={channel} />}
        <MessageList messages={messages} label={`Messages in ${name}`} onThread={onThread} days />
      </Scroller>
      <Composer
        key={`${state.me.id} ${id}`}
        channel={id}
        label={`Message ${name}`}
        onSaid={() => setSaid(said + 1)}
      />
    </div>
  );
}

function Quiet({ channel }: { channel: ChannelView }): ReactNode {
  const { state } = useWorkspace();
  if (channel.kind === 'dm') {
    return (
      <p className="quiet">
        This is your own conversation with {state.bot.name}. Try <code>/guardia help</code>.
      </p>
    );
  }
  return (
    <div className="quiet">
      <p className="quiet-title">It is quiet in #{channel.name}.</p>
      <p>Start a drill, and the first alert arrives here within seconds.</p>
    </div>
  );
}
