import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { moveIndex } from './keys.ts';
import { Popup } from './popup.tsx';

export interface MenuItem {
  key: string;
  face: ReactNode;
  /** In a menu of which one is chosen. */
  checked?: boolean;
  person?: string;
}

interface MenuButtonProps {
  label: string;
  face: ReactNode;
  className: string;
  items: readonly MenuItem[];
  align?: 'start' | 'end';
  /** The person it stands for, in the switcher. */
  person?: string;
  onPick(key: string): void;
}

/** A button that opens a menu: arrow keys move, Enter picks, Escape closes and gives the focus back. */
export function MenuButton({
  label,
  face,
  className,
  items,
  align = 'end',
  person,
  onPick,
}: MenuButtonProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  function close() {
    setOpen(false);
    button.current?.focus();
  }
  function pick(key: string) {
    close();
    onPick(key);
  }
  function pressed(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    setOpen(true);
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
        data-person={person}
        onClick={() => setOpen(!open)}
        onKeyDown={open ? undefined : pressed}
      >
        {face}
      </button>
      {open && (
        <Popup anchor={button} width="content" align={align} onClose={() => setOpen(false)}>
          <Menu label={label} items={items} onPick={pick} onClose={close} />
        </Popup>
      )}
    </>
  );
}

interface MenuProps extends Pick<MenuButtonProps, 'label' | 'items' | 'onPick'> {
  onClose(): void;
}

function Menu({ label, items, onPick, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const checked = menu.current?.querySelector<HTMLElement>('[aria-checked=true]');
    (checked ?? menu.current?.querySelector<HTMLElement>('button'))?.focus();
  }, []);
  function pressed(event: KeyboardEvent) {
    if (event.key === 'Tab') return onClose();
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const next = moveIndex(event.key, all.indexOf(document.activeElement as HTMLElement), all.length);
    if (event.key !== 'Escape' && next === null) return undefined;
    event.preventDefault();
    event.stopPropagation();
    if (next === null) onClose();
    else all[next]?.focus();
    return undefined;
  }
  return (
    <div ref={menu} className="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={pressed}>
      {items.map((item) => (
        <MenuLine key={item.key} item={item} onPick={() => onPick(item.key)} />
      ))}
    </div>
  );
}

function MenuLine({ item, onPick }: { item: MenuItem; onPick(): void }) {
  const { checked } = item;
  const look =
    checked === undefined ? { role: 'menuitem' } : { role: 'menuitemradio', 'aria-checked': checked };
  return (
    <button
      type="button"
      {...look}
      tabIndex={-1}
      className="menu-item"
      data-person={item.person}
      onClick={onPick}
    >
      {item.face}
    </button>
  );
}
