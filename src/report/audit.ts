import { context, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import { code } from './text.ts';

/** The record's newest entry, told to a channel where nobody can take it back unseen. */
export function auditHeadMessage({ seq, hash }: { seq: number; hash: string }): Message {
  return message(`🔏 The record has ${seq.toLocaleString('en-US')} entries`, [
    section([
      `🔏 *The record has ${seq.toLocaleString('en-US')} entries.* Its head is`,
      code(`${seq}:${hash}`, 100),
    ]),
    context(['a cut or changed record no longer fits it: guardia audit verify --head']),
  ]);
}
