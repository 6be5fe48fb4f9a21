import type { Locator, Page } from 'playwright-core';

/** What stands beyond the page's right edge, where nobody scrolls to; empty when all fits. */
export function beyondTheEdge(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const inScroller = (element: Element): boolean =>
      element.parentElement !== null && (scrolls(element.parentElement) || inScroller(element.parentElement));
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.checkVisibility() &&
        element.getBoundingClientRect().right > innerWidth + 1 &&
        !(element.closest('table, pre') && inScroller(element)),
    );
    const page = document.documentElement.scrollWidth > innerWidth ? ['the page itself'] : [];
    return [...page, ...wide.map((element) => `${element.className}: ${element.textContent?.slice(0, 60)}`)];
  });
}

/** Texts with a contrast under 4.5 (WCAG AA) or smaller than 10 px, with the figure; empty when all can be read. */
export function hardToRead(part: Locator): Promise<string[]> {
  return part.evaluate((root) => {
    type Colour = [red: number, green: number, blue: number, alpha: number];
    function colour(css: string): Colour {
      const figures = css
        .match(/^rgba?\(([^)]+)\)$/)?.[1]
        ?.split(',')
        .map(Number);
      if (!figures) throw new Error(`a colour that is not understood: ${css}`);
      const [red = 0, green = 0, blue = 0, alpha = 1] = figures;
      return [red, green, blue, alpha];
    }
    function over([red, green, blue, alpha]: Colour, below: Colour): Colour {
      const mix = (top: number, under: number) => top * alpha + under * (1 - alpha);
      return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1];
    }
    function ground(element: Element | null): Colour {
      if (element === null) return [255, 255, 255, 1];
      const own = colour(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, ground(element.parentElement));
    }
    function light(tint: Colour): number {
      const [red = 0, green = 0, blue = 0] = tint
        .slice(0, 3)
        .map((part) => part / 255)
        .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }
    function contrast(one: Colour, other: Colour): number {
      const [dark = 0, bright = 0] = [light(one), light(other)].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    }
    const hard: string[] = [];
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim() ?? '';
      if (!element || !/[\p{L}\p{N}]/u.test(words)) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const below = ground(element);
      const figure = contrast(over(colour(style.color), below), below);
      if (figure < 4.5) hard.push(`${figure.toFixed(1)}: ${words.slice(0, 60)}`);
      if (Number.parseFloat(style.fontSize) < 10) hard.push(`${style.fontSize}: ${words.slice(0, 60)}`);
    }
    return hard;
  });
}
