import type { RunbookAction, Service } from './catalogue.ts';
import { ANYBODY } from './schema-parts.ts';

/**
 * The roles whose members may start an action; null where every member of the workspace may. Unless the action or its
 * service says otherwise, that is every role for what is disruptive or destructive, and everybody for what is safe.
 */
export function startersOf(
  service: Pick<Service, 'roles' | 'runBy'>,
  { risk, runBy }: Pick<RunbookAction, 'risk' | 'runBy'>,
): readonly string[] | null {
  const byRisk = risk === 'safe' ? [ANYBODY] : (service.runBy ?? Object.keys(service.roles));
  const named = runBy ?? byRisk;
  return named.includes(ANYBODY) ? null : named;
}
