import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

const GAP = 4;
const EDGE = 8;

export interface PopupProps {
  anchor: RefObject<HTMLElement | null>;
  /** As wide as the anchor, or as its content needs. */
  width: 'anchor' | 'content';
  align?: 'start' | 'end';
  above?: boolean;
  className?: string;
  onClose(): void;
  children: ReactNode;
}

/** Stands in the browser's top layer, beside its anchor, where no scrolling box cuts it off. */
export function Popup({
  anchor,
  width,
  align = 'start',
  above = false,
  className = '',
  onClose,
  children,
}: PopupProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.showPopover?.();
  }, []);
  useLayoutEffect(() => {
    const place = () =>
      box.current && anchor.current && placeBeside(box.current, anchor.current, { width, align, above });
    place();
    window.addEventListener('scroll', place, true);
    window.addEventListener('resize', place);
    return () => {
      window.removeEventListener('scroll', place, true);
      window.removeEventListener('resize', place);
    };
  });
  useOutside([box, anchor], onClose);
  return (
    <div ref={box} popover="manual" className={`popup ${className}`}>
      {children}
    </div>
  );
}

function placeBeside(
  box: HTMLElement,
  anchor: HTMLElement,
  how: Required<Pick<PopupProps, 'width' | 'align' | 'above'>>,
): void {
  const at = anchor.getBoundingClientRect();
  if (how.width === 'anchor') box.style.width = `${at.width}px`;
  const below = window.innerHeight - at.bottom - EDGE;
  const over = at.top - EDGE;
  const up = how.above || (below < Math.min(box.scrollHeight, 240) && over > below);
  box.style.maxHeight = `${Math.max(120, (up ? over : below) - GAP)}px`;
  const left = how.align === 'end' ? at.right - box.offsetWidth : at.left;
  box.style.left = `${Math.max(EDGE, Math.min(left, window.innerWidth - box.offsetWidth - EDGE))}px`;
  box.style.top = up ? 'auto' : `${at.bottom + GAP}px`;
  box.style.bottom = up ? `${window.innerHeight - at.top + GAP}px` : 'auto';
}

function useOutside(inside: readonly RefObject<HTMLElement | null>[], onClose: () => void): void {
  const latest = useRef(onClose);
  latest.current = onClose;
  const parts = useRef(inside);
  useEffect(() => {
    function pressed(event: PointerEvent) {
      const target = event.target as Node;
      if (!parts.current.some((part) => part.current?.contains(target))) latest.current();
    }
    document.addEventListener('pointerdown', pressed, true);
    return () => document.removeEventListener('pointerdown', pressed, true);
  }, []);
}
