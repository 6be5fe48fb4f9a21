import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { kubernetesRoles } from '../steps/shared/kubernetes/roles.ts';
import type { StepKind } from '../steps/step-kind.ts';
import type { Catalogue, Runbook } from './catalogue.ts';
import { findRunbook } from './find.ts';
import { runbookJsonSchema, serviceJsonSchema } from './json-schema.ts';
import { kindsReference } from './kinds.ts';
import { loadCatalogue } from './load.ts';
import { type Problem, problemInWords } from './problem.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';
import { makeTable } from './table.ts';

/** Where a command writes, and what it reads beside its arguments. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  environment: Readonly<Record<string, string | undefined>>;
}

export const RUNBOOKS_HELP = `guardia runbooks: check and try out the catalogue of runbooks

  guardia runbooks lint [--json]             every problem, with file, line and how to mend it
  guardia runbooks test [service[/runbook]]  judge what each drill sees, and compare with what it expects
  guardia runbooks schema [runbook|service]  JSON Schema for editors
  guardia runbooks kinds                     every step kind with what it takes, for docs/step-kinds.md
  guardia runbooks rbac [service]            the roles in Kubernetes that are just enough for the catalogue
  guardia runbooks table [sources]           what became of the documents that runbooks were made from

  --commands <folder>   the catalogue; GUARDIA_COMMANDS or ./commands without it
  --json                lint: problems as a JSON list, for tools
  -h, --help            this text

Exit code: 0 when all is well, 1 when something was found, 2 when the command was not understood.
The language is described in docs/runbooks.md.`;

interface Call {
  operand: string | undefined;
  folder: string;
  json: boolean;
  kinds: readonly StepKind[];
  terminal: Terminal;
}

const COMMANDS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  lint,
  test,
  schema,
  table: printTable,
  kinds: printKinds,
  rbac,
};

/** `guardia runbooks …`. Resolves with the exit code. */
export async function runRunbooks(
  argv: readonly string[],
  kinds: readonly StepKind[],
  terminal: Terminal,
): Promise<number> {
  const read = readArguments(argv);
  if ('problem' in read) return misunderstood(terminal, read.problem);
  const { values, positionals } = read;
  const [name, operand, ...more] = positionals;
  if (values.help || (name === undefined && argv.length === 0)) {
    terminal.out(RUNBOOKS_HELP);
    return 0;
  }
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return misunderstood(terminal, `there is no command "runbooks ${name ?? ''}"`);
  if (more.length > 0) return misunderstood(terminal, `"${more[0]}" is one argument too many`);
  const folder = values.commands ?? terminal.environment.GUARDIA_COMMANDS ?? './commands';
  return command({ operand, folder, json: values.json ?? false, kinds, terminal });
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        commands: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function misunderstood(terminal: Terminal, problem: string): number {
  terminal.err(`guardia: ${problem}. See guardia runbooks --help.`);
  return 2;
}

async function lint({ operand, folder, json, kinds, terminal }: Call): Promise<number> {
  if (operand !== undefined)
    return misunderstood(terminal, 'lint looks at the whole catalogue; use --commands for another one');
  const { problems, files } = await load(folder, kinds);
  if (json) terminal.out(JSON.stringify(problems, null, 2));
  else for (const problem of problems) terminal.out(problemInWords(problem));
  if (!json)
    terminal.out(
      problems.length === 0 ? `No problems in ${files}.` : `\n${counted(problems.length, 'problem')}.`,
    );
  return problems.length === 0 ? 0 : 1;
}

/** Settings belong to where the bot runs, not to the catalogue: here their absence is no problem. */
async function load(
  folder: string,
  kinds: readonly StepKind[],
): Promise<{ catalogue?: Catalogue; problems: Problem[]; files: string }> {
  const { catalogue, problems } = await loadCatalogue(folder, {}, kinds);
  const services = [...(catalogue?.services.values() ?? [])];
  const runbooks = services.reduce((sum, service) => sum + service.runbooks.size, 0);
  return {
    ...(catalogue ? { catalogue } : {}),
    problems: problems.filter((problem) => problem.rule !== 'setting'),
    files: `${counted(services.length, 'service')} with ${counted(runbooks, 'runbook')}`,
  };
}

async function test({ operand, folder, kinds, terminal }: Call): Promise<number> {
  const { catalogue, problems } = await load(folder, kinds);
  if (!catalogue) {
    for (const problem of problems) terminal.err(problemInWords(problem));
    terminal.err('\nNo drill was run: mend the catalogue first.');
    return 1;
  }
  const chosen = choose(catalogue, operand);
  if ('problem' in chosen) {
    terminal.err(`guardia: ${chosen.problem}`);
    return 2;
  }
  const rehearsals = chosen.runbooks.flatMap(rehearse);
  for (const line of table(rehearsals)) terminal.out(line);
  const failed = rehearsals.filter((rehearsal) => rehearsal.faults.length > 0).length;
  terminal.out(`\n${rehearsals.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function choose(
  catalogue: Catalogue,
  asked: string | undefined,
): { runbooks: Runbook[] } | { problem: string } {
  if (asked === undefined) {
    return {
      runbooks: [...catalogue.services.values()].flatMap((service) => [...service.runbooks.values()]),
    };
  }
  const service = catalogue.services.get(asked);
  if (service) return { runbooks: [...service.runbooks.values()] };
  const found = findRunbook(catalogue, asked);
  return found.ok ? { runbooks: [found.runbook] } : { problem: found.says };
}

/** `passed  denis/redis-down  fault  Redis does not answer.`, and below it what came out otherwise. */
function table(rehearsals: readonly Rehearsal[]): string[] {
  const width = (key: 'runbook' | 'drill') =>
    Math.max(0, ...rehearsals.map((rehearsal) => rehearsal[key].length));
  const [runbooks, drills] = [width('runbook'), width('drill')];
  return rehearsals.flatMap(({ runbook, drill, sentence, faults }) => [
    `${faults.length === 0 ? 'passed' : 'FAILED'}  ${runbook.padEnd(runbooks)}  ${drill.padEnd(drills)}  ${sentence}`,
    ...faults.map((fault) => `        ${fault}`),
  ]);
}

async function schema({ operand = 'runbook', kinds, terminal }: Call): Promise<number> {
  if (operand !== 'runbook' && operand !== 'service') {
    return misunderstood(terminal, `there is a schema of a runbook and of a service, not of "${operand}"`);
  }
  const printed = operand === 'runbook' ? runbookJsonSchema(kinds) : serviceJsonSchema(kinds);
  terminal.out(JSON.stringify(printed, null, 2));
  return 0;
}

async function rbac({ operand, folder, kinds, terminal }: Call): Promise<number> {
  const { catalogue, problems } = await load(folder, kinds);
  if (!catalogue) {
    for (const problem of problems) terminal.err(problemInWords(problem));
    return 1;
  }
  const services = [...catalogue.services.values()].filter(({ name }) => name === (operand ?? name));
  if (services.length === 0) return misunderstood(terminal, `there is no service "${operand}"`);
  const settings = Object.entries(terminal.environment).flatMap(([name, value]) =>
    value ? [[name, value]] : [],
  );
  terminal.out(kubernetesRoles(services, Object.fromEntries(settings)).trimEnd());
  return 0;
}

async function printKinds({ kinds, terminal }: Call): Promise<number> {
  terminal.out(kindsReference(kinds).trimEnd());
  return 0;
}

async function printTable({ operand = 'docs/sources', folder, terminal }: Call): Promise<number> {
  const { text, problems } = await makeTable(folder, operand);
  for (const problem of problems) terminal.err(problem);
  if (problems.length === 0) terminal.out(text.trimEnd());
  return problems.length === 0 ? 0 : 1;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
