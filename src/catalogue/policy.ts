import type { RunbookAction, Service } from './catalogue.ts';
import type { Policy } from './schema-service.ts';

type Policed = Pick<Service, 'policies'>;
type Risky = Pick<RunbookAction, 'risk' | 'approval'>;

/**
 * Who has to approve an action, how many of them, and until when: the service's policy for its risk, with what the
 * action itself wants beyond it. Undefined where nobody is asked, or nobody may.
 */
export function policyFor({ policies }: Policed, { risk, approval }: Risky): Policy | undefined {
  const policy = risk === 'safe' ? undefined : policies[risk];
  if (!policy) return undefined;
  const { 'break-glass': allowed, ...more } = approval ?? {};
  const { 'break-glass': glass, ...rest } = { ...policy, ...more };
  return { ...rest, ...(glass && allowed !== false ? { 'break-glass': glass } : {}) };
}

/** Whether an action waits for an approval before it runs: what is destructive does also where nobody may give one. */
export function needsApproval(service: Policed, action: Risky): boolean {
  return action.risk === 'destructive' || policyFor(service, action) !== undefined;
}
