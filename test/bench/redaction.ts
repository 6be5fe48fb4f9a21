import { randomBytes } from 'node:crypto';
import { redact } from '../../src/steps/shared/secrets/redaction.ts';
import { createSecretSet } from '../../src/steps/shared/secrets/set.ts';
import { type Bench, type Measured, round } from './bench.ts';

const SIZE = 100_000;
const ROUNDS = 300;
const WARM = 30;
const GIVEN = 40;
const LONGEST_MS = 5;

/** What is hidden of 100 kB of a log, with 40 secrets that were given, beside writing the same text as JSON. */
export const redaction: Bench = {
  name: 'redaction',
  async run(): Promise<Measured[]> {
    const set = createSecretSet(Array.from({ length: GIVEN }, () => randomBytes(12).toString('base64')));
    const text = logOf(SIZE);
    const ours = cpuTimeOf(() => redact(text, set));
    const baseline = cpuTimeOf(() => JSON.parse(JSON.stringify(text.split('\n'))));
    const details = { redactMs: round(ours, 3), jsonMs: round(baseline, 3) };
    return [
      {
        name: 'redaction of 100 kB',
        compared: 'to nothing: processor time, on average',
        value: details.redactMs,
        limit: LONGEST_MS,
        side: 'at most',
        unit: 'ms',
        details,
      },
      {
        name: 'redaction of 100 kB, beside its JSON',
        compared: 'to writing and reading its lines as JSON',
        value: round(ours / baseline),
        limit: 40,
        side: 'at most',
        unit: 'x',
        details,
      },
    ];
  },
};

/** Of one thread, so that what else the machine does counts for nothing. */
function cpuTimeOf(work: () => unknown): number {
  for (let warm = 0; warm < WARM; warm += 1) work();
  const { user, system } = process.threadCpuUsage();
  for (let turn = 0; turn < ROUNDS; turn += 1) work();
  const used = process.threadCpuUsage({ user, system });
  return (used.user + used.system) / 1_000 / ROUNDS;
}

/** Lines as services write them; one in fifty tells a secret. */
function logOf(size: number): string {
  let text = '';
  for (let line = 0; text.length < size; line += 1)
    text += `2026-11-30T03:12:${String(line % 60).padStart(2, '0')}Z INFO [worker-${line % 8}] GET /api/v1/items/${line}?page=2 200 ${line % 99} ms trace_id=${(line * 2_654_435_761).toString(16)} key=orders:${line}${line % 50 === 0 ? ` password=hunter${line}` : ''}\n`;
  return text.slice(0, size);
}
