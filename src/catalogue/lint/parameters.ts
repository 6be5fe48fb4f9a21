import { parseConditions } from '../../diagnosis/condition.ts';
import { messageOf } from '../../errors.ts';
import { complaintAbout, wholeMatch } from '../parameters.ts';
import type { Problem } from '../problem.ts';
import type { RunbookContext } from './context.ts';

export function lintParameters({ document, runbook }: RunbookContext): Problem[] {
  return Object.entries(runbook.parameters ?? {}).flatMap(([name, parameter]) => {
    const path = ['parameters', name];
    const flaw = patternFlaw(parameter.pattern);
    if (flaw) {
      const mend = 'write a JavaScript regular expression; a backslash needs no doubling in single quotes';
      return [document.problem('bad-pattern', [...path, 'pattern'], flaw, mend)];
    }
    if (parameter.default === undefined) return [];
    const complaint = complaintAbout(parameter, parameter.default);
    if (!complaint) return [];
    const message = `the default of "${name}" ${complaint}`;
    return [
      document.problem(
        'parameter-default',
        [...path, 'default'],
        message,
        'change the default or what is allowed',
      ),
    ];
  });
}

function patternFlaw(pattern: string | undefined): string | null {
  try {
    if (pattern !== undefined) wholeMatch(pattern);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

export function lintConditions({ document, runbook }: RunbookContext): Problem[] {
  return Object.entries(runbook.checks).flatMap(([name, check]) =>
    (['warning', 'failing'] as const).flatMap((side) => {
      try {
        parseConditions(check[side]);
        return [];
      } catch (error) {
        const [message = '', mend = 'write for example "> 500", "!= PONG" or none'] =
          messageOf(error).split('; ');
        return [document.problem('bad-condition', ['checks', name, side], message, mend)];
      }
    }),
  );
}
