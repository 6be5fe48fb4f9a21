import { useId, useLayoutEffect, useRef } from 'react';
import type { CommandHint } from '../../protocol.ts';
import { type Completion, commandOf } from '../state/completions.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Popup } from './popup.tsx';
import { useComposer } from './use-composer.ts';

interface ComposerProps {
  channel: string;
  thread?: string;
  label: string;
  onSaid(): void;
}

/** Where one writes: Enter sends, Shift+Enter begins a line, slash commands and mentions complete themselves. */
export function Composer({ channel, thread, label, onSaid }: ComposerProps) {
  const { state, act } = useWorkspace();
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const writing = useComposer(async (said) => {
    onSaid();
    const answer = await act({
      act: 'say',
      channel,
      ...(thread ? { thread_ts: thread } : {}),
      text: said,
    });
    return answer.error !== 'unreachable';
  });
  const { field, text, items, active, open } = writing;
  useGrowing(field, text);
  const command = open ? undefined : commandOf(text, state.commands);
  return (
    <div className="composer-frame">
      {command && <Hint command={command} />}
      <div ref={frame} className="composer">
        <textarea
          ref={field}
          rows={1}
          value={text}
          placeholder={label}
          aria-label={label}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-activedescendant={open ? `${id}-${active}` : undefined}
          {...writing.keys}
        />
        <SendButton disabled={text.trim() === ''} onSend={() => void writing.submit()} />
      </div>
      {open && (
        <Popup anchor={frame} width="anchor" above onClose={writing.close}>
          <CompletionList id={id} items={items} active={active} onPick={writing.complete} />
        </Popup>
      )}
    </div>
  );
}

function Hint({ command }: { command: CommandHint }) {
  return (
    <p className="command-hint">
      <b>{command.command}</b> <code>{command.usage}</code> <span>{command.description}</span>
    </p>
  );
}

function SendButton({ disabled, onSend }: { disabled: boolean; onSend(): void }) {
  return (
    <button
      type="button"
      className="send"
      aria-label="Send"
      title="Send"
      disabled={disabled}
      onClick={onSend}
    >
      <svg viewBox="0 0 20 20" width="16" height="16" fill="currentColor" aria-hidden="true">
        <path d="M2 3l16 7-16 7 2-6 8-1-8-1z" />
      </svg>
    </button>
  );
}

function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = 'auto';
    if (text !== '') area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  }, [field, text]);
}

interface CompletionListProps {
  id: string;
  items: readonly Completion[];
  active: number;
  onPick(item: Completion): void;
}

function CompletionList({ id, items, active, onPick }: CompletionListProps) {
  return (
    <div id={`${id}-list`} role="listbox" aria-label="Suggestions" tabIndex={-1}>
      {items.map((item, index) => (
        <div
          key={item.insert}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          ref={index === active ? (line) => line?.scrollIntoView({ block: 'nearest' }) : undefined}
          className={index === active ? 'completion completion-active' : 'completion'}
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(item);
          }}
        >
          <b>{item.title}</b> <span className="completion-detail">{item.detail}</span>
          <span className="completion-about">{item.about}</span>
        </div>
      ))}
    </div>
  );
}
