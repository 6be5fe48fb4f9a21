import { createElement, Fragment, type ReactNode } from 'react';

/** Shows items that are told apart by their position alone, as in a parsed text that is made anew as a whole. */
export function inOrder<T>(items: readonly T[], show: (item: T, index: number) => ReactNode): ReactNode {
  return createElement(Fragment, null, ...items.map(show));
}
