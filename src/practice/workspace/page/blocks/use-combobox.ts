import { type ChangeEvent, type KeyboardEvent, useState } from 'react';
import { moveIndex } from '../parts/keys.ts';
import { type Choice, type SelectProps, useChoices } from './select-choices.ts';

/** A list that opens under a field: what it holds for what was typed, which line is active, what the keys do. */
export function useCombobox({ element, place, many, chosen, onPick, onDrop }: SelectProps) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const { choices, says } = useChoices(element, place, open, query);
  function show(next: boolean, typed = '') {
    setOpen(next);
    setQuery(typed);
    setActive(0);
  }
  function pick(choice: Choice | undefined) {
    if (choice) onPick(choice);
    show(false);
  }
  function pressedWhenOpen(key: string): boolean {
    const next = moveIndex(key, active, choices.length);
    if (key === 'Escape') show(false);
    else if (key === 'Enter') pick(choices[active]);
    else if (next !== null) setActive(next);
    else return false;
    return true;
  }
  function pressedWhenClosed(key: string): boolean {
    if (key !== 'Enter' && key !== 'ArrowDown') return false;
    show(true);
    return true;
  }
  function onKeyDown(event: KeyboardEvent) {
    const last = chosen.at(-1);
    if (event.key === 'Backspace' && many && query === '' && last) onDrop(last);
    const done = open ? pressedWhenOpen(event.key) : pressedWhenClosed(event.key);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  }
  const keys = {
    onKeyDown,
    onChange: (event: ChangeEvent<HTMLInputElement>) => show(true, event.target.value),
    onClick: () => show(true),
    onBlur: () => show(false),
  };
  return { open, query, active, choices, says, show, pick, keys };
}
