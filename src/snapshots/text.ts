/** Advance widths of Inter in parts of the font size; close enough to place and clip text without a font parser. */
const NARROW = /[ijlI.,:;'|!()[\]{} ·]/;
const WIDE = /[mwMW@%—…]/;
const CAPITAL = /[A-Z0-9_+=<>–]/;

export function textWidth(text: string, size: number, weight = 400): number {
  let width = 0;
  for (const character of text) width += advance(character);
  return width * size * (weight >= 600 ? 1.06 : 1);
}

function advance(character: string): number {
  if (NARROW.test(character)) return 0.29;
  if (WIDE.test(character)) return 0.88;
  if (CAPITAL.test(character)) return 0.66;
  return character > '\u2e80' ? 1 : 0.57;
}

/** Cuts the end off. */
export function cutEnd(text: string, size: number, room: number, weight = 400): string {
  if (textWidth(text, size, weight) <= room) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size, weight) > room) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** Cuts the middle out: what tells names apart stands mostly at their ends. */
export function cutMiddle(text: string, size: number, room: number): string {
  if (textWidth(text, size) <= room) return text;
  const characters = [...text];
  let keep = characters.length - 1;
  const cut = () => {
    const end = Math.ceil(keep / 2);
    return `${characters.slice(0, keep - end).join('')}…${characters.slice(characters.length - end).join('')}`;
  };
  while (keep > 2 && textWidth(cut(), size) > room) keep -= 1;
  return cut();
}

/** On one line when it fits, otherwise on two, the second one cut. */
export function wrap(text: string, size: number, room: number, weight: number): [string] | [string, string] {
  const words = text.split(' ');
  let first = words.shift() ?? '';
  while (words.length > 0 && textWidth(`${first} ${words[0]}`, size, weight) <= room)
    first += ` ${words.shift()}`;
  const rest = words.join(' ');
  return rest === ''
    ? [cutEnd(first, size, room, weight)]
    : [cutEnd(first, size, room, weight), cutEnd(rest, size, room, weight)];
}

/** Text that can stand in an SVG: no control, direction or half characters, on one line, not too long. */
export function plain(text: string, longest: number): string {
  const cleaned = text
    .slice(0, 4 * longest)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, '')
    .trim();
  const characters = [...cleaned];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : cleaned;
}
