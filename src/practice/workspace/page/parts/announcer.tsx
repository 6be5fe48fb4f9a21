import { useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../state/workspace.ts';
import { useDirectory } from '../text/directory.ts';

/** Reads new messages out to those who cannot see them; edits stay silent. */
export function Announcer() {
  const { state } = useWorkspace();
  const { people } = useDirectory();
  const newest = state.messages.at(-1);
  const heard = useRef({ me: state.me.id, ts: newest?.ts ?? '' });
  const [words, setWords] = useState('');
  useEffect(() => {
    const known = heard.current.me === state.me.id;
    const isNew = newest && Number(newest.ts) > Number(heard.current.ts || '0');
    heard.current = { me: state.me.id, ts: newest?.ts ?? '' };
    if (!known || !newest || !isNew || newest.user === state.me.id) return;
    setWords(`${people.get(newest.user)?.name ?? 'Somebody'}: ${newest.text.slice(0, 300)}`);
  }, [newest, people, state.me.id]);
  return (
    <div className="unseen" role="log" aria-live="polite">
      {words}
    </div>
  );
}
