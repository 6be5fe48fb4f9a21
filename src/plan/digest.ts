import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan } from './plan.ts';

/** SHA-256 over the plan's canonical JSON (RFC 8785), in lower-case hex. */
export function digestOf(plan: Plan): string {
  return sha256(canonicalJson(plan));
}

/** RFC 8785 of what JSON keeps of a value. Throws when that is nothing: undefined and cycles have no canonical form. */
export function canonicalJson(value: unknown): string {
  return canonicalize(JSON.parse(JSON.stringify(value))) as string;
}

export function sha256(text: string): string {
  return hash('sha256', text);
}
