/** Every rule of `guardia runbooks lint`, with what it is about; docs/runbooks.md lists them. */
export const RULES = {
  unreadable: 'the folder or the file cannot be read',
  'too-big': 'a file, or the catalogue, is larger than any set of runbooks has to be',
  'not-yaml': 'the file is not YAML 1.2',
  'duplicate-key': 'a key stands twice in one place',
  'too-deep': 'values are nested deeper than the language ever needs, or refer to themselves',
  'unknown-key': 'a key that the language does not have',
  'missing-key': 'a key that must be there is not',
  'wrong-type': 'a value of another kind than the key wants',
  'bad-name': 'a name that is not lower case letters, digits and dashes, or a file in the wrong place',
  'no-service-file': 'a folder of runbooks without its service.yml',
  setting: 'a setting that the catalogue names is missing, or is not what Slack wants',
  'unknown-step-kind': 'a step kind that does not exist',
  'step-cannot': 'a step kind in a place it is not made for',
  'step-input': 'an input that the step kind refuses',
  'step-check': 'an input that is well formed but wrong, such as PromQL with a syntax error',
  'unknown-placeholder': '{x} without a parameter x',
  'parameter-default': 'a default that its own parameter would refuse',
  'bad-pattern': 'a pattern that is not a regular expression',
  'bad-condition': 'a warning or failing that cannot be understood',
  'unknown-check': 'a check that the runbook does not have',
  'unknown-action': 'an action that the runbook does not have',
  'unknown-role': 'a role or a contact that the service does not have',
  'unknown-objective': 'an objective that the service does not have',
  'bad-objective': 'an objective that nothing could be held against',
  'unknown-connection': 'a connection that the service does not have',
  'unknown-target': 'a target that the service does not have',
  'alert-claimed-twice': 'an alert that two runbooks claim',
  'duplicate-title': 'two actions of a runbook whose buttons would read the same',
  'phase-misses': 'a check or an action that stands in none of the phases, or in two',
  'schedule-only-safe': 'a schedule that would run what somebody has to decide',
  'risk-too-mild': 'an action that destroys something and is not called destructive',
  'destructive-needs-preview': 'a destructive action that nobody could look at before approving it',
  'destructive-needs-verify': 'a destructive action whose success nobody would see',
  'destructive-needs-undo': 'a destructive action that does not say how it is undone',
  'destructive-needs-policy': 'a destructive action in a service where nobody may approve it',
  'policy-unmeetable': 'an approval policy that no request could ever meet',
  'policy-weaker':
    'an action that asks for less approval than its service, or for one of what nobody approves',
  'no-drill': 'a runbook that nobody can practise',
  'drill-alert': 'a drill whose alert its runbook does not claim',
  'drill-misses-check': 'a check that a drill does not see',
  'drill-misses-preview': 'a destructive action that a drill has no preview of',
  'drill-expects-nothing': 'a drill that would pass whatever the diagnosis says',
} as const;

export type Rule = keyof typeof RULES;

/** One thing wrong in the catalogue. `line` and `column` count from 1; `mend` says what to do about it. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  rule: Rule;
  message: string;
  mend: string;
}

/**
 * `commands/denis/x.yml:12:5  unknown-key  "titel" is not known here → did you mean "title"?`, and below it what a
 * message of several lines points at.
 */
export function problemInWords(problem: Problem): string {
  const { file, line, column, rule, message, mend } = problem;
  const [first, ...rest] = message.split('\n');
  return [`${file}:${line}:${column}  ${rule}  ${first} → ${mend}`, ...rest].join('\n');
}

export function problemOfFile(file: string, rule: Rule, message: string, mend: string): Problem {
  return { file, line: 1, column: 1, rule, message, mend };
}

/** In the order in which one mends them: by file, then from top to bottom. */
export function inReadingOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}
