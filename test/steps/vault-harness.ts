import { jest } from '@jest/globals';
import { createVault } from '../../src/steps/shared/vault/vault.ts';
import { type FakeVault, startVault, type VaultState } from './fakes/vault.ts';
import { closing } from './harness.ts';

export const PASSWORD = { path: 'secret/denis/db', key: 'password' };
export const MADE = { path: 'database/creds/reader', key: 'password' };
const secrets = { 'secret/denis/db': { password: 'correct-horse', port: 5432, list: ['x'] } };

export async function fakeVault(change: Partial<VaultState> = {}): Promise<FakeVault> {
  return closing(await startVault({ secrets: structuredClone(secrets), ...change }));
}

export type Settings = Parameters<typeof createVault>[0];

/** A Vault as the door opens it, and one of its secrets. */
export function asking(settings: Settings, tokenFile?: string) {
  const vault = closing(createVault(settings, tokenFile));
  const secret = (reference = PASSWORD, deadlineMs = 4_000) =>
    vault.secret(reference, { deadlineMs, signal: new AbortController().signal });
  return { vault, secret };
}

/** The first answer that differs. */
export async function anotherThan<T>(first: T, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const now = await ask();
    if (now !== first) return now;
    await new Promise(setImmediate);
  }
}

/** How often it was asked so. */
export function times(server: FakeVault, call: string): number {
  return server.calls().filter((one) => one === call).length;
}

/** From now on the clock, and only the clock, is so much later. */
export function later(ms: number): void {
  jest.useFakeTimers({ now: Date.now() + ms, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
}
