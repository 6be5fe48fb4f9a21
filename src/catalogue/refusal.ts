import { GuardiaError } from '../errors.ts';
import type { Warning } from '../telemetry/warnings.ts';
import { type Problem, problemInWords } from './problem.ts';

/** Why the catalogue in the folder is not in force. */
export interface Refusal {
  /** SHA-256 of the files that were refused, in hex. */
  revision: string;
  /** One each, with file and line where it has one; at least one. */
  problems: readonly string[];
  /** Since when the catalogue in force was it, when this process started with the last good one; else null. */
  lastGoodSince: string | null;
}

const SHOWN = 10;

/** Only our own errors are shown: the message of another may carry a secret. */
export function reasonOf(error: unknown): string {
  return error instanceof GuardiaError ? error.message : 'It could not be looked at; the log says more.';
}

/** `The catalogue in ./commands is not valid:` and every problem on a line of its own. */
export function notValid(folder: string, problems: readonly Problem[]): string {
  const lines = problems.map((problem) => `  ${problemInWords(problem)}`);
  return [`The catalogue in ${folder} is not valid:`, ...lines].join('\n');
}

/** What people read of a refusal while it lasts. */
export function refusalWarnings(refusal: Refusal | null, inForce: string): Warning[] {
  if (!refusal) return [];
  const { revision, problems, lastGoodSince } = refusal;
  const more = problems.length - SHOWN;
  const says = [
    `The catalogue ${short(revision)} was refused; ${short(inForce)} stays in force. Mend it, then run npm run reload.`,
    ...problems.slice(0, SHOWN),
    ...(more > 0 ? [`and ${more} more: npm run runbooks -- lint`] : []),
  ].join('\n');
  if (lastGoodSince === null) return [{ name: 'catalogue-refused', says }];
  const started = `Guardia started with the last good catalogue ${short(inForce)}, in force since ${lastGoodSince}.`;
  return [
    { name: 'catalogue-refused', says },
    { name: 'catalogue-last-good', says: started },
  ];
}

function short(revision: string): string {
  return revision.slice(0, 12);
}
