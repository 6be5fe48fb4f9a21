import { stripVTControlCharacters } from 'node:util';

const CONTROLS = /[^\P{Cc}\n\t]/gu;

/** Text of a terminal without colours, cursor movements and other control characters; line breaks and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(CONTROLS, '');
}

export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/** At most `limit` characters, and a note of how many are missing. */
export function clipped(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit).toWellFormed()}… (${count(text.length - limit)} more characters)`;
}

/** `1,243` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 job`, `1,243 jobs` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
