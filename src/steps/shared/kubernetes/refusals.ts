import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import { jsonOr, turnsDown } from '../http/client.ts';
import { firstLine } from '../text.ts';

const status = z.object({ kind: z.literal('Status'), message: z.string().default('') });

/** As the authorizer writes it; admission refuses with the same status and other words. */
const NO_RIGHT =
  /cannot (\w+) resource "([\w./-]+)" in API group "([\w.-]*)"(?: in the namespace "([\w.-]+)")?/;

/**
 * What an answer from 400 on means, in the server's own words where they help. Only the API server's own Status from
 * the 4xx proves that nothing was done: 500 and 504 come also when etcd had the change, the rest from proxies.
 */
export function kubernetesRefusal(answer: { status: number; text: string }, whom: string): GuardiaError {
  const said = status.safeParse(jsonOr(answer.text)).data;
  const reason = firstLine(said?.message ?? '') || `status ${answer.status}`;
  const conclusive = said !== undefined && turnsDown(answer.status);
  if (answer.status === 404) return new GuardiaError('not-found', `${whom}: ${reason}`, { conclusive });
  if (answer.status === 409)
    return new GuardiaError('conflict', `${whom}: ${reason}`, { retryable: true, conclusive });
  if (answer.status === 401)
    return new GuardiaError('refused', `${whom} does not accept the credentials`, { conclusive });
  const missing = answer.status === 403 ? missingRight(reason) : undefined;
  if (missing) return new GuardiaError('refused', missing, { conclusive });
  const retryable = answer.status === 429 || answer.status >= 500;
  return new GuardiaError('refused', `${whom} refused: ${reason}`, { retryable, conclusive });
}

function missingRight(reason: string): string | undefined {
  const [, verb, resource = '', , namespace] = NO_RIGHT.exec(reason) ?? [];
  if (verb === undefined) return undefined;
  const where = namespace ? ` in ${namespace}` : '';
  return `Guardia may not ${verb} ${resource}${where}: give its role the verb ${verb} on ${resource}`;
}
