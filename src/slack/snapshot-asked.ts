import { parseArguments } from '../catalogue/arguments.ts';
import type { Catalogue, Runbook, Service } from '../catalogue/catalogue.ts';
import { connectionBehind, connectionOf } from '../catalogue/connections.ts';
import { listed, meant, nearest } from '../catalogue/nearest.ts';
import { parametersFor } from '../catalogue/parameters.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { badParameters } from '../report/help.ts';
import type { SnapshotSubject } from '../report/states.ts';
import { findHere } from './resolve.ts';

export type SnapshotAsked =
  | { ok: true; subject: SnapshotSubject }
  /** `lacks` is a runbook that needs parameters which nobody gave. */
  | { ok: false; says: string; code?: string; lacks?: Runbook };

interface Where {
  catalogue: Catalogue;
  channel: string;
}

const LONGEST_QUERY = 2_000;
const SHORTEST = '1m';
const LONGEST = '30d';
const WINDOW = /\s+last\s+(\d{1,6})\s*(m|min|h|hours?|d|days?)$/i;
const OF_SERVICE = /^([a-z][\w-]*):\s+(\S.*)$/is;
const RUNBOOK = /^([a-z][a-z0-9-]*\/)?[a-z][a-z0-9-]*(\s+[\w-]+=.*)?$/is;

/**
 * What `/snapshot` is asked for: `[service: ]PromQL [last 6h]`, the link of a Grafana panel, or
 * `[service/]runbook name=value`. A name that a runbook has is that runbook; what is like one is no query either.
 */
export function snapshotAsked(catalogue: Catalogue, text: string, channel: string): SnapshotAsked {
  const here = { catalogue, channel };
  const [, name, ofService = ''] = OF_SERVICE.exec(text) ?? [];
  if (name !== undefined) return queryOf(here, name, ofService);
  if (/^https?:\/\//i.test(text)) return panelAt(here, text);
  return (RUNBOOK.test(text) ? runbookNamed(here, text) : null) ?? queryHere(here, text);
}

/** null where it is more likely a query than the name of a runbook. */
function runbookNamed({ catalogue, channel }: Where, text: string): SnapshotAsked | null {
  const read = parseArguments(text);
  if (!read.ok) return read;
  const name = (read.runbook ?? '').toLowerCase();
  const found = findHere(catalogue, name, channel);
  if (found.ok) return withParameters(found.service, found.runbook, read.parameters);
  const ofNoRunbook = catalogue.services.get(name);
  if (ofNoRunbook)
    return refused(`Say which runbook of ${name}: ${listed([...ofNoRunbook.runbooks.keys()])}.`);
  return isLikeOne(catalogue, name, found.nearest) ? refused(found.says) : null;
}

/** `redis-dwon` is a difference in PromQL, and `denis/x` a quotient: nobody means that. */
function isLikeOne(catalogue: Catalogue, name: string, near: readonly string[]): boolean {
  const [service = ''] = name.split('/');
  const exact = near.some((one) => one.endsWith(`/${name}`));
  return exact || (/[-/]/.test(name) && (near.length > 0 || catalogue.services.has(service)));
}

function withParameters(
  service: Service,
  runbook: Runbook,
  given: Readonly<Record<string, string>>,
): SnapshotAsked {
  const read = parametersFor(runbook, given);
  if (read.ok) {
    const { parameters } = read;
    return { ok: true, subject: { of: 'runbook', service: service.name, runbook: runbook.name, parameters } };
  }
  const lacking = Object.entries(runbook.parameters).filter(
    ([name, { default: value }]) => value === undefined && !Object.hasOwn(given, name),
  );
  const says = badParameters(read.problems);
  return lacking.length === read.problems.length ? { ok: false, says, lacks: runbook } : refused(says);
}

function panelAt({ catalogue }: Where, text: string): SnapshotAsked {
  const { asked, window } = apart(text);
  if (/\s/.test(asked) || !URL.canParse(asked))
    return refused('This is not a link. Copy it in Grafana: Share, Link.');
  for (const service of catalogue.services.values()) {
    const connection = connectionBehind(service, 'grafana', asked);
    if (connection === null) continue;
    const link = window === null ? asked : withWindow(asked, window);
    return { ok: true, subject: { of: 'panel', service: service.name, connection, link } };
  }
  const { origin } = new URL(asked);
  return refused(
    `No service has a connection to ${origin}, so Guardia does not open this link. Add one to the service.yml of the service whose panels these are:`,
    `connections:\n  grafana: { kind: grafana, url: ${origin} }`,
  );
}

/** Grafana keeps what a panel shows in its address. */
function withWindow(link: string, window: string): string {
  const url = new URL(link);
  url.searchParams.set('from', `now-${window}`);
  url.searchParams.set('to', 'now');
  return url.href;
}

function queryOf({ catalogue }: Where, name: string, text: string): SnapshotAsked {
  const service = catalogue.services.get(name.toLowerCase());
  if (!service) {
    const hint = meant(name, catalogue.services.keys(), 'there are');
    return refused(`There is no service "${name.slice(0, 60)}": ${hint}`);
  }
  const connection = connectionOf(service, 'prometheus');
  if (connection !== null) return query(service, connection, text);
  return refused(`${service.name} has no connection to a Prometheus: add one to its service.yml.`);
}

/** The channel's own service answers, else the only one that could. */
function queryHere({ catalogue, channel }: Where, text: string): SnapshotAsked {
  const able = [...catalogue.services.values()].filter(
    (service) => connectionOf(service, 'prometheus') !== null,
  );
  const own = able.filter((service) => service.channel === channel);
  const [only, ...others] = own.length > 0 ? own : able;
  if (!only) return refused('No service has a connection to a Prometheus: add one to a service.yml.');
  if (others.length === 0)
    return query(only, connectionOf(only, 'prometheus') ?? '', text, hintFor(catalogue, text));
  const names = [only, ...others].map(({ name }) => name);
  const shown = text.length > 80 ? '…' : text;
  return refused('Say whose Prometheus:', names.map((name) => `/snapshot ${name}: ${shown}`).join('\n'));
}

/** A bare word is a metric, if there is one; else it may have been the beginning of a runbook's name. */
function hintFor(catalogue: Catalogue, text: string): string | undefined {
  if (!/^[a-z][a-z0-9]*$/i.test(text)) return undefined;
  const names = [...catalogue.services.values()].flatMap((service) => [...service.runbooks.keys()]);
  const near = nearest(text, new Set(names));
  return near.length > 0 ? `Did you mean the runbook ${near.join(', ')}?` : undefined;
}

function query(service: Service, connection: string, text: string, hint?: string): SnapshotAsked {
  const { asked, window } = apart(text);
  const says = tooLong(asked) ?? outOfBounds(window);
  if (says !== null) return refused(says);
  const subject = { of: 'query', service: service.name, connection, query: asked } as const;
  return { ok: true, subject: { ...subject, window: window ?? '1h', ...(hint ? { hint } : {}) } };
}

/** The window at the end, as a duration such as `6h`; null when there is none. */
function apart(text: string): { asked: string; window: string | null } {
  const [whole = '', amount, unit = ''] = WINDOW.exec(text) ?? [];
  if (amount === undefined) return { asked: text, window: null };
  return { asked: text.slice(0, -whole.length), window: `${Number(amount)}${unit.charAt(0).toLowerCase()}` };
}

function tooLong(asked: string): string | null {
  if (asked.length <= LONGEST_QUERY) return null;
  return `A query may have 2,000 characters, and this one has ${asked.length.toLocaleString('en-US')}.`;
}

function outOfBounds(window: string | null): string | null {
  if (window === null) return null;
  const ms = durationMs(window);
  return ms >= durationMs(SHORTEST) && ms <= durationMs(LONGEST)
    ? null
    : `The last ${window} cannot be drawn: choose between ${SHORTEST} and ${LONGEST}, for example last 6h.`;
}

function refused(says: string, code?: string): SnapshotAsked {
  return { ok: false, says, ...(code === undefined ? {} : { code }) };
}
