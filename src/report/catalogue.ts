import { context, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import { code, joinWithin, pre, safe, time } from './text.ts';

const SHOWN = 20;

export interface RefusedCatalogueView {
  /** SHA-256 of the files, in hex. */
  refused: string;
  inForce: string;
  problems: readonly string[];
  /** Since when the catalogue in force was it, when a process started with the last good one. */
  lastGoodSince: string | null;
}

/** A catalogue was refused; what people approve and run is still of the one before. */
export function refusedCatalogueMessage(view: RefusedCatalogueView): Message {
  const { refused, inForce, problems, lastGoodSince } = view;
  const what = `Catalogue ${short(refused)} was refused`;
  return message(`❌ ${what}`, [
    section([
      `❌ *${what}*`,
      lastGoodSince === null
        ? `${code(short(inForce))} stays in force.`
        : `Guardia started with the last good one, ${code(short(inForce))}, which was in force at ${time(lastGoodSince, 'date-time')}.`,
    ]),
    section([
      pre(
        joinWithin(
          problems.slice(0, SHOWN).map((problem) => safe(problem)),
          2_500,
        ),
        2_900,
      ),
    ]),
    context([
      problems.length > SHOWN && `and ${problems.length - SHOWN} more`,
      'mend the files, then run npm run reload',
    ]),
  ]);
}

/** The same message once a good catalogue is in force. */
export function acceptedCatalogueMessage({
  refused,
  inForce,
}: {
  refused: string;
  inForce: string;
}): Message {
  const what = `Catalogue ${short(refused)} was refused, and is replaced`;
  return message(`✅ ${what}`, [section([`✅ *${what}*`, `${code(short(inForce))} is in force now.`])]);
}

function short(revision: string): string {
  return safe(revision.slice(0, 12), 40);
}
