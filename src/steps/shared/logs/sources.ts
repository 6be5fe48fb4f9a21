import { GuardiaError } from '../../../errors.ts';
import type { StepCall } from '../../step-kind.ts';
import { containerLogs, dockerConnection } from '../docker/client.ts';
import { kubernetesConnection } from '../kubernetes/client.ts';
import { selectorOf } from '../kubernetes/names.ts';
import { podLogs } from '../kubernetes/pod-logs.ts';
import { fillText } from '../placeholders.ts';
import { clipped, count, firstLine } from '../text.ts';
import type { LogText } from './lines.ts';
import { elasticsearchConnection, searchLines } from './search.ts';

const UNIT = /^[A-Za-z0-9_:][\w:.@\\-]{0,254}$/;
/** Of an index, unless the step says otherwise. */
const MOST_FOUND = 200;
const MOST_OF_UNIT = 5_000;
/** What journalctl says beside the lines, and what it says when it may not see them. */
const REMARK = /^-- .* --$/gm;
const UNSEEN =
  /No journal files were (?:found|opened)|insufficient permissions|not seeing messages from other users/i;

export type LogCall = Pick<
  StepCall<unknown, unknown>,
  'another' | 'clients' | 'deadlineMs' | 'parameters' | 'run' | 'signal'
>;

/** How far back, and how many lines from the end; of several pods, of each. */
export interface Extent {
  sinceSeconds?: number | undefined;
  tail?: number | undefined;
}

export interface Reading {
  /** `pods with app=denis in denis` */
  what: string;
  texts: LogText[];
  /** There was more than this. */
  cut: boolean;
  /** Of an index: how many lines there are, where not all were fetched. */
  total?: number;
}

export async function readPods(
  call: LogCall,
  connectionName: string,
  template: string,
  extent: Extent,
): Promise<Reading> {
  const connection = await call.another(connectionName, kubernetesConnection);
  const selector = selectorOf(template, call.parameters);
  const logs = await podLogs(call.clients, connection, { selector, ...extent, signal: call.signal });
  const what = `pods with ${selector} in ${connection.namespace}`;
  if (logs.length === 0) throw new GuardiaError('no-data', `there are no ${what}`);
  const texts = logs.map(({ pod, text }) => ({ from: pod, text }));
  return { what, texts, cut: logs.some(({ cut }) => cut) };
}

export async function readContainer(
  call: LogCall,
  connectionName: string,
  template: string,
  extent: Extent,
): Promise<Reading> {
  const connection = await call.another(connectionName, dockerConnection);
  const container = fillText(template, call.parameters, (value) => value);
  const { text, cut } = await containerLogs(call.clients, connection, {
    container,
    ...extent,
    signal: call.signal,
  });
  return { what: `container ${container}`, texts: [{ from: container, text }], cut };
}

/** journalctl on a target. */
export async function readUnit(
  call: LogCall,
  on: string,
  template: string,
  { sinceSeconds, tail = MOST_OF_UNIT }: Extent,
): Promise<Reading> {
  const unit = fillText(template, call.parameters, (value) => value);
  if (!UNIT.test(unit))
    throw new GuardiaError('bad-input', `${JSON.stringify(unit)} is not the name of a unit`);
  const since = sinceSeconds === undefined ? [] : ['--since', `${sinceSeconds} seconds ago`];
  const argv = ['journalctl', '--unit', unit, ...since, '-n', String(tail), '--no-pager', '-o', 'short-iso'];
  const { exitCode, stdout, stderr, dropped, where } = await call.run(on, argv);
  if (exitCode !== 0 || UNSEEN.test(stderr)) {
    const reason = clipped(firstLine(stderr) || firstLine(stdout) || 'it said nothing', 300);
    throw new GuardiaError('refused', `journalctl on ${where} ended with exit code ${exitCode}: ${reason}`);
  }
  const text = stdout.replace(REMARK, '');
  const lines = text.split('\n').length - 1;
  return {
    what: `unit ${unit} on ${where}`,
    texts: [{ from: unit, text }],
    cut: dropped > 0 || lines >= tail,
  };
}

export async function searchIndex(
  call: LogCall,
  connectionName: string,
  asked: { index: string; query: string },
  { sinceSeconds = 0, tail = MOST_FOUND }: Extent,
): Promise<Reading> {
  const connection = await call.another(connectionName, elasticsearchConnection);
  const { clients, parameters, deadlineMs, signal } = call;
  const request = { ...asked, parameters, sinceSeconds, lines: tail, deadlineMs, signal };
  const { where, query, total, lines, incomplete } = await searchLines(clients, connection, request);
  const what = `${query} in ${where}`;
  return { what, texts: [{ from: where, text: lines.join('\n') }], cut: incomplete, total };
}

export function extentInWords({ sinceSeconds, tail }: Extent): string {
  const last = tail === undefined ? '' : `, the last ${count(tail)} lines`;
  return sinceSeconds === undefined ? last : `${last}, since ${span(sinceSeconds)} ago`;
}

function span(seconds: number): string {
  const [unit, length] = seconds % 3_600 === 0 ? ['h', 3_600] : seconds % 60 === 0 ? ['min', 60] : ['s', 1];
  return `${count(seconds / Number(length))} ${unit}`;
}
