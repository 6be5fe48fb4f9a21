import type { RunbookAction, Service } from './catalogue.ts';
import type { Policy } from './schema-service.ts';

/**
 * Who has to approve an action, how many of them, and until when: the service's policy for what is destructive, with
 * what the action itself wants beyond it. Undefined where nobody is asked.
 */
export function policyFor(
  { policy }: Pick<Service, 'policy'>,
  { risk, approval }: Pick<RunbookAction, 'risk' | 'approval'>,
): Policy | undefined {
  if (risk !== 'destructive' || !policy) return undefined;
  const { 'break-glass': allowed, ...more } = approval ?? {};
  const { 'break-glass': glass, ...rest } = { ...policy, ...more };
  return { ...rest, ...(glass && allowed !== false ? { 'break-glass': glass } : {}) };
}
