import { parse } from 'yaml';
import { readSources } from '../catalogue/source.ts';
import { type Cast, defaultCast } from './workspace/cast.ts';

/** Channels and groups for whatever services a catalogue has, and the settings that name them. */
export interface Company {
  cast: Cast;
  settings: Record<string, string>;
}

/** What of a service's file matters here; nothing of it is checked, since the loader says what is wrong. */
interface Written {
  title?: string;
  channel?: string;
  roles?: Record<string, { title?: string; group?: string }>;
  approval?: Record<string, { by?: string[]; channel?: string } | null>;
  dashboards?: Record<string, string>;
  connections?: Record<string, { kind?: string; url?: string }>;
}

const SETTING = /^\$\{([A-Z][A-Z0-9_]*)(?::-.*)?\}$/;
const BOT = 'U0GUARDIA';
const AUDIT = 'C0AUDIT';
/** On call for everything, and in the approver groups, too: her own vote is refused for being hers. */
const ON_CALL = 'U0NOOR';
const APPROVERS = ['U0SAM', 'U0INES', ON_CALL];

/** A workspace that has a channel for every service of the catalogue and a group for every role. */
export async function companyFor(folder: string): Promise<Company> {
  const { files } = await readSources(folder);
  const company: Company = { cast: emptyCast(), settings: {} };
  for (const file of files.filter(({ name }) => name === 'service')) {
    const written = read(file.text);
    addChannel(company, file.service, written);
    addGroups(company, file.service, written);
    addApprovals(company, file.service, written);
    for (const { kind, url } of Object.values(written.connections ?? {})) {
      // Nobody is asked there: where it is known, its button is shown.
      if (kind === 'alertmanager') set(company, url, 'http://alertmanager.invalid');
    }
    for (const [site, address] of Object.entries(written.dashboards ?? {})) {
      set(company, address, `https://${site}.example.com`);
    }
  }
  addAudit(company);
  company.cast.channels.sort((a, b) => Number(a.name === 'general') - Number(b.name === 'general'));
  return company;
}

/** Where Guardia tells what has gone another way than usual. */
function addAudit({ cast, settings }: Company): void {
  const members = [BOT, ...cast.people.map((person) => person.id)];
  cast.channels.push({
    id: AUDIT,
    name: 'guardia-audit',
    topic: 'What went another way than usual',
    members,
  });
  settings.AUDIT_CHANNEL = AUDIT;
}

/** The people of practice, before any service has its channel and its groups. */
function emptyCast(): Cast {
  const cast = defaultCast();
  const people = cast.people.map((person) =>
    person.id === ON_CALL ? { ...person, title: 'On call' } : person,
  );
  return { ...cast, people, channels: cast.channels.filter(({ name }) => name === 'general'), groups: [] };
}

function read(text: string): Written {
  try {
    const value: unknown = parse(text);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}

function set({ settings }: Company, written: string | undefined, value: string): void {
  const name = SETTING.exec(written ?? '')?.[1];
  if (name !== undefined) settings[name] ??= value;
}

function addChannel(company: Company, service: string, { title = service, channel }: Written): void {
  const name = `${service}-alerts`;
  const known = company.cast.channels.find((one) => one.name === name);
  const id = known?.id ?? writtenId(channel) ?? idOf('C0', service);
  if (!company.cast.channels.some((one) => one.id === id)) {
    const members = [BOT, ...company.cast.people.map((person) => person.id)];
    company.cast.channels.push({
      id,
      name,
      topic: `Alerts of ${title} and what is done about them`,
      members,
    });
  }
  set(company, channel, id);
}

function addGroups(
  company: Company,
  service: string,
  { roles = {}, approval, title = service }: Written,
): void {
  const approvers = Object.values(approval ?? {}).flatMap((policy) => policy?.by ?? []);
  for (const [role, { group, title: words = role }] of Object.entries(roles)) {
    const handle = `${service}-${role}`;
    const known = company.cast.groups.find((one) => one.handle === handle);
    const id = known?.id ?? writtenId(group) ?? idOf('S0', handle);
    if (!company.cast.groups.some((one) => one.id === id)) {
      const members = approvers.includes(role) ? APPROVERS : [ON_CALL];
      company.cast.groups.push({ id, handle, name: `${words}, ${title}`, members });
    }
    set(company, group, id);
  }
}

/** The channel where requests for approval stand, where a policy names one: of the approvers alone. */
function addApprovals(company: Company, service: string, { approval, title = service }: Written): void {
  const channels = Object.values(approval ?? {}).flatMap((policy) => policy?.channel ?? []);
  if (channels.length === 0) return;
  const name = `${service}-approvals`;
  const id = idOf('C0', name);
  const topic = `Where those decide who approve actions of ${title}`;
  company.cast.channels.push({ id, name, topic, members: [BOT, ...APPROVERS] });
  for (const channel of channels) set(company, channel, id);
}

/** A catalogue may name a channel or a group of a real workspace; practice has one of that id. */
function writtenId(written: string | undefined): string | undefined {
  return /^[CGS][A-Z0-9]+$/.test(written ?? '') ? written : undefined;
}

function idOf(prefix: string, name: string): string {
  return prefix + name.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
