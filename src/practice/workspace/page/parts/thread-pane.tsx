import { useEffect, useRef, useState } from 'react';
import type { ChannelView } from '../../protocol.ts';
import { threadReplies } from '../state/reduce.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { Scroller } from './scroller.tsx';

interface ThreadPaneProps {
  channel: ChannelView;
  ts: string;
  onClose(): void;
}

export function ThreadPane({ channel, ts, onClose }: ThreadPaneProps) {
  const { state } = useWorkspace();
  const [said, setSaid] = useState(0);
  const pane = useRef<HTMLElement>(null);
  const parent = state.messages.find((message) => message.channel === channel.id && message.ts === ts);
  const replies = threadReplies(state, channel.id, ts);
  useEffect(() => {
    if (ts !== '') pane.current?.querySelector('textarea')?.focus({ preventScroll: true });
  }, [ts]);
  const count = replies.filter((reply) => !reply.ephemeral).length;
  return (
    <aside ref={pane} className="pane pane-thread" data-panel="thread" aria-label="Thread">
      <header className="pane-head">
        <h2 className="pane-title">Thread</h2>
        <span className="pane-topic">{channel.kind === 'dm' ? state.bot.name : `#${channel.name}`}</span>
        <button type="button" className="icon-button" aria-label="Close thread" onClick={onClose}>
          ×
        </button>
      </header>
      <Scroller conversation={`${state.me.id} ${channel.id} ${ts}`} count={replies.length} said={said}>
        {!parent && <p className="quiet">This message is not here, or you may not see it.</p>}
        <MessageList
          messages={parent ? [parent, ...replies] : replies}
          label="Messages in the thread"
          afterFirst={
            <div className="reply-line">
              {count > 0 && <span>{count === 1 ? '1 reply' : `${count} replies`}</span>}
            </div>
          }
        />
      </Scroller>
      <Composer
        key={`${state.me.id} ${ts}`}
        channel={channel.id}
        thread={ts}
        label="Reply…"
        onSaid={() => setSaid(said + 1)}
      />
    </aside>
  );
}
