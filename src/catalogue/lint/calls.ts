import type { Located, Path } from '../document.ts';
import { meant } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import type { EscalationFile } from '../schema-parts.ts';

/** A check of another runbook that an escalation waits for, and the problem that it would be if there is none. */
export interface Wait {
  service: string;
  runbook: string;
  check: string;
  problem(mend: string): Problem;
}

/** What escalations wait for beyond their own file. */
export function waitsIn(document: Located, service: string, rules: readonly EscalationFile[] = []): Wait[] {
  return rules.flatMap(({ when }, index) => {
    const at: Path = ['escalate', index, 'when'];
    const named: [string, Path][] = [
      ...(when.check === undefined ? [] : [[when.check, [...at, 'check']] satisfies [string, Path]]),
      ...(when.of ?? []).map((name, nth): [string, Path] => [name, [...at, 'of', nth]]),
    ];
    return named.flatMap(([name, path]) => {
      const [runbook = '', check] = name.split('/');
      if (check === undefined) return [];
      const message = `the service has no check "${name}"`;
      const problem = (mend: string) => document.problem('unknown-check', path, message, mend);
      return [{ service, runbook, check, problem }];
    });
  });
}

/**
 * `checks` are the names `runbook/check` of each service. Of runbooks that could not be read (`service/runbook`) nothing
 * is said: they have problems of their own.
 */
export function lintWaits(
  waits: readonly Wait[],
  checks: ReadonlyMap<string, ReadonlySet<string>>,
  broken: ReadonlySet<string>,
): Problem[] {
  return waits.flatMap(({ service, runbook, check, problem }) => {
    const known = checks.get(service) ?? new Set();
    const name = `${runbook}/${check}`;
    return known.has(name) || broken.has(`${service}/${runbook}`)
      ? []
      : [problem(meant(name, known, 'write runbook/check, such as one of'))];
  });
}
