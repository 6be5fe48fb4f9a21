import { AUDIT_HELP, runAudit } from './audit/command-line.ts';
import { RUNBOOKS_HELP, runRunbooks, type Terminal } from './catalogue/command-line.ts';
import { readDotEnv } from './config.ts';
import { RELOAD_HELP, runReload } from './reload-command.ts';
import { stepKinds } from './steps/index.ts';

const HELP = `Guardia on the command line

${RUNBOOKS_HELP}

${AUDIT_HELP}

${RELOAD_HELP}`;

type Area = (argv: readonly string[], terminal: Terminal) => Promise<number>;

/** One line for each area of commands: `guardia <area> <command>`, or `guardia reload`. */
const AREAS: Readonly<Record<string, Area>> = {
  runbooks: (argv, terminal) => runRunbooks(argv, stepKinds, terminal),
  audit: runAudit,
  reload: runReload,
};

async function main([area, ...argv]: readonly string[], terminal: Terminal): Promise<number> {
  if (area === undefined || area === '--help' || area === '-h' || area === 'help') {
    terminal.out(HELP);
    return 0;
  }
  const run = Object.hasOwn(AREAS, area) ? AREAS[area] : undefined;
  if (run) return run(argv, terminal);
  terminal.err(
    `guardia: there is no "${area}"; there is ${Object.keys(AREAS).join(', ')}. See guardia --help.`,
  );
  return 2;
}

readDotEnv();
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  environment: process.env,
});
