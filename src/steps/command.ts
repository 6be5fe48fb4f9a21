import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { ageOfNewest, numberPrinted, type Printed } from './shared/command/printed.ts';
import { fillArguments, unknownPlaceholders } from './shared/placeholders.ts';
import { clipped, count, firstLine } from './shared/text.ts';
import type { CommandResult, Evidence, StepCall, StepKind } from './step-kind.ts';

const input = z
  .strictObject({
    /** Program and arguments; each placeholder becomes (part of) one argument. There is no shell. */
    run: z.array(z.string()).min(1),
    on: z.string().min(1),
    /** The value is the number that its output begins with. */
    number: z.literal(true).optional(),
    /** Its output is times, in epoch seconds, one a line: the value is how many hours ago the newest was. */
    'age-of-newest': z.literal(true).optional(),
  })
  .refine(
    (asked) => !(asked.number && asked['age-of-newest']),
    'number and age-of-newest exclude each other',
  );

type Input = z.output<typeof input>;
type Call = StepCall<Input, unknown>;

/** An argv on a target. The value is `{ exit, output, lines }`, output being its first line, unless a number is asked for. */
export const command: StepKind<Input> = {
  name: 'command',
  about: 'Runs a program with its arguments on a target; there is no shell.',
  input,
  check: ({ run }, parameterNames) => [...unknownPlaceholders(run, parameterNames), ...programProblems(run)],
  async observe(call) {
    const result = await run(call);
    const { exitCode: exit, stdout, lines } = result;
    const evidence = evidenceOf(call, result);
    const read = readerOf(call.input);
    if (read) return { ...read(succeeded(call, result)), evidence };
    return { value: { exit, output: clipped(firstLine(stdout), 500), lines }, evidence };
  },
  async preview(call) {
    const { where } = await call.place(call.input.on);
    return { what: `${words(call)} on ${call.input.on} (${where})`, evidence: [] };
  },
  async fingerprint(call) {
    const { substance } = await call.place(call.input.on);
    return { substance: { command: words(call), target: call.input.on, ...substance } };
  },
  async perform(call) {
    await refuseElsewhere(call);
    const result = succeeded(call, await run(call, { changes: true }));
    return { says: `${words(call)} ended well on ${result.where}`, evidence: evidenceOf(call, result) };
  },
};

function programProblems([program = '']: readonly string[]): string[] {
  return program.includes('{') ? [`the program cannot be a parameter: ${program}`] : [];
}

function readerOf(asked: Input): ((result: CommandResult) => Printed) | undefined {
  if (asked.number) return numberPrinted;
  return asked['age-of-newest'] ? ageOfNewest : undefined;
}

function run(call: Call, options?: { changes: boolean }): Promise<CommandResult> {
  const [problem] = programProblems(call.input.run);
  if (problem) throw new GuardiaError('bad-input', problem);
  return call.run(call.input.on, fillArguments(call.input.run, call.parameters), options);
}

/** A pod that was replaced, a container that was made anew: what was planned there is not done elsewhere. */
async function refuseElsewhere({ planned, input: { on }, place }: Call): Promise<void> {
  if (!planned) return;
  const { where, substance } = await place(on);
  if (Object.entries(substance).some(([key, value]) => planned.substance[key] !== value))
    throw new GuardiaError(
      'conflict',
      `${on} is another place than was planned, now ${where}; nothing was done`,
    );
}

/** Exit codes from here on are those of programs that a signal ended, or that lost what they talked to (255). */
const KILLED = 128;

/** A program that ends by itself says that it failed, and its output what came of it. */
function succeeded(call: Call, result: CommandResult): CommandResult {
  const { exitCode, stdout, stderr, where } = result;
  if (exitCode === 0) return result;
  const reason = clipped(firstLine(stderr) || firstLine(stdout), 300) || 'it printed nothing';
  const message = `${words(call)} on ${where} ended with exit code ${exitCode}: ${reason}`;
  throw new GuardiaError('refused', message, { conclusive: exitCode < KILLED });
}

/** The argv as it runs, to be read without doubt: what is not plain stands in quotes, what cannot be seen as its code. */
function words(call: Call): string {
  return fillArguments(call.input.run, call.parameters)
    .map((argument) => (/^[\w./:=@%+,-]+$/.test(argument) ? argument : visible(JSON.stringify(argument))))
    .join(' ');
}

function visible(text: string): string {
  return text.replace(/[^\P{C}]|[^\P{Z} ]/gu, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`);
}

function evidenceOf(call: Call, result: CommandResult): Evidence[] {
  const left = result.dropped > 0 ? `\n(${count(result.dropped)} more bytes were not kept)` : '';
  const output = `${result.stdout}${result.stderr}`.trim();
  return [
    { label: 'Command', text: `${words(call)} on ${result.where}: exit code ${result.exitCode}` },
    ...(output === '' ? [] : [{ label: 'Output', text: clipped(output, 4_000) + left }]),
  ];
}
