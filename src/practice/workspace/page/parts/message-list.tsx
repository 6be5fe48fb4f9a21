import { Fragment, type KeyboardEvent, type ReactNode, useState } from 'react';
import type { MessageView } from '../../protocol.ts';
import { isGrouped } from '../state/reduce.ts';
import { longDate, nearDay } from '../text/dates.ts';
import { moveIndex } from './keys.ts';
import { Message } from './message.tsx';

interface MessageListProps {
  messages: readonly MessageView[];
  label: string;
  onThread?(ts: string): void;
  /** Lines between days; a thread has none. */
  days?: boolean;
  /** Shown after the first message. */
  afterFirst?: ReactNode;
}

/** Messages, oldest first. Arrow keys walk from one to the next. */
export function MessageList({ messages, label, onThread, days = false, afterFirst }: MessageListProps) {
  const [focused, setFocused] = useState('');
  const stop = messages.some(({ ts }) => ts === focused) ? focused : messages.at(-1)?.ts;
  return (
    <div
      className="message-list"
      role="feed"
      aria-label={label}
      onKeyDown={walk}
      onFocus={(event) => setFocused(event.target.closest<HTMLElement>('[data-ts]')?.dataset.ts ?? '')}
    >
      {messages.map((message, index) => {
        const before = messages[index - 1];
        const newDay = days && dayOf(message) !== (before && dayOf(before));
        const grouped = !newDay && !(afterFirst && index <= 1) && isGrouped(message, before);
        return (
          <Fragment key={message.ts}>
            {newDay && <DayLine unix={Number(message.ts)} />}
            <Message
              message={message}
              grouped={grouped}
              onThread={onThread}
              reachable={message.ts === stop}
            />
            {index === 0 && afterFirst}
          </Fragment>
        );
      })}
    </div>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  if (!target.matches('article[data-ts]')) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('article[data-ts]')];
  const next = moveIndex(event.key, all.indexOf(target), all.length);
  if (next === null) return;
  event.preventDefault();
  all[next]?.focus();
}

function dayOf(message: MessageView): string {
  return new Date(Number(message.ts) * 1000).toDateString();
}

function DayLine({ unix }: { unix: number }) {
  const clock = { now: Date.now() };
  const near = nearDay(unix, clock);
  return (
    <div className="day-line">
      <span>{near === null ? longDate(unix, clock) : near.charAt(0).toUpperCase() + near.slice(1)}</span>
    </div>
  );
}
