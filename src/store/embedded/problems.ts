import { GuardiaError, messageOf } from '../../errors.ts';

/** What is wrong with a data folder, by the system's code and by the words of PostgreSQL's programs. */
const REASONS: readonly { code: RegExp; words: RegExp; says: string; help?: string }[] = [
  { code: /^(ENOSPC|EDQUOT)$/, words: /no space left|quota/i, says: 'is full', help: 'make room there, or ' },
  { code: /^EROFS$/, words: /read-only file system/i, says: 'cannot be written: its disk is read-only' },
  {
    code: /^(EACCES|EPERM)$/,
    words: /permission denied|not permitted/i,
    says: 'may not be written by this user',
  },
  { code: /^(ENOTDIR|EEXIST)$/, words: /not a directory/i, says: 'is not a folder' },
];

/** Why the data cannot be kept in `folder`, and what to do. Anything else that went wrong keeps its own words. */
export function storageProblem(folder: string, cause: unknown): GuardiaError {
  if (cause instanceof GuardiaError) return cause;
  const code = (cause as { code?: unknown }).code;
  const reason = REASONS.find((one) =>
    typeof code === 'string' ? one.code.test(code) : one.words.test(messageOf(cause)),
  );
  const says = reason?.says ?? `cannot be used: ${messageOf(cause)}`;
  return dataProblem(
    `The data folder ${folder} ${says}; ${reason?.help ?? ''}choose another with GUARDIA_DATA, or a PostgreSQL of yours with DATABASE_URL.`,
    cause,
  );
}

export function dataProblem(message: string, cause?: unknown): GuardiaError {
  return new GuardiaError('database', message, { cause });
}

/** The lines in which PostgreSQL's programs say what went wrong, without what stands before and after. */
export function complaintIn(output: string): string {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /\b(error|fatal|panic):/i.test(line));
  return (errors.length > 0 ? errors : lines.slice(-1))
    .map((line) => line.replace(/^.*?\b(error|fatal|panic):\s*/i, ''))
    .slice(0, 3)
    .join('; ');
}
