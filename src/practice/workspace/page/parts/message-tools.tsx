import type { MessageView } from '../../protocol.ts';
import { useWorkspace } from '../state/workspace.ts';
import { MenuButton } from './menu.tsx';

/** What appears beside a message under the pointer or the focus: the thread, and the app's shortcuts. */
export function MessageTools({ message, onThread }: { message: MessageView; onThread?(ts: string): void }) {
  const { state, act } = useWorkspace();
  const shortcuts = message.ephemeral ? [] : (state.shortcuts ?? []);
  if (shortcuts.length === 0 && !onThread) return null;
  const items = shortcuts.map(({ callback_id, name }) => ({
    key: callback_id,
    face: (
      <>
        {name} <span className="menu-aside">{state.bot.name}</span>
      </>
    ),
  }));
  const { channel, ts } = message;
  return (
    <div className="tools" role="toolbar" aria-label="Message actions">
      {onThread && (
        <button
          type="button"
          className="tool"
          aria-label="Reply in thread"
          title="Reply in thread"
          onClick={() => onThread(ts)}
        >
          <ThreadIcon />
        </button>
      )}
      {items.length > 0 && (
        <MenuButton
          className="tool"
          label="More actions"
          face="⋮"
          items={items}
          onPick={(callback_id) => void act({ act: 'shortcut', callback_id, channel, ts })}
        />
      )}
    </div>
  );
}

function ThreadIcon() {
  return (
    <svg
      viewBox="0 0 20 20"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      aria-hidden="true"
    >
      <path d="M3 4.5h14v9.5H9l-4 3v-3H3z" strokeLinejoin="round" />
      <path d="M6.5 8h7M6.5 10.5h4.5" strokeLinecap="round" />
    </svg>
  );
}
