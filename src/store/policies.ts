import type { Transaction } from 'kysely';
import { json } from './json.ts';
import type { Tables } from './schema.ts';

/** Who may approve what in a service, each rule in words under its name. */
export type Rules = Readonly<Record<string, string>>;

/**
 * Keeps the rules of a service, and returns those that held before; null the first time. Whoever else keeps those of
 * the same service waits until this transaction ends.
 */
export async function keepRules(
  tx: Transaction<Tables>,
  service: string,
  rules: Rules,
): Promise<Rules | null> {
  await tx
    .insertInto('policy')
    .values({ service, rules: json({}) })
    .onConflict((conflict) => conflict.column('service').doNothing())
    .execute();
  const before = await tx
    .selectFrom('policy')
    .select('rules')
    .where('service', '=', service)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('policy')
    .set({ rules: json(rules) })
    .where('service', '=', service)
    .execute();
  const held = before.rules as Rules;
  return Object.keys(held).length === 0 ? null : held;
}
