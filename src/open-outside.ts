import type { Logger } from 'pino';
import { type CatalogueHolder, holdCatalogue, loadForStart } from './catalogue/hold.ts';
import type { Loaded } from './catalogue/load.ts';
import { notValid } from './catalogue/refusal.ts';
import type { Config } from './config.ts';
import { GuardiaError } from './errors.ts';
import { frozenObjectives } from './flows/frozen.ts';
import { connectSlack, type SlackConnection } from './slack/connection.ts';
import { stepKinds } from './steps/index.ts';
import { findLastGood, keepLastGood } from './store/last-good.ts';
import { openStore, type Store } from './store/open.ts';

/** What the bot works with, and what may keep it from starting. */
interface OutsideOfBot {
  store: Store;
  catalogue: CatalogueHolder;
  connection: SlackConnection;
}

/**
 * Opens catalogue, database and Slack. What is wrong with any of them is told together, so that one round of mending is
 * enough; then nothing stays open.
 */
export async function openOutside(config: Config, logger: Logger): Promise<OutsideOfBot> {
  const loaded = await loadForStart({ config, kinds: stepKinds });
  const connection = connectSlack({ config, logger });
  const [opened, connected] = await Promise.allSettled([
    openStoreAndCatalogue(config, logger, loaded),
    connection.start(),
  ]);
  if (opened.status === 'fulfilled' && connected.status === 'fulfilled')
    return { ...opened.value, connection };
  connection.stop();
  if (opened.status === 'fulfilled') await opened.value.store.close();
  throw together([opened, connected].flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])));
}

async function openStoreAndCatalogue(config: Config, logger: Logger, loaded: Loaded) {
  const store = await openStore(config, logger).catch((error: unknown) => {
    throw loaded.catalogue ? error : together([error, invalid(config, loaded)]);
  });
  try {
    const lastGood = {
      keep: keepLastGood.bind(null, store.db),
      find: () => findLastGood(store.db),
    };
    const refuse = frozenObjectives.bind(null, store.db);
    const catalogue = await holdCatalogue({ config, kinds: stepKinds, logger, lastGood, refuse }, loaded);
    return { store, catalogue };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function invalid({ GUARDIA_COMMANDS }: Config, { problems }: Loaded): GuardiaError {
  return new GuardiaError('catalogue', notValid(GUARDIA_COMMANDS, problems));
}

/** One error that says them all; a fault of ours keeps its stack. */
function together(errors: readonly unknown[]): unknown {
  const ours = errors.filter((error) => error instanceof GuardiaError);
  const [first] = ours;
  if (!first || ours.length < errors.length) return errors.find((error) => !(error instanceof GuardiaError));
  if (ours.length === 1) return first;
  return new GuardiaError(first.code, ours.map(({ message }) => message).join('\n'), { cause: first });
}
