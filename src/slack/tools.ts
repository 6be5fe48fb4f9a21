import type { Logger } from 'pino';
import type { CurrentCatalogue } from '../catalogue/catalogue.ts';
import type { Flows } from '../flows/requests.ts';
import type { CommandHelp, StatusView } from '../report/help.ts';
import type { Database } from '../store/database.ts';
import type { SlackConnection } from './connection.ts';
import type { SlackMetrics } from './metrics.ts';

/** What handlers work with: they parse, ask the flows and say the answer; no rule lives here. */
export interface Tools {
  flows: Flows;
  catalogue: CurrentCatalogue;
  connection: SlackConnection;
  db: Database;
  /** How Guardia itself is, for `/guardia status`. */
  status(): Promise<StatusView>;
  /** Every command, for `/guardia help`. */
  help: readonly CommandHelp[];
  logger: Logger;
  metrics: SlackMetrics;
}
