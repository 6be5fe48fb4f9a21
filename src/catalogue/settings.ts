import { addressesOf } from './connections.ts';
import type { Located, Path } from './document.ts';
import type { Problem } from './problem.ts';
import type { ObjectiveFile, Policies, ServiceFile } from './schema-service.ts';

type Settings = Readonly<Record<string, string>>;
/** What a text stands for; what is missing or wrong stays as it was written and is a problem. */
type Fill = (text: string, path: Path, wanted: typeof CHANNEL) => string;

const SETTING = /^\$\{([A-Z][A-Z0-9_]*)(?::-(.*))?\}$/;
const CHANNEL = { pattern: /^[CG][A-Z0-9]+$/, what: 'a Slack channel id, such as C0123456789' };
const GROUP = { pattern: /^S[A-Z0-9]+$/, what: 'a Slack user group id, such as S0123456789' };

/** A service's file, and where its connections are. */
export interface FilledService extends ServiceFile {
  addresses: Readonly<Record<string, readonly string[]>>;
}

/**
 * A service with its channels, its roles' groups, its objectives and the addresses of its dashboards filled in from the
 * settings. What is missing stays as it was written and is a problem `setting`, except for dashboards: their links are
 * left out. Values are never shown.
 */
export function fillService(
  document: Located,
  service: ServiceFile,
  settings: Settings,
): { service: FilledService; problems: Problem[] } {
  const problems: Problem[] = [];
  const fill: Fill = (text, path, wanted) => {
    const name = SETTING.exec(text)?.[1];
    if (name === undefined) return text;
    const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (value !== undefined && wanted.pattern.test(value)) return value;
    const message = value === undefined ? `${name} is not set` : `${name} is not ${wanted.what}`;
    problems.push(document.problem('setting', path, message, `set ${name} to ${wanted.what}`));
    return text;
  };
  const channel = fill(service.channel, ['channel'], CHANNEL);
  const roles = Object.entries(service.roles).map(([name, role]) => {
    return [name, { ...role, group: fill(role.group, ['roles', name, 'group'], GROUP) }] as const;
  });
  const filled = { ...service, channel, roles: Object.fromEntries(roles) };
  return {
    service: {
      ...filled,
      addresses: addressesOf(service.connections ?? {}, settings),
      ...(service.approval ? { approval: filledPolicies(service.approval, settings, fill) } : {}),
      ...(service.objectives
        ? { objectives: filledFigures(document, service.objectives, settings, problems) }
        : {}),
      ...(service.dashboards ? { dashboards: filledSites(service.dashboards, settings) } : {}),
    },
    problems,
  };
}

/** A channel that may be left out is left out where its setting is. */
function filledPolicies(policies: Policies, settings: Settings, fill: Fill): Policies {
  const filled = Object.entries(policies).map(([risk, policy]) => {
    const { channel, ...rest } = policy;
    const isLeftOut = channel === undefined || (channel.endsWith(':-}') && !settingIn(channel, settings)[1]);
    if (isLeftOut) return [risk, rest] as const;
    return [risk, { ...rest, channel: fill(channel, ['approval', risk, 'channel'], CHANNEL) }] as const;
  });
  return Object.fromEntries(filled);
}

type Objectives = Record<string, ObjectiveFile>;

function filledFigures(
  document: Located,
  objectives: Objectives,
  settings: Settings,
  problems: Problem[],
): Objectives {
  const filled = Object.entries(objectives).map(([name, objective]) => {
    const key = 'limit' in objective ? 'limit' : 'target';
    const written = 'limit' in objective ? objective.limit : objective.target;
    const [setting = '', text] = typeof written === 'number' ? [] : settingIn(written, settings);
    const figure = typeof written === 'number' ? written : Number(text ?? NaN);
    if (Number.isNaN(figure)) {
      const message = text === undefined ? `${setting} is not set` : `${setting} is not a number`;
      const path = ['objectives', name, key];
      problems.push(document.problem('setting', path, message, `set ${setting} to a number`));
      return [name, objective] as const;
    }
    return [name, { ...objective, [key]: figure }] as const;
  });
  return Object.fromEntries(filled) as Objectives;
}

function filledSites(sites: NonNullable<ServiceFile['dashboards']>, settings: Settings) {
  const filled = Object.entries(sites).flatMap(([name, written = '']) => {
    const [setting, text] = settingIn(written, settings);
    const site = setting === undefined ? written : text;
    return site === undefined || !/^https?:\/\//.test(site) ? [] : [[name, site] as const];
  });
  return Object.fromEntries(filled);
}

/** The name of the setting that stands in a text, and its value or default. */
function settingIn(text: string, settings: Settings): [string?, string?] {
  const match = SETTING.exec(text);
  if (!match) return [];
  const [, name = '', otherwise] = match;
  return [name, (Object.hasOwn(settings, name) && settings[name]) || otherwise];
}
