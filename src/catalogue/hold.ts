import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { GuardiaError } from '../errors.ts';
import type { StepKind } from '../steps/step-kind.ts';
import type { Catalogue } from './catalogue.ts';
import { checkCatalogue, type Loaded, loadCatalogue } from './load.ts';
import { problemInWords } from './problem.ts';
import { notValid, type Refusal, reasonOf } from './refusal.ts';
import type { SourceFile } from './source.ts';

/** The catalogue that is in force, and how it is replaced. */
export interface CatalogueHolder {
  current(): Catalogue;
  /** Why what lies in the folder is not in force; null when it is. */
  refusal(): Refusal | null;
  /** Is called once another catalogue is in force, and once one was refused. */
  listen(told: (refusal: Refusal | null) => void): void;
  /** Keeps the catalogue in force for the next start, unless it is kept already. To be called again now and then. */
  keep(): Promise<void>;
  /** Loads the folder again; keeps the old one when the new one is not valid, or may not come now. */
  reload(): Promise<Refusal | null>;
}

/** The files of a catalogue that was in force. */
export interface KeptCatalogue {
  revision: string;
  files: readonly Pick<SourceFile, 'service' | 'name' | 'path' | 'text'>[];
}

export interface CatalogueParts {
  config: Pick<Config, 'GUARDIA_COMMANDS' | 'environment'>;
  kinds: readonly StepKind[];
  logger: Logger;
  /** The catalogue that was in force last, kept where the next start finds it. */
  lastGood: {
    keep(catalogue: KeptCatalogue): Promise<void>;
    /** With the time since when it was in force, ISO 8601. */
    find(): Promise<(KeptCatalogue & { since: string }) | null>;
  };
  /** Says why a new catalogue may not take the place of the old one now; empty when it may. */
  refuse(before: Catalogue, after: Catalogue): Promise<string[]>;
}

interface InForce {
  catalogue: Catalogue;
  refusal: Refusal | null;
}

/**
 * Holds the catalogue. It starts with what was loaded from the folder or, when files of that are not valid or may not come
 * now, with the last good one. Throws with every problem when there is none.
 */
export async function holdCatalogue(parts: CatalogueParts, loaded: Loaded): Promise<CatalogueHolder> {
  const { config, kinds, logger } = parts;
  let { catalogue, refusal } = await firstInForce(parts, loaded);
  let unkept = refusal ? null : loaded.sources;
  let running: Promise<unknown> = Promise.resolve();
  let told: (refusal: Refusal | null) => void = () => {};

  async function keep(): Promise<void> {
    const sources = unkept;
    if (!sources) return;
    try {
      await parts.lastGood.keep(sources);
      if (unkept === sources) unkept = null;
    } catch (err) {
      logger.warn({ err }, 'the catalogue could not be kept as the last good one; trying again');
    }
  }

  async function reload(): Promise<Refusal | null> {
    const next = await loadCatalogue(config.GUARDIA_COMMANDS, config.environment, kinds);
    const problems = await problemsOf(parts, catalogue, next);
    if (next.catalogue && problems.length === 0) {
      catalogue = next.catalogue;
      refusal = null;
      unkept = next.sources;
      await keep();
      logger.info({ revision: catalogue.revision }, 'the catalogue was loaded again');
    } else {
      const lastGoodSince = refusal?.lastGoodSince ?? null;
      refusal = { revision: next.sources.revision, problems, lastGoodSince };
      logger.error({ problems, inForce: catalogue.revision }, 'the catalogue was refused; the old one stays');
    }
    told(refusal);
    return refusal;
  }

  await keep();
  return {
    current: () => catalogue,
    refusal: () => refusal,
    listen(given) {
      told = given;
    },
    keep,
    // One after the other: a slow one would put what it had read over what a later one has.
    reload() {
      const next = running.then(reload);
      running = next.catch(() => undefined);
      return next;
    },
  };
}

/**
 * Loads the folder for a start. Throws at once with every problem when only settings are missing: with those no
 * catalogue could work.
 */
export async function loadForStart({
  config,
  kinds,
}: Pick<CatalogueParts, 'config' | 'kinds'>): Promise<Loaded> {
  const loaded = await loadCatalogue(config.GUARDIA_COMMANDS, config.environment, kinds);
  if (loaded.catalogue && loaded.problems.length > 0) throw noneIsGood({ config }, loaded, null);
  return loaded;
}

async function firstInForce(parts: CatalogueParts, loaded: Loaded): Promise<InForce> {
  const last = await findLast(parts);
  const before = last?.problems.length === 0 ? last.catalogue : undefined;
  const problems = await problemsOf(parts, before, loaded);
  if (loaded.catalogue && problems.length === 0) return { catalogue: loaded.catalogue, refusal: null };
  if (!before || !last) throw noneIsGood(parts, loaded, last);
  const refusal = { revision: loaded.sources.revision, problems, lastGoodSince: last.since };
  parts.logger.error(
    { problems, inForce: before.revision, since: last.since },
    'the catalogue was refused, so Guardia starts with the last good one',
  );
  return { catalogue: before, refusal };
}

async function findLast(parts: CatalogueParts): Promise<(Loaded & { since: string }) | null> {
  const { config, kinds, lastGood, logger } = parts;
  const kept = await lastGood.find().catch((err: unknown) => {
    logger.warn({ err }, 'the last good catalogue could not be read');
    return null;
  });
  if (!kept) return null;
  const files = kept.files.map((file) => ({ ...file, shown: `last good catalogue/${file.path}` }));
  const sources = { files, problems: [], revision: kept.revision };
  return {
    ...(await checkCatalogue('last good catalogue', sources, config.environment, kinds)),
    since: kept.since,
  };
}

/** In words; empty for what may be in force. */
async function problemsOf(
  { refuse, logger }: CatalogueParts,
  before: Catalogue | undefined,
  { catalogue, problems }: Loaded,
): Promise<string[]> {
  if (!catalogue || problems.length > 0) return problems.map(problemInWords);
  if (!before || before.revision === catalogue.revision) return [];
  return refuse(before, catalogue).catch((err: unknown) => {
    logger.error({ err }, 'it could not be found out whether the catalogue may come now');
    return [reasonOf(err)];
  });
}

function noneIsGood(
  { config }: Pick<CatalogueParts, 'config'>,
  { problems }: Loaded,
  last: Loaded | null,
): GuardiaError {
  const words = notValid(config.GUARDIA_COMMANDS, problems);
  if (!last) return new GuardiaError('catalogue', words);
  const unusable = last.problems.map((problem) => `  ${problemInWords(problem)}`);
  const more = unusable.length > 0 ? ['Nor can the last good catalogue be used:', ...unusable] : [];
  return new GuardiaError('catalogue', [words, ...more].join('\n'));
}
