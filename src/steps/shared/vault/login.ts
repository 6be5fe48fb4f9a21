import { readFile } from 'node:fs/promises';
import { GuardiaError } from '../../../errors.ts';
import type { Settings } from '../settings.ts';

/** Where Kubernetes puts the token of a pod's service account. It is replaced from time to time. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How Guardia shows Vault who it is. */
export type VaultLogin =
  | { by: 'token'; token: string }
  | { by: 'approle'; roleId: string; secretId: string }
  | { by: 'kubernetes'; role: string; jwt: () => Promise<string> };

export interface VaultSettings {
  address: string;
  login: VaultLogin;
}

/** Vault's settings. Throws 'not-configured' with the name of what to set. */
export function vaultSettings(settings: Settings, tokenFile = SERVICE_ACCOUNT): VaultSettings {
  const { VAULT_ADDR: address } = settings;
  if (!address) throw missing('VAULT_ADDR is not set');
  return { address: address.replace(/\/+$/, ''), login: loginIn(settings, tokenFile) };
}

function loginIn(settings: Settings, tokenFile: string): VaultLogin {
  const { VAULT_TOKEN, VAULT_ROLE_ID, VAULT_SECRET_ID, VAULT_KUBERNETES_ROLE } = settings;
  if (VAULT_TOKEN) return { by: 'token', token: VAULT_TOKEN };
  if (VAULT_ROLE_ID && VAULT_SECRET_ID)
    return { by: 'approle', roleId: VAULT_ROLE_ID, secretId: VAULT_SECRET_ID };
  if (VAULT_ROLE_ID) throw missing('VAULT_SECRET_ID is not set');
  if (VAULT_SECRET_ID) throw missing('VAULT_ROLE_ID is not set');
  if (VAULT_KUBERNETES_ROLE)
    return { by: 'kubernetes', role: VAULT_KUBERNETES_ROLE, jwt: () => serviceAccount(tokenFile) };
  throw missing('neither VAULT_TOKEN nor VAULT_ROLE_ID and VAULT_SECRET_ID nor VAULT_KUBERNETES_ROLE is set');
}

async function serviceAccount(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw missing(`VAULT_KUBERNETES_ROLE is set, but there is no service account at ${file}`);
  }
}

function missing(what: string): GuardiaError {
  return new GuardiaError('not-configured', `not configured: ${what}`);
}
