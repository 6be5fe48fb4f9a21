import type { Problem, Rule } from '../problem.ts';
import type { Action } from '../schema.ts';
import type { RunbookContext } from './context.ts';
import { unknownRole } from './references.ts';
import { MOST_VOTES } from './service.ts';

/** What a destructive action owes to the people who approve it, and titles that tell buttons apart. */
export function lintActions(context: RunbookContext): Problem[] {
  return [
    ...lintTitles(context),
    ...Object.entries(context.runbook.actions ?? {}).flatMap(([name, action]) => [
      ...(action.risk === 'destructive' ? lintDestructive(context, name, action) : []),
      ...lintApproval(context, name, action),
    ]),
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
  if (service && !service.approval?.destructive) {
    const mend = 'add approval: { destructive: { by: [a role] } } to service.yml';
    const message = `"${name}" is destructive, and nobody may approve it in this service`;
    problems.push(document.problem('destructive-needs-policy', path, message, mend));
  }
  return problems;
}

/** An action may want more than the service's policy, never less. */
function lintApproval({ document, service }: RunbookContext, name: string, action: Action): Problem[] {
  const { approval, risk } = action;
  if (!approval) return [];
  const path = ['actions', name, 'approval'];
  if (risk === 'safe') {
    const message = `"${name}" is safe, and nobody is asked about that`;
    return [document.problem('policy-weaker', path, message, 'remove approval')];
  }
  if (risk === 'disruptive' && service && !service.approval?.disruptive) {
    const message = `"${name}" is disruptive, and this service asks nobody about that`;
    const mend = 'remove approval, or add approval: { disruptive: { by: [a role] } } to service.yml';
    return [document.problem('policy-weaker', path, message, mend)];
  }
  const least = service?.approval?.[risk]?.votes ?? 1;
  const roles = Object.keys(service?.roles ?? {});
  const fewer = `${approval.votes} votes are fewer than the ${least} that the service wants`;
  const crowd = `${approval.votes} votes are more than one gathers before a request ends`;
  return [
    ...(approval.votes !== undefined && approval.votes < least
      ? [document.problem('policy-weaker', [...path, 'votes'], fewer, `ask for ${least} or more`)]
      : []),
    ...(approval.votes !== undefined && approval.votes > MOST_VOTES
      ? [document.problem('policy-unmeetable', [...path, 'votes'], crowd, `ask for at most ${MOST_VOTES}`)]
      : []),
    ...(service
      ? (approval.by ?? []).flatMap((role, index) =>
          unknownRole({ document }, [...path, 'by', index], role, roles),
        )
      : []),
  ];
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
