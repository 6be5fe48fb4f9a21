import type { MessageView } from '../../protocol.ts';
import { nearDay, slackDate } from '../text/dates.ts';
import { useDirectory } from '../text/directory.ts';
import { useNow } from '../text/now.ts';
import { Avatar } from './avatar.tsx';

/** "3 replies", under a message that has a thread. */
export function Replies({ message, onOpen }: { message: MessageView; onOpen(): void }) {
  const { people } = useDirectory();
  const { count, latest, users } = message.replies ?? { count: 0, latest: message.ts, users: [] };
  const now = Math.max(useNow(true), Number(latest) * 1000);
  const authors = users.slice(0, 4).flatMap((id) => people.get(id) ?? []);
  const format = nearDay(Number(latest), { now }) === 'today' ? '{ago}' : '{date_short_pretty} at {time}';
  return (
    <button type="button" className="replies" onClick={onOpen}>
      {authors.map((author) => (
        <Avatar key={author.id} person={author} size="tiny" />
      ))}
      <b className="replies-count">{count === 1 ? '1 reply' : `${count} replies`}</b>
      <span className="replies-latest">Last reply {slackDate(Number(latest), format, '', { now })}</span>
    </button>
  );
}
