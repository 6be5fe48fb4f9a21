import { GuardiaError } from '../../../errors.ts';

/** `vault:<path>#<key>` as a whole value, and `${vault:<path>#<key>}` within one. */
const WHOLE = /^vault:(\S*)$/;
const WITHIN = /\$\{vault:([^\s{}]*)\}/g;
const PARTS = /^([\w.@:+~,=-]+(?:\/[\w.@:+~,=-]+)*)#([\w.@:+~,=-]+)$/;
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Keys of what is told to everybody: a name in all texts would be hidden with its password. */
const TOLD = /^(user(name)?|login|role|host(name)?|port|database|dbname)$/i;

/** A secret's place in Vault: one key of what stands at a path. */
export interface SecretReference {
  path: string;
  key: string;
}

export type SecretOf = (reference: SecretReference) => Promise<string>;

/** Puts secrets into a value, wherever it names one; in a URL so that they stay in their part of it. */
export async function fillSecrets(value: unknown, secretOf: SecretOf): Promise<unknown> {
  if (typeof value === 'string') return filledText(value, secretOf);
  if (Array.isArray(value)) return Promise.all(value.map((item) => fillSecrets(item, secretOf)));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await fillSecrets(item, secretOf)]);
  return Object.fromEntries(await Promise.all(entries));
}

async function filledText(text: string, secretOf: SecretOf): Promise<string> {
  const whole = WHOLE.exec(text);
  if (whole) return secretOf(referenceIn(whole[1] ?? ''));
  const named = [...text.matchAll(WITHIN)].map((match) => match[1] ?? '');
  const found = await Promise.all(named.map((one) => secretOf(referenceIn(one))));
  const encode = URL_START.test(text) ? encodeURIComponent : (secret: string) => secret;
  return text.replace(WITHIN, () => encode(found.shift() ?? ''));
}

function referenceIn(text: string): SecretReference {
  const [, path, key] = PARTS.exec(text) ?? [];
  if (path !== undefined && key !== undefined && !path.split('/').some((part) => /^\.+$/.test(part)))
    return { path, key };
  throw new GuardiaError('config', `vault:${text} names no secret; write vault:<path>#<key>`);
}

/** Whether a text names a secret, so that what it will be is not known yet. */
export function namesSecret(text: string): boolean {
  return WHOLE.test(text) || text.search(WITHIN) >= 0;
}

/** Whether what stands under a key must never be shown. */
export function isSecretKey({ key }: SecretReference): boolean {
  return !TOLD.test(key);
}
