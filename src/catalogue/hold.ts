import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { GuardiaError } from '../errors.ts';
import type { StepKind } from '../steps/step-kind.ts';
import type { Catalogue } from './catalogue.ts';
import { loadCatalogue } from './load.ts';
import { problemInWords } from './problem.ts';

/** The catalogue that is in force, and how it is replaced. */
export interface CatalogueHolder {
  current(): Catalogue;
  /** Says why a new catalogue may not take the place of the old one now; empty when it may. */
  guard(refuse: (before: Catalogue, after: Catalogue) => Promise<string[]>): void;
  /** Is called once another catalogue is in force. */
  listen(told: () => void): void;
  /** Loads the folder again; keeps the old one when the new one is not valid, or may not come now. */
  reload(): Promise<void>;
}

/** Loads the catalogue. A problem, a missing setting among them, stops the start with file, line and how to mend it. */
export async function holdCatalogue(
  config: Pick<Config, 'GUARDIA_COMMANDS' | 'environment'>,
  kinds: readonly StepKind[],
  logger: Logger,
): Promise<CatalogueHolder> {
  let catalogue = await load(config, kinds);
  let running: Promise<void> = Promise.resolve();
  let told = () => {};
  let refuse: Parameters<CatalogueHolder['guard']>[0] = async () => [];
  return {
    current: () => catalogue,
    guard(given) {
      refuse = given;
    },
    listen(given) {
      told = given;
    },
    // One after the other: a slow one would put what it had read over what a later one has.
    reload: () => {
      running = running.then(reload);
      return running;
    },
  };

  async function reload(): Promise<void> {
    try {
      const next = await load(config, kinds);
      const reasons = await refuse(catalogue, next);
      if (reasons.length > 0) throw new GuardiaError('conflict', reasons.join(' '));
      catalogue = next;
      told();
      logger.info({ revision: catalogue.revision }, 'the catalogue was loaded again');
    } catch (error) {
      logger.error({ err: error }, 'the new catalogue cannot be used, so the old one stays');
    }
  }
}

async function load(
  config: Pick<Config, 'GUARDIA_COMMANDS' | 'environment'>,
  kinds: readonly StepKind[],
): Promise<Catalogue> {
  const { catalogue, problems } = await loadCatalogue(config.GUARDIA_COMMANDS, config.environment, kinds);
  if (catalogue && problems.length === 0) return catalogue;
  const lines = problems.map((problem) => `  ${problemInWords(problem)}`);
  throw new GuardiaError(
    'catalogue',
    `The catalogue in ${config.GUARDIA_COMMANDS} is not valid:\n${lines.join('\n')}`,
  );
}
