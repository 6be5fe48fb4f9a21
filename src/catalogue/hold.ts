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
  /** Loads the folder again; keeps the old one when the new one is not valid. */
  reload(): Promise<void>;
}

/** Loads the catalogue. A problem, a missing setting among them, stops the start with file, line and how to mend it. */
export async function holdCatalogue(
  config: Pick<Config, 'GUARDIA_COMMANDS' | 'environment'>,
  kinds: readonly StepKind[],
  logger: Logger,
): Promise<CatalogueHolder> {
  let catalogue = await load(config, kinds);
  return {
    current: () => catalogue,
    async reload() {
      try {
        catalogue = await load(config, kinds);
        logger.info({ revision: catalogue.revision }, 'the catalogue was loaded again');
      } catch (error) {
        logger.error({ err: error }, 'the new catalogue is not valid, so the old one stays');
      }
    },
  };
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
