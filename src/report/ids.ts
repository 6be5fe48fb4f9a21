/**
 * What buttons and dialogs are called on the wire. A button's value is an id: `alert:<uuid>`, `run:<uuid>` or
 * `plan:<uuid>` for what it is about, with `@<version>` where it starts an action as it was shown there;
 * `<plan uuid>:<digest>` for what stands on a plan. Never data.
 */
export const ACTIONS = {
  diagnose: 'diagnose',
  /** Followed by `:` and the action's name; the value is what it is about, and the action's version. */
  remediate: 'remediate',
  snapshot: 'snapshot',
  acknowledge: 'acknowledge',
  silence: 'silence',
  endSilence: 'end-silence',
  escalate: 'escalate',
  /** Followed by `:` and `service/runbook`: reads it, or opens the dialog that diagnoses or mends with it. */
  show: 'show-runbook',
  begin: 'begin-runbook',
  mend: 'mend-runbook',
  /** Followed by `:` and a check's name for one finding; bare for all. `evidence:preview` on a plan: its dry run. */
  evidence: 'evidence',
  /** Followed by `:`, a runbook, `/` and one of its checks; the value is the origin. */
  tick: 'tick',
  untick: 'untick',
  /** Followed by `:` and the index of a plan's step that is done by hand; the value is the plan. */
  handDone: 'hand-done',
  handCannot: 'hand-cannot',
  approve: 'approve',
  deny: 'deny',
  claim: 'claim',
  cancel: 'cancel',
  /** Runs a plan that waits without a second person's approval; signs afterwards that one looked at it. */
  glass: 'break-glass',
  review: 'review',
  wasDone: 'was-done',
  wasNotDone: 'was-not-done',
} as const;

export const DIALOGS = {
  diagnose: 'dialog-diagnose',
  remediate: 'dialog-remediate',
  /** Reason for what somebody has to approve, or confirmation of what is disruptive. */
  ask: 'dialog-ask',
  approve: 'dialog-approve',
  deny: 'dialog-deny',
  glass: 'dialog-break-glass',
  review: 'dialog-review',
  escalate: 'dialog-escalate',
  snapshot: 'dialog-snapshot',
  silence: 'dialog-silence',
  cannot: 'dialog-cannot',
} as const;

/** Dialogs that are only read. */
export const READINGS = { runbook: 'dialog-runbook' } as const;

/** Blocks of the dialogs that people fill in; each holds one element whose action id is the same. */
export const BLOCKS = {
  runbook: 'runbook',
  action: 'action',
  reason: 'reason',
  labels: 'labels',
  /** Followed by `:`, the runbook and `:`, the parameter: one runbook's values never show up in another's. */
  parameter: 'parameter',
} as const;

export const SHORTCUTS = { diagnoseThis: 'diagnose-this' } as const;

export function planRef(plan: string, digest: string): string {
  return `${plan}:${digest}`;
}

/** The plan and the digest that a button was made for; null when the value is not one of ours. */
export function readPlanRef(value: string): { plan: string; digest: string } | null {
  const match = /^([0-9a-f-]{36}):([0-9a-f]{64})$/.exec(value);
  return match?.[1] && match[2] ? { plan: match[1], digest: match[2] } : null;
}

/** What a button is about, and the version of the action that it offers. */
export function startRef(ref: string, version: string): string {
  return `${ref}@${version}`;
}

/** `seen` is null for a button that starts nothing, or that is older than versions; null when it is none of ours. */
export function readStartRef(value: string): { ref: string; id: string; seen: string | null } | null {
  const match = /^((?:alert|run|plan):([0-9a-f-]{36}))(?:@([0-9a-f]{32}))?$/.exec(value);
  return match?.[1] && match[2] ? { ref: match[1], id: match[2], seen: match[3] ?? null } : null;
}
