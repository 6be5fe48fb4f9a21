import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  /** Id of the element that names it. */
  labelledBy?: string;
  label?: string;
  className: string;
  /** Escape, or a click beside it where `light` is set. */
  onClose(): void;
  light?: boolean;
  children: ReactNode;
}

/** A modal dialog: the browser keeps the focus inside, and gives it back when it closes. */
export function Dialog({ labelledBy, label, className, onClose, light = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    focusFirst(element);
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    const element = dialog.current;
    const cancel = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    const beside = (event: MouseEvent) => light && event.target === element && close.current();
    element?.addEventListener('cancel', cancel);
    element?.addEventListener('click', beside);
    return () => {
      element?.removeEventListener('cancel', cancel);
      element?.removeEventListener('click', beside);
    };
  }, [light]);
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-modal="true"
      aria-labelledby={labelledBy}
      aria-label={label}
    >
      {children}
    </dialog>
  );
}

/** Where the content says so, else its first input; never a button that does something. */
function focusFirst(dialog: HTMLDialogElement | null): void {
  const wanted =
    dialog?.querySelector<HTMLElement>('[data-focus]') ??
    dialog?.querySelector<HTMLElement>('input:not([type=hidden]), textarea') ??
    dialog?.querySelector<HTMLElement>('button');
  wanted?.focus();
}
