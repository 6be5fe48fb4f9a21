import type { EChartsOption } from 'echarts';
import { SIZE } from '../../src/snapshots/layout.ts';
import { textWidth } from '../../src/snapshots/text.ts';

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
interface Text extends Rect {
  text: string;
  size: number;
  fill: string;
}
interface Element {
  type: string;
  x: number;
  y: number;
  shape: { x: number; y: number; width: number; height: number; points: [number, number][] };
  style: {
    text: string;
    fill: string;
    fontSize: number;
    fontWeight: number;
    align: 'left' | 'center' | 'right';
    verticalAlign: 'top' | 'middle';
  };
}

/** Everything a picture without axes is made of, with the room that it takes in logical pixels. */
export function seen(option: EChartsOption) {
  const elements = option.graphic as unknown as Element[];
  const texts = elements.filter(({ type, style }) => type === 'text' && style.text !== '').map(textOf);
  const rects = elements.filter(({ type }) => type === 'rect').map(rectOf);
  return { elements, texts, rects, words: texts.map(({ text }) => text) };
}

function textOf({ x, y, style }: Element): Text {
  const { text, fill, fontSize: size, fontWeight, align, verticalAlign } = style;
  const width = textWidth(text, size, fontWeight);
  const left = x - { left: 0, center: width / 2, right: width }[align];
  const top = y - (verticalAlign === 'middle' ? size / 2 : 0);
  return { text, size, fill, left, top, right: left + width, bottom: top + size };
}

function rectOf({ shape: { x, y, width, height }, style }: Element): Rect & { fill: string } {
  return { fill: style.fill, left: x, top: y, right: x + width, bottom: y + height };
}

/** Texts that cover one another, as pairs. */
export function collisions(texts: readonly Text[]): [string, string][] {
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter((other) => overlap(one, other))
      .map((other): [string, string] => [one.text, other.text]),
  );
}

function overlap(a: Rect, b: Rect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
}

/** What reaches beyond the picture. */
export function outside(rects: readonly Rect[]): Rect[] {
  return rects.filter(
    ({ left, top, right, bottom }) => left < 0 || top < 0 || right > SIZE.width || bottom > SIZE.height,
  );
}
