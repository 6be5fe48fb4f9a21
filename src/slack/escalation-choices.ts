import { hash } from 'node:crypto';
import type { EscalationChoice } from '../report/states.ts';

const DIGITS = 12;
/** As many as a dialog shows. */
const SHOWN = 10;

/** What each choice calls, and why, by its ref: a rule that moves in its file takes the place of another. */
export function shownIn(choices: readonly EscalationChoice[]): Record<string, string> {
  return Object.fromEntries(choices.slice(0, SHOWN).map((choice) => [choice.ref, versionOfChoice(choice)]));
}

export function versionOfChoice({ says, to, title, priority }: EscalationChoice): string {
  return hash('sha256', JSON.stringify([says, to, title, priority])).slice(0, DIGITS);
}
