import type { Receipts } from './receipts.ts';
import type { Tools } from './tools.ts';
import { whatWentWrong } from './wrong.ts';

export type Handle = (
  what: string,
  requestId: string,
  work: () => Promise<void>,
  /** Tells the person that it did not work. */
  failed: (says: string) => Promise<void>,
) => Promise<void>;

/**
 * Runs a handler once for each payload. What it throws becomes a log line and words for the person, never silence; then
 * it was handled, and what Slack sends again does not do later what a person was told has failed.
 */
export function createHandle(tools: Tools, receipts: Receipts): Handle {
  return async (what, requestId, work, failed) => {
    const begun = performance.now();
    let ok = true;
    async function tellThatItFailed(error: unknown): Promise<void> {
      ok = false;
      tools.logger.error({ err: error, what, requestId }, 'a request from Slack failed');
      await failed(whatWentWrong(error)).catch((silent: unknown) => {
        tools.logger.error({ err: silent, what }, 'nobody could be told that a request failed');
      });
    }
    await receipts.once(requestId, () => work().catch(tellThatItFailed)).catch(tellThatItFailed);
    tools.metrics.handled(what, ok, performance.now() - begun);
  };
}
