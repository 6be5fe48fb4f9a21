import { scryptSync } from 'node:crypto';
import { isSecretField } from './key-values.ts';
import { secretSpans } from './scan.ts';
import { createSecretSet, type SecretSet } from './set.ts';
import { HIDDEN, masked } from './spans.ts';
import { searchVisible } from './visible.ts';

const SCHEMES = ['bearer', 'digest'];
const SECRET_KEY = /pass|token|secret|api[-_]?key|credential|authorization|cookie/i;

/** What must never be shown of a filled-in connection: passwords in URLs, headers, and values under telling keys. */
export function secretsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string')
    return [...urlSecrets(value), ...(SECRET_KEY.test(key) ? headerSecrets(value) : keySecrets(value, key))];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    secretsIn(inner, key === 'headers' ? 'secret' : name),
  );
}

/** The words of a key in PEM are no secrets by themselves. */
function keySecrets(value: string, key: string): string[] {
  return key === 'key' ? [value] : [];
}

function headerSecrets(value: string): string[] {
  return [value, ...value.split(/\s+/)].filter(
    (part) => part.length >= 6 && !SCHEMES.includes(part.toLowerCase()),
  );
}

function urlSecrets(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { username, password, searchParams } = new URL(text);
  const inQuery = [...searchParams].filter(([name]) => SECRET_KEY.test(name)).map(([, value]) => value);
  const basic = password ? [Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')] : [];
  return [password, decoded(password), ...basic, ...inQuery].filter((part) => part.length >= 3);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Text without the given secrets in any form, without the userinfo of any URL, and without what looks like a secret. */
export function redact(text: string, ...secrets: readonly SecretSet[]): string {
  const safe = secrets.reduce((shown, set) => set.hide(shown), text);
  return masked(safe, searchVisible(safe, secretSpans));
}

/** The same for every string in a value, names of fields included; what a field's name says of its value counts. */
export function redactAll<T>(value: T, ...secrets: readonly SecretSet[]): T {
  return mapped(value, (text) => redact(text, ...secrets)) as T;
}

/**
 * The same for what is compared later: two texts of which the same is left to see are still two. The mark beside it is
 * slow to compute, so that nobody finds a short password by trying.
 */
export function redactCompared<T>(value: T, ...secrets: readonly SecretSet[]): T {
  const change = (text: string) => {
    const shown = redact(text, ...secrets);
    return shown === text ? text : `${shown} (${markOf(text)})`;
  };
  return mapped(value, change, () => false) as T;
}

function markOf(text: string): string {
  return scryptSync(text.toWellFormed(), 'guardia', 9).toString('base64url');
}

function mapped(value: unknown, change: (text: string) => string, isSecret = isSecretField): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value))
    return typeof value[0] === 'number' ? value : value.map((item) => mapped(item, change, isSecret));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      change(key),
      typeof item === 'string' && isSecret(key, item) ? HIDDEN : mapped(item, change, isSecret),
    ]),
  );
}

/** A filled-in connection or target without what is secret in it: what is left says where it leads. */
export function withoutSecrets(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    const isSecret = SECRET_KEY.test(key) || key === 'key';
    return isSecret ? HIDDEN : redact(value, createSecretSet(urlSecrets(value)));
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutSecrets(item, name)]));
}

/** A URL as people may see it. */
export function withoutUserinfo(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href.replace(/\/$/, '');
}
