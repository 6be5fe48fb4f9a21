import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import { namesSecret } from './vault/references.ts';

export type Settings = Readonly<Record<string, string>>;

/** `${NAME}` and `${NAME:-default}`, as Compose has them: the default stands in for what is missing or empty. */
export const SETTING = /\$\{([A-Z][A-Z0-9_]*)(?::-([^{}]*))?\}/g;

/** Fills every setting in a value. Throws 'not-configured' with the name of the first one that is not set. */
export function fillSettings(value: unknown, settings: Settings): unknown {
  if (typeof value === 'string') return filledText(value, settings);
  if (Array.isArray(value)) return value.map((item) => fillSettings(item, settings));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillSettings(item, settings)]));
}

function filledText(text: string, settings: Settings): string {
  return text.replace(SETTING, (_, name: string, otherwise: string | undefined) => {
    const value = settingOr(name, otherwise, settings);
    if (value !== undefined) return value;
    throw new GuardiaError('not-configured', `not configured: ${name} is not set`);
  });
}

/** A setting, or its default where it is missing or empty; undefined when there is neither. */
export function settingOr(
  name: string,
  otherwise: string | undefined,
  settings: Settings,
): string | undefined {
  return (Object.hasOwn(settings, name) && settings[name]) || otherwise;
}

/**
 * A URL with one of the given schemes, or one that a setting or a secret is still missing from, as a service's file has
 * it before it is filled.
 */
export function urlOf(...schemes: string[]) {
  const allowed = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.string().refine((text) => text.search(SETTING) >= 0 || namesSecret(text) || isUrl(text, schemes), {
    message: `must be a URL that begins with ${allowed}`,
  });
}

function isUrl(text: string, schemes: string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
}
