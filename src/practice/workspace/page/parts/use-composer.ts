import { type ChangeEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { type Completion, completionsFor } from '../state/completions.ts';
import { useWorkspace } from '../state/workspace.ts';
import { moveIndex } from './keys.ts';

/** What is written so far, what completes it, and what the keys do. `say` answers whether it was taken. */
export function useComposer(say: (text: string) => Promise<boolean>) {
  const { state } = useWorkspace();
  const field = useRef<HTMLTextAreaElement>(null);
  const put = usePutCaret(field);
  const [{ text, caret }, setWritten] = useState({ text: '', caret: 0 });
  const [active, setActive] = useState(0);
  const [closed, setClosed] = useState(false);
  const { from, items } = completionsFor(text, caret, state);
  const open = items.length > 0 && !closed;

  function write(next: string, at: number) {
    setWritten({ text: next, caret: at });
    setActive(0);
    setClosed(false);
  }
  function complete(item: Completion | undefined) {
    if (!item) return;
    const at = from + item.insert.length;
    write(text.slice(0, from) + item.insert + text.slice(caret), at);
    put(at);
  }
  async function submit() {
    if (text.trim() === '') return;
    write('', 0);
    if (!(await say(text))) write(text, text.length);
  }
  function pressedInList(key: string): boolean {
    const next = moveIndex(key, active, items.length);
    if (key.startsWith('Arrow') && next !== null) setActive(next);
    else if (key === 'Tab' || key === 'Enter') complete(items[active]);
    else if (key === 'Escape') setClosed(true);
    else return false;
    return true;
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.shiftKey || event.nativeEvent.isComposing) return;
    const done = open && pressedInList(event.key);
    if (done || event.key === 'Enter') event.preventDefault();
    if (!done && event.key === 'Enter') void submit();
  }
  return {
    ...{ field, text, items, active, open, complete, submit },
    close: () => setClosed(true),
    keys: {
      onKeyDown,
      onBlur: () => setClosed(true),
      onChange: ({ target }: ChangeEvent<HTMLTextAreaElement>) => write(target.value, target.selectionStart),
    },
  };
}

/** Moves the caret once the text that it belongs to is shown. */
function usePutCaret(field: { current: HTMLTextAreaElement | null }): (at: number) => void {
  const [wanted, setWanted] = useState<{ at: number } | null>(null);
  useLayoutEffect(() => {
    if (!wanted) return;
    field.current?.focus();
    field.current?.setSelectionRange(wanted.at, wanted.at);
  }, [field, wanted]);
  return (at) => setWanted({ at });
}
