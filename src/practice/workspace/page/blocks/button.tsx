import type { Button } from '@slack/types';
import { useRef, useState } from 'react';
import { safeUrl } from '../text/nodes.ts';
import { Plain } from '../text/text.tsx';
import { type ElementProps, useSurface } from './surface.ts';

/** A button; it turns until the app has acknowledged the click. */
export function ButtonElement({ element, place }: ElementProps<Button>) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  const clicked = useRef(false);
  async function click() {
    if (clicked.current) return;
    clicked.current = true;
    try {
      if (element.confirm && !(await surface.confirm(element.confirm))) return;
      setBusy(true);
      await surface.act(actionOf(element, place.blockId));
    } finally {
      clicked.current = false;
      setBusy(false);
    }
  }
  const url = safeUrl(element.url ?? '');
  function open() {
    if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
    void click();
  }
  return (
    <button
      type="button"
      className={`button button-${element.style ?? 'default'}`}
      aria-busy={busy}
      aria-label={element.accessibility_label}
      data-action={element.action_id}
      onClick={open}
    >
      <span className="button-text">
        <Plain text={element.text} />
      </span>
      {busy && <span className="spinner" aria-hidden="true" />}
    </button>
  );
}

function actionOf(element: Button, blockId: string): Record<string, unknown> {
  const { type, text, value, style, action_id } = element;
  return {
    type,
    block_id: blockId,
    action_id,
    text,
    ...(value === undefined ? {} : { value }),
    ...(style ? { style } : {}),
  };
}
