import type { Located, Path } from './document.ts';
import type { Problem } from './problem.ts';
import type { ServiceFile } from './schema.ts';

type Settings = Readonly<Record<string, string>>;

const SETTING = /^\$\{([A-Z][A-Z0-9_]*)\}$/;
const CHANNEL = { pattern: /^[CG][A-Z0-9]+$/, what: 'a Slack channel id, such as C0123456789' };
const GROUP = { pattern: /^S[A-Z0-9]+$/, what: 'a Slack user group id, such as S0123456789' };

/**
 * A service with its channel and its roles' groups filled in from the settings. What is missing stays as it was
 * written and is a problem `setting`; values are never shown.
 */
export function fillService(
  document: Located,
  service: ServiceFile,
  settings: Settings,
): { service: ServiceFile; problems: Problem[] } {
  const problems: Problem[] = [];
  const fill = (text: string, path: Path, wanted: typeof CHANNEL): string => {
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
  return { service: { ...service, channel, roles: Object.fromEntries(roles) }, problems };
}
