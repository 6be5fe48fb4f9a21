import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from './config.ts';

const run = promisify(execFile);

/** A process, as a pid file names it: a pid alone may be that of another process by now. */
export interface RunningProcess {
  pid: number;
  /** When it started, as its system tells it. */
  started: string;
}

/** What came of the newest reload. */
export interface ReloadReport {
  pid: number;
  /** Unix milliseconds. */
  beganAt: number;
  /** SHA-256 of the catalogue in force. */
  revision: string;
  /** Empty when it was loaded. */
  problems: readonly string[];
}

export function pidFileOf(config: Pick<Config, 'GUARDIA_PID_FILE' | 'GUARDIA_DATA'>): string {
  return config.GUARDIA_PID_FILE ?? join(config.GUARDIA_DATA, 'guardia.pid');
}

/**
 * Writes the pid file of this process: pid and start, a line each. Resolves with the process that has it, if another
 * one that lives does; the file stays as it is then.
 */
export async function takePidFile(file: string): Promise<RunningProcess | null> {
  const other = await processIn(file);
  if (other && other.pid !== process.pid && (await isRunning(other))) return other;
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, `${process.pid}\n${await startOf(process.pid)}\n`);
  return null;
}

export async function leavePidFile(file: string): Promise<void> {
  if ((await processIn(file))?.pid !== process.pid) return;
  await Promise.all([rm(file, { force: true }), rm(reportFileOf(file), { force: true })]);
}

/** Null when there is no such file, or another one. */
export async function processIn(file: string): Promise<RunningProcess | null> {
  const [pid, started] = (await textOf(file))?.split('\n') ?? [];
  return Number(pid) > 0 && started ? { pid: Number(pid), started } : null;
}

/** Whether it is that very process that runs under its pid. */
export async function isRunning({ pid, started }: RunningProcess): Promise<boolean> {
  return (await startOf(pid)) === started;
}

/** Does nothing where the pid file is that of another process. */
export async function writeReport(file: string, report: Omit<ReloadReport, 'pid'>): Promise<void> {
  const { pid } = process;
  if ((await processIn(file))?.pid === pid)
    await writeWhole(reportFileOf(file), JSON.stringify({ pid, ...report }));
}

export async function readReport(file: string): Promise<ReloadReport | null> {
  const text = await textOf(reportFileOf(file));
  return text === null ? null : (JSON.parse(text) as ReloadReport);
}

function reportFileOf(file: string): string {
  return `${file}.reload`;
}

/** Boot and ticks since then on Linux, the time of day elsewhere; null when there is no such process. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await textOf(`/proc/${pid}/stat`);
  if (stat !== null) {
    // Behind the name, which may hold spaces and parentheses, the start is the twentieth field.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${(await textOf('/proc/sys/kernel/random/boot_id'))?.trim()} ${ticks}`;
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C' },
  }).catch(() => ({ stdout: '' }));
  return stdout.trim() || null;
}

/** Whoever reads it sees all of it, or what was there before. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o644 });
  await rename(draft, file);
}

function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}
