import { type ReactNode, useEffect, useRef, useState } from 'react';

const NEAR = 60;

interface ScrollerProps {
  /** Changes when another conversation is shown: it begins at its end. */
  conversation: string;
  count: number;
  /** Changes when the reader has said something: they want to see what comes of it. */
  said: number;
  children: ReactNode;
}

/** Stays at the newest message while the reader is there; says so when something new stands below. */
export function Scroller({ conversation, count, said, children }: ScrollerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const reached = useRef(0);
  const [seen, setSeen] = useState({ conversation, count });
  const [atEnd, setAtEnd] = useState(true);
  useEffect(() => {
    const box = frame.current;
    if (conversation === '' || said < 0 || !box || !content.current) return undefined;
    const follow = () => {
      toEnd(box);
      reached.current = box.scrollTop;
    };
    following.current = true;
    follow();
    const observer = new ResizeObserver(() => following.current && follow());
    observer.observe(content.current);
    observer.observe(box);
    return () => observer.disconnect();
  }, [conversation, said]);
  if (atEnd && (seen.count !== count || seen.conversation !== conversation)) setSeen({ conversation, count });
  function scrolled() {
    const box = frame.current;
    if (!box) return;
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    // A picture that loads moves the end away from a reader who has not moved: only who scrolls up stops following.
    following.current = near || (following.current && box.scrollTop >= reached.current);
    reached.current = box.scrollTop;
    setAtEnd(following.current);
  }
  const fresh = seen.conversation === conversation ? count - seen.count : 0;
  return (
    <div className="scroller-frame">
      <div ref={frame} className="scroller" onScroll={scrolled}>
        <div ref={content} className="scroller-content">
          {children}
        </div>
      </div>
      {!atEnd && fresh > 0 && (
        <button type="button" className="to-newest" onClick={() => frame.current && toEnd(frame.current)}>
          ↓ {fresh === 1 ? '1 new message' : `${fresh} new messages`}
        </button>
      )}
    </div>
  );
}

function toEnd(box: HTMLElement): void {
  box.scrollTop = box.scrollHeight;
}
