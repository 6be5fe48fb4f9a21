import { type RefObject, useEffect, useState } from 'react';

/** Whether an element can be seen: on the screen, in a tab that is in front. */
export function useVisible(element: RefObject<HTMLElement | null>): boolean {
  const [onScreen, setOnScreen] = useState(false);
  const [inFront, setInFront] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const observer = new IntersectionObserver((entries) =>
      setOnScreen(entries.at(-1)?.isIntersecting ?? false),
    );
    const turned = () => setInFront(document.visibilityState === 'visible');
    if (element.current) observer.observe(element.current);
    document.addEventListener('visibilitychange', turned);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', turned);
    };
  }, [element]);
  return onScreen && inFront;
}
