import { GuardiaError } from '../../../errors.ts';
import type { CommandResult } from '../../step-kind.ts';
import { clipped, counted, firstLine } from '../text.ts';

const NUMBER = /^\s*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?=[\s%,;]|$)/i;
const HOUR_MS = 3_600_000;

/** What a program's output says, read as the one thing that was asked for. */
export interface Printed {
  value: number | null;
  says: string;
}

/** The number that the output begins with: of `1243 /var/log/x` 1,243. */
export function numberPrinted({ stdout }: CommandResult): Printed {
  const [, number] = NUMBER.exec(stdout) ?? [];
  if (number !== undefined) return { value: Number(number), says: clipped(firstLine(stdout), 200) };
  const instead = firstLine(stdout);
  return { value: null, says: instead ? `no number but ${clipped(instead, 200)}` : 'nothing was printed' };
}

/** Hours since the newest of the times that were printed, in epoch seconds, one a line. */
export function ageOfNewest(result: CommandResult, now = Date.now()): Printed {
  const times = result.stdout.split('\n').filter((line) => line.trim() !== '');
  const seconds = times.map(secondsIn);
  if (result.dropped > 0)
    throw new GuardiaError('nonsense', `${counted(result.lines, 'time')} printed, more than are kept`);
  if (seconds.length === 0) return { value: null, says: 'there is none' };
  const newest = seconds.reduce((latest, time) => Math.max(latest, time)) * 1_000;
  const hours = Math.round(((now - newest) / HOUR_MS) * 100) / 100;
  const at = new Date(newest).toISOString().slice(0, 16).replace('T', ' ');
  const of = seconds.length > 1 ? `newest of ${counted(seconds.length, 'time')}` : 'the only one';
  return {
    value: hours,
    says: `${of}: ${at} UTC, ${Math.abs(hours)} h ${hours < 0 ? 'ahead of us' : 'ago'}`,
  };
}

function secondsIn(line: string): number {
  const seconds = Number(line);
  // Whatever Date cannot hold is no time.
  if (Number.isFinite(seconds) && Math.abs(seconds) <= 8.64e12) return seconds;
  throw new GuardiaError('nonsense', `printed ${JSON.stringify(clipped(line, 80))} in place of a time`);
}
