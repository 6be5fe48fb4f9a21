import { fillSettings, type Settings } from '../steps/shared/settings.ts';
import type { Service } from './catalogue.ts';

type Connections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Keys of a connection that say where it is: for Guardia, and for people where that is another address. */
const PLACES = ['url', 'link'] as const;

/** The http addresses of connections with settings filled in; what is missing, secret or no address is left out. */
export function addressesOf(connections: Connections, settings: Settings): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(connections).map(([name, connection]) => [
      name,
      PLACES.flatMap((key) => addressIn(connection[key], settings) ?? []),
    ]),
  );
}

function addressIn(written: unknown, settings: Settings): string | undefined {
  const text = filled(written, settings);
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : null;
  return url && /^https?:$/.test(url.protocol)
    ? `${url.origin}${url.pathname.replace(/\/+$/, '')}`
    : undefined;
}

function filled(written: unknown, settings: Settings): string | undefined {
  if (typeof written !== 'string' || written.includes('vault:')) return undefined;
  try {
    return String(fillSettings(written, settings));
  } catch {
    return undefined;
  }
}

/** The service's connection of a kind: the one that is called like it, else the first; null when it has none. */
export function connectionOf({ environment }: Pick<Service, 'environment'>, kind: string): string | null {
  const [first = null] = connectionsOf(environment, kind).toSorted(
    (a, b) => Number(b === kind) - Number(a === kind),
  );
  return first;
}

/** The same, if it is known where that is, or Vault knows: what is not configured is not offered. */
export function configuredConnectionOf(
  service: Pick<Service, 'environment' | 'addresses'>,
  kind: string,
): string | null {
  const name = connectionOf(service, kind);
  if (name === null || service.addresses[name]?.length) return name;
  const { url } = service.environment.connections[name] as { url?: unknown };
  return String(url).includes('vault:') ? name : null;
}

/** The service's connection of a kind to which a link leads; null when it leads elsewhere. */
export function connectionBehind(
  { environment, addresses }: Pick<Service, 'environment' | 'addresses'>,
  kind: string,
  link: string,
): string | null {
  const names = connectionsOf(environment, kind);
  return names.find((name) => addresses[name]?.some((address) => leadsTo(link, address))) ?? null;
}

function connectionsOf({ connections }: Service['environment'], kind: string): string[] {
  return Object.keys(connections).filter(
    (name) => (connections[name] as { kind?: unknown } | null)?.kind === kind,
  );
}

/** Whole parts only: `https://grafana.example.com.evil` does not lead to `https://grafana.example.com`. */
function leadsTo(link: string, address: string): boolean {
  if (!URL.canParse(link)) return false;
  const { origin, pathname } = new URL(link);
  return `${origin}${pathname}/`.startsWith(`${address}/`);
}
