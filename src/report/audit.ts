import type { Policy } from '../catalogue/schema-service.ts';
import { context, message, section } from './blocks.ts';
import { formatFigure } from './figures.ts';
import type { Message } from './message.ts';
import type { Named } from './states.ts';
import { code, safe } from './text.ts';

const CHANGES = 8;

/** The record's newest entry, told to a channel where nobody can take it back unseen. */
export function auditHeadMessage({ seq, hash }: { seq: number; hash: string }): Message {
  const entries = formatFigure(seq, 'entries');
  return message(`🔏 The record has ${entries}`, [
    section([`🔏 *The record has ${entries}.* Its head is`, code(`${seq}:${hash}`, 100)]),
    context(['a cut or changed record no longer fits it: guardia audit verify --head']),
  ]);
}

export interface PolicyView {
  service: Named;
  /** Each `what: before → now`. */
  changes: readonly string[];
  /** SHA-256 of the catalogue in force. */
  revision: string;
}

/** Who may start or approve what has changed in the catalogue; those whom it concerns hear of it. */
export function policyMessage({ service, changes, revision }: PolicyView): Message {
  const title = safe(service.title, 90);
  const more = changes.length - CHANGES;
  return message(`📜 Who may start or approve what changed · ${title}`, [
    section([
      `📜 *Who may start or approve what changed* · ${title}`,
      ...changes.slice(0, CHANGES).map((change) => `• ${safe(change, 300)}`),
      more > 0 && `and ${more} more: the record has them all`,
    ]),
    context([
      `catalogue ${code(revision.slice(0, 12), 40)}`,
      'requests that waited under the old rules are void',
    ]),
  ]);
}

/** `2 of sre within 15m, begun within 5m, asked for in C0123456789`. */
export function policyInWords(policy: Policy | undefined): string {
  if (!policy) return 'nobody may approve anything';
  const { by, votes, expires, 'begin-within': begin, 'break-glass': glass, channel } = policy;
  const where = channel ? `, asked for in ${channel}` : '';
  const broken = glass ? `; ${glass.by.join(', ')} may break the glass` : '';
  return `${votes} of ${by.join(', ')} within ${expires}, begun within ${begin}${where}${broken}`;
}
