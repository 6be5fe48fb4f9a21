import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder } from './process.ts';

const WRITER = '/usr/lib/systemd/systemd-journal-remote';

export interface JournalEntry {
  at: Date;
  unit: string;
  message: string;
}

export interface Journal {
  /** A PATH on which `journalctl` reads this journal in the place of the machine's. */
  path: string;
  remove(): void;
}

/** A journal as systemd keeps it, written by its own tool. Nothing of the machine's own journal is read or touched. */
export async function writeJournal(entries: readonly JournalEntry[]): Promise<Journal> {
  const folder = await ownFolder('journal');
  const [files, bin] = [join(folder, 'files'), join(folder, 'bin')];
  for (const made of [files, bin]) mkdirSync(made);
  const sorted = entries.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const input = Buffer.concat(sorted.map(exported));
  execFileSync(WRITER, ['--split-mode=none', `--output=${join(files, 'system.journal')}`, '-'], {
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const program = join(bin, 'journalctl');
  writeFileSync(program, `#!/bin/sh\nexec /usr/bin/journalctl --directory=${files} "$@"\n`);
  chmodSync(program, 0o755);
  return {
    path: `${bin}:${process.env.PATH}`,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** https://systemd.io/JOURNAL_EXPORT_FORMATS: a field of several lines has its length before it. */
function exported({ at, unit, message }: JournalEntry, index: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(message)));
  const fields = [
    `__REALTIME_TIMESTAMP=${at.getTime() * 1_000}`,
    `__MONOTONIC_TIMESTAMP=${(index + 1) * 1_000}`,
    `_BOOT_ID=${'b'.repeat(32)}`,
    `_SYSTEMD_UNIT=${unit}.service`,
    `_HOSTNAME=backend`,
    `SYSLOG_IDENTIFIER=${unit}`,
  ];
  return Buffer.concat([
    Buffer.from(`${fields.join('\n')}\nMESSAGE\n`),
    length,
    Buffer.from(`${message}\n\n`),
  ]);
}
