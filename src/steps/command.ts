import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { fillArguments, unknownPlaceholders } from './shared/placeholders.ts';
import { clipped, count, firstLine } from './shared/text.ts';
import type { CommandResult, Evidence, StepCall, StepKind } from './step-kind.ts';

const input = z.strictObject({
  /** Program and arguments; each placeholder becomes (part of) one argument. There is no shell. */
  run: z.array(z.string()).min(1),
  on: z.string().min(1),
});

type Input = z.output<typeof input>;
type Call = StepCall<Input, unknown>;

/** An argv on a target. The value is `{ exit, output }`, output being its first line. */
export const command: StepKind<Input> = {
  name: 'command',
  about: 'Runs a program with its arguments on a target; there is no shell.',
  input,
  check: ({ run }, parameterNames) => [...unknownPlaceholders(run, parameterNames), ...programProblems(run)],
  async observe(call) {
    const result = await run(call);
    return {
      value: { exit: result.exitCode, output: clipped(firstLine(result.stdout), 500) },
      evidence: evidenceOf(call, result),
    };
  },
  async preview(call) {
    return { what: `${words(call)} on ${call.input.on}`, evidence: [] };
  },
  async fingerprint(call) {
    return { substance: { command: words(call), target: call.input.on } };
  },
  async perform(call) {
    const result = await run(call);
    if (result.exitCode === 0)
      return { says: `${words(call)} ended well on ${result.where}`, evidence: evidenceOf(call, result) };
    const reason = clipped(firstLine(result.stderr) || firstLine(result.stdout), 300);
    throw new GuardiaError(
      'refused',
      `${words(call)} on ${result.where} ended with exit code ${result.exitCode}: ${reason}`,
    );
  },
};

function programProblems([program = '']: readonly string[]): string[] {
  return program.includes('{') ? [`the program cannot be a parameter: ${program}`] : [];
}

function run(call: Call): Promise<CommandResult> {
  const [problem] = programProblems(call.input.run);
  if (problem) throw new GuardiaError('bad-input', problem);
  return call.run(call.input.on, fillArguments(call.input.run, call.parameters));
}

function words(call: Call): string {
  return fillArguments(call.input.run, call.parameters)
    .map((argument) => (/^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument)))
    .join(' ');
}

function evidenceOf(call: Call, result: CommandResult): Evidence[] {
  const left = result.dropped > 0 ? `\n(${count(result.dropped)} more bytes were not kept)` : '';
  const output = `${result.stdout}${result.stderr}`.trim();
  return [
    { label: 'Command', text: `${words(call)} on ${result.where}: exit code ${result.exitCode}` },
    ...(output === '' ? [] : [{ label: 'Output', text: clipped(output, 4_000) + left }]),
  ];
}
