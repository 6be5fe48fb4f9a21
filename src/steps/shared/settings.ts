import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';

const SETTING = /\$\{([A-Z][A-Z0-9_]*)\}/g;
const VAULT = /^vault:/;

/** Fills every `${NAME}` in a value. Throws 'not-configured' with the name of the first one that is not set. */
export function fillSettings(value: unknown, settings: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return filledText(value, settings);
  if (Array.isArray(value)) return value.map((item) => fillSettings(item, settings));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillSettings(item, settings)]));
}

function filledText(text: string, settings: Readonly<Record<string, string>>): string {
  if (VAULT.test(text))
    throw new GuardiaError('not-configured', `not configured: ${text} needs Vault, which is not connected`);
  return text.replace(SETTING, (_, name: string) => {
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (!value) throw new GuardiaError('not-configured', `not configured: ${name} is not set`);
    return value;
  });
}

/** A URL with one of the given schemes, or one that still has `${NAME}` in it, as a service's file has before it is filled. */
export function urlOf(...schemes: string[]) {
  const allowed = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.string().refine((text) => new RegExp(SETTING).test(text) || isUrl(text, schemes), {
    message: `must be a URL that begins with ${allowed}`,
  });
}

function isUrl(text: string, schemes: string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
}
