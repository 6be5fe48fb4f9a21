import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan } from './plan.ts';

/** SHA-256 over the plan's canonical JSON (RFC 8785), in lower-case hex. */
export function digestOf(plan: Plan): string {
  return sha256(canonicalJson(plan));
}

/** RFC 8785. Throws when the value is not plain JSON data: NaN, undefined and cycles have no canonical form. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(JSON.parse(JSON.stringify(value)));
  if (text === undefined) throw new TypeError('this value has no canonical JSON');
  return text;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
