import type { KnownBlock } from '@slack/types';
import { memo, type ReactNode } from 'react';
import type { MessageView, PersonView } from '../../protocol.ts';
import { Blocks } from '../blocks/blocks.tsx';
import { SurfaceProvider } from '../blocks/surface-provider.tsx';
import { fullDate, timeOfDay } from '../text/dates.ts';
import { useDirectory } from '../text/directory.ts';
import { Mrkdwn } from '../text/text.tsx';
import { Avatar } from './avatar.tsx';
import { Boundary } from './boundary.tsx';
import { Files } from './files.tsx';
import { MessageTools } from './message-tools.tsx';
import { Replies } from './replies.tsx';

interface MessageProps {
  message: MessageView;
  grouped: boolean;
  /** In a channel: opens the thread. Within a thread there is none to open. */
  onThread?(ts: string): void;
  /** Whether the Tab key stops here; arrow keys reach the others. */
  reachable: boolean;
}

export const Message = memo(function Message({ message, grouped, onThread, reachable }: MessageProps) {
  const { people } = useDirectory();
  const author = people.get(message.user) ?? unknownPerson(message.user);
  const unix = Number(message.ts);
  const reach = { tabIndex: reachable ? 0 : -1 };
  return (
    <article
      className={`message ${grouped ? 'message-grouped' : ''} ${message.ephemeral ? 'message-ephemeral' : ''}`}
      data-ts={message.ts}
      data-channel={message.channel}
      data-ephemeral={message.ephemeral || undefined}
      aria-label={`${author.name}, ${timeOfDay(unix, { now: Date.now() })}`}
      {...reach}
    >
      <div className="message-side">{grouped ? <Moment ts={message.ts} /> : <Avatar person={author} />}</div>
      <div className="message-main">
        {message.ephemeral && <p className="ephemeral-note">👁 Only visible to you</p>}
        {!grouped && <Byline author={author} ts={message.ts} />}
        <Boundary>
          <Content message={message} />
        </Boundary>
        {message.edited && <span className="edited">(edited)</span>}
        {message.files && <Files files={message.files} />}
        {message.replies && onThread && <Replies message={message} onOpen={() => onThread(message.ts)} />}
      </div>
      <MessageTools message={message} onThread={message.ephemeral ? undefined : onThread} />
    </article>
  );
});

function unknownPerson(id: string): PersonView {
  return { id, team: '', name: id, handle: id, title: '', color: '#616061', kind: 'member' };
}

function Byline({ author, ts }: { author: PersonView; ts: string }): ReactNode {
  return (
    <div className="byline">
      <b className="byline-name">{author.name}</b>
      {author.kind === 'bot' && <span className="badge">APP</span>}
      {author.kind === 'guest' && <span className="badge">GUEST</span>}
      {author.kind === 'stranger' && <span className="badge">EXTERNAL</span>}
      <Moment ts={ts} />
    </div>
  );
}

function Moment({ ts }: { ts: string }) {
  const unix = Number(ts);
  const clock = { now: Date.now() };
  return (
    <time className="moment" dateTime={new Date(unix * 1000).toISOString()} title={fullDate(unix, clock)}>
      {timeOfDay(unix, clock)}
    </time>
  );
}

function Content({ message }: { message: MessageView }) {
  const blocks = message.blocks as KnownBlock[] | undefined;
  if (!blocks || blocks.length === 0) return message.text === '' ? null : <Mrkdwn source={message.text} />;
  const { channel, ts } = message;
  return (
    <SurfaceProvider source={{ message: { channel, ts } }} blocks={blocks}>
      <Blocks blocks={blocks} />
    </SurfaceProvider>
  );
}
