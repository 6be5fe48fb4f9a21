import { type Config, givenSettings, readConfig } from '../config.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import type { StepKind } from '../steps/step-kind.ts';
import { loadCatalogue } from './load.ts';
import { notValid } from './refusal.ts';

/**
 * The settings for a start. When something is wrong with them, what is wrong with the catalogue is said in the same
 * breath, so that one round of mending is enough. Shows no values.
 */
export async function readStart(
  environment: Record<string, string | undefined>,
  kinds: readonly StepKind[],
): Promise<Config> {
  try {
    return readConfig(environment);
  } catch (error) {
    const given = givenSettings(environment);
    const folder = given.GUARDIA_COMMANDS ?? './commands';
    const { problems } = await loadCatalogue(folder, given, kinds);
    if (problems.length === 0) throw error;
    throw new GuardiaError('config', `${messageOf(error)}\n${notValid(folder, problems)}`, { cause: error });
  }
}
