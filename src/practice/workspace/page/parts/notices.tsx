import { useCallback, useRef, useState } from 'react';
import { Mrkdwn } from '../text/text.tsx';

export interface Notice {
  id: number;
  text: string;
}

const SHOWN_MS = 8_000;
const MOST = 4;

/** What Slack itself would say to the reader; each goes by itself after a while. */
export function useNotices() {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const next = useRef(0);
  const drop = useCallback((id: number) => setNotices((all) => all.filter((notice) => notice.id !== id)), []);
  const tell = useCallback(
    (text: string) => {
      next.current += 1;
      const id = next.current;
      setNotices((all) => [...all.slice(1 - MOST), { id, text }]);
      setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return { notices, tell, drop };
}

export function Notices({ notices, onDrop }: { notices: readonly Notice[]; onDrop(id: number): void }) {
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map(({ id, text }) => (
        <div key={id} className="notice">
          <Mrkdwn source={text} />
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => onDrop(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
