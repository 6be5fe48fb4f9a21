import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Terminal } from './catalogue/command-line.ts';
import { messageOf } from './errors.ts';
import {
  isRunning,
  pidFileOf,
  processIn,
  type ReloadReport,
  type RunningProcess,
  readReport,
} from './pid-file.ts';

export const RELOAD_HELP = `guardia reload: have the running Guardia load its catalogue again, and say what came of it

  guardia reload             exit code 0 when it was loaded, 1 when it was refused: then the one before stays in force
  guardia reload --practice  the practice workspace on this machine

It finds the process by its pid file: GUARDIA_PID_FILE, or guardia.pid in GUARDIA_DATA. Without it: kill -HUP <pid>,
and look at /guardia status or /health/ready.`;

const WITHIN_MS = 60_000;
const EVERY_MS = 50;

/** `guardia reload`. Resolves with the exit code. */
export async function runReload(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [flag, ...more] = argv;
  if (flag === '--help' || flag === '-h') {
    terminal.out(RELOAD_HELP);
    return 0;
  }
  if ((flag !== undefined && flag !== '--practice') || more.length > 0) {
    terminal.err(`guardia: "${argv.join(' ')}" is not understood. See guardia reload --help.`);
    return 2;
  }
  return reload(fileFor(terminal.environment, flag === '--practice'), terminal);
}

function fileFor(environment: Terminal['environment'], practice: boolean): string {
  const data = environment.GUARDIA_DATA || './data';
  return pidFileOf({
    GUARDIA_DATA: practice ? join(data, 'practice') : data,
    GUARDIA_PID_FILE: environment.GUARDIA_PID_FILE || undefined,
  });
}

async function reload(file: string, terminal: Terminal): Promise<number> {
  const running = await processIn(file);
  if (!running || !(await isRunning(running))) {
    terminal.err(
      `guardia: no running Guardia is known by ${file}. Is it started, with the same GUARDIA_DATA and GUARDIA_PID_FILE, and on this machine (in this container)?`,
    );
    return 1;
  }
  const askedAt = Date.now();
  try {
    process.kill(running.pid, 'SIGHUP');
  } catch (error) {
    terminal.err(
      `guardia: process ${running.pid} cannot be signalled: ${messageOf(error)}. Run this as its user.`,
    );
    return 1;
  }
  const report = await reportOf(file, running, askedAt);
  return typeof report === 'string' ? said(terminal, `guardia: ${report}`) : tell(report, terminal);
}

/** The report of a reload that began after it was asked for; a sentence when there will be none. */
async function reportOf(
  file: string,
  running: RunningProcess,
  askedAt: number,
): Promise<ReloadReport | string> {
  const until = performance.now() + WITHIN_MS;
  while (performance.now() < until) {
    const report = await readReport(file);
    if (report?.pid === running.pid && report.beganAt >= askedAt) return report;
    if (!(await isRunning(running)))
      return `process ${running.pid} ended before it had loaded the catalogue.`;
    await wait(EVERY_MS);
  }
  return `process ${running.pid} did not say within ${WITHIN_MS / 1_000} s what came of it. Look at its log.`;
}

function tell({ revision, problems }: ReloadReport, terminal: Terminal): number {
  const short = revision.slice(0, 12);
  if (problems.length > 0)
    return said(terminal, `The catalogue was refused; ${short} stays in force.\n${problems.join('\n')}`);
  terminal.out(`The catalogue was loaded: ${short} is in force.`);
  return 0;
}

function said(terminal: Terminal, words: string): number {
  terminal.err(words);
  return 1;
}
