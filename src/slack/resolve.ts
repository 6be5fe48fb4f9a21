import { parseArguments } from '../catalogue/arguments.ts';
import type { Catalogue, Runbook, RunbookAction, Service } from '../catalogue/catalogue.ts';
import { findRunbook } from '../catalogue/find.ts';
import { parametersFor } from '../catalogue/parameters.ts';
import type { DiagnoseRequest } from '../flows/requests.ts';
import { badParameters, unknownAction } from '../report/help.ts';

type Refused = { ok: false; says: string };

export interface ResolvedRunbook {
  ok: true;
  service: Service;
  runbook: Runbook;
  parameters: DiagnoseRequest['parameters'];
}

export interface ResolvedAction extends ResolvedRunbook {
  action: RunbookAction;
  reason: string | null;
  /** `confirm=yes`: for mentions, where no dialog can ask. */
  confirmed: boolean;
}

/** `[service/]runbook name=value…` */
export function resolveRunbook(
  catalogue: Catalogue,
  text: string,
  channel: string,
): ResolvedRunbook | Refused {
  const read = parseArguments(text);
  if (!read.ok) return read;
  if (read.runbook === undefined) return { ok: false, says: 'Say which runbook, for example redis-down.' };
  const found = findHere(catalogue, read.runbook, channel);
  return found.ok ? withParameters(found, read.parameters) : found;
}

/** `[service/]runbook action name=value… reason="…"` */
export function resolveAction(
  catalogue: Catalogue,
  text: string,
  channel: string,
): ResolvedAction | (Refused & { found?: { service: Service; runbook: Runbook } }) {
  const [, first = '', name = null, rest = ''] =
    /^\s*([^\s=]+)(?:\s+([^\s="“]+)(?=\s|$))?(.*)$/su.exec(text) ?? [];
  const read = parseArguments(first === '' ? text : `${first} ${rest}`);
  if (!read.ok) return read;
  const found = findHere(catalogue, read.runbook ?? '', channel);
  if (!found.ok) return found;
  const { runbook } = found;
  const action = runbook.actions.find((one) => one.name === name?.toLowerCase());
  if (name === null) return { ok: false, says: whichAction(runbook), found };
  if (!action) return { ok: false, says: unknownAction(runbook.name, name, namesOf(runbook)) };
  const { reason, confirm, given } = takeOut(runbook, read.parameters);
  const resolved = withParameters(found, given);
  return resolved.ok ? { ...resolved, action, reason, confirmed: confirm === 'yes' } : resolved;
}

/** The service may be left out in its own channel, and wherever only one service has such a runbook. */
export function findHere(catalogue: Catalogue, asked: string, channel: string) {
  const here = [...catalogue.services.values()].find(
    (service) => service.channel === channel && service.runbooks.has(asked.toLowerCase()),
  );
  return findRunbook(catalogue, here ? `${here.name}/${asked}` : asked);
}

function withParameters(
  { service, runbook }: { service: Service; runbook: Runbook },
  given: Readonly<Record<string, string>>,
): ResolvedRunbook | Refused {
  const read = parametersFor(runbook, given);
  if (!read.ok) return { ok: false, says: badParameters(read.problems) };
  return { ok: true, service, runbook, parameters: read.parameters };
}

/** `reason` and `confirm` belong to the command, unless the runbook has parameters of these names. */
function takeOut(runbook: Runbook, parameters: Readonly<Record<string, string>>) {
  const given = { ...parameters };
  function take(name: string): string | null {
    const value = given[name];
    if (value === undefined || Object.hasOwn(runbook.parameters, name)) return null;
    delete given[name];
    return value;
  }
  return { reason: take('reason')?.trim() || null, confirm: take('confirm'), given };
}

function namesOf(runbook: Runbook): string[] {
  return runbook.actions.map((action) => action.name);
}

function whichAction(runbook: Runbook): string {
  const names = namesOf(runbook);
  if (names.length === 0) return unknownAction(runbook.name, '', names);
  return `Say which action of ${runbook.name}: ${names.join(', ')}.`;
}
