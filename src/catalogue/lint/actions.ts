import type { Problem, Rule } from '../problem.ts';
import type { Action } from '../schema.ts';
import type { RunbookContext } from './context.ts';

/** What a destructive action owes to the people who approve it, and titles that tell buttons apart. */
export function lintActions(context: RunbookContext): Problem[] {
  return [
    ...lintTitles(context),
    ...Object.entries(context.runbook.actions ?? {}).flatMap(([name, action]) =>
      action.risk === 'destructive' ? lintDestructive(context, name, action) : [],
    ),
  ];
}

const DEBTS = {
  preview: [
    'destructive-needs-preview',
    'has no preview',
    'add preview: a step that shows how much it would touch',
  ],
  verify: [
    'destructive-needs-verify',
    'does not say how its success is seen',
    'add verify: { checks: […], within: 1m }',
  ],
  undo: ['destructive-needs-undo', 'does not say how it is undone', 'add undo: how, or undo: none'],
} as const satisfies Partial<Record<keyof Action, readonly [Rule, string, string]>>;

function lintDestructive({ document, service }: RunbookContext, name: string, action: Action): Problem[] {
  const path = ['actions', name];
  const problems = Object.entries(DEBTS).flatMap(([key, [rule, message, mend]]) =>
    action[key as keyof typeof DEBTS] === undefined
      ? [document.problem(rule, path, `"${name}" is destructive and ${message}`, mend)]
      : [],
  );
  if (service && !service.approval) {
    const mend = 'add approval: { destructive: { by: [a role] } } to service.yml';
    const message = `"${name}" is destructive, and nobody may approve it in this service`;
    problems.push(document.problem('destructive-needs-policy', path, message, mend));
  }
  return problems;
}

function lintTitles({ document, runbook }: RunbookContext): Problem[] {
  const first = new Map<string, string>();
  return Object.entries(runbook.actions ?? {}).flatMap(([name, { title }]) => {
    const key = title.trim().toLowerCase();
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, name);
      return [];
    }
    const message = `"${name}" has the same title as "${other}"`;
    return [
      document.problem(
        'duplicate-title',
        ['actions', name, 'title'],
        message,
        'say what tells their buttons apart',
      ),
    ];
  });
}
