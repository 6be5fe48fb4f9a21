import { sql } from 'kysely';
import type { Act } from './commands.ts';
import { throughSlack } from './paths.ts';
import type { Payload } from './slack.ts';
import type { Standing } from './standing.ts';
import { person, type World } from './world.ts';

/** An act, so that it can be done again: the same request about the same plan. */
export interface Done {
  act: Act;
  /** Of the plan that it is about, in the order in which they were made. */
  index: number;
  id: string;
  /** Null when it was cut off before there was an answer. */
  ok: boolean | null;
  /** What Slack sent last for it; null at the flows themselves. */
  sent: Payload | null;
}

/** Does it all at the same moment, and waits until everything rests. */
export async function perform(world: World, known: readonly Standing[], all: readonly Done[]): Promise<void> {
  await Promise.all(
    all.map(async (done) => {
      const { durable } = world.replicas[done.act.at];
      const answer = answered(world, done, known).then(
        ({ ok }) => ok,
        () => false,
      );
      done.ok = await Promise.race([answer, durable.died.promise.then(() => null)]);
      // A click that a dying replica had taken is done with before another goes on.
      if (done.ok === null && done.act.does !== 'ask') done.ok = await answer;
    }),
  );
  await world.ledger.idle();
}

function answered(world: World, done: Done, known: readonly Standing[]): Promise<{ ok: boolean }> {
  return done.act.via === 'flows'
    ? atTheFlows(world, done, known[done.index])
    : throughSlack(world, done, known);
}

function atTheFlows(
  world: World,
  { act: does, id }: Done,
  known: Standing | undefined,
): Promise<{ ok: boolean }> {
  const { flows } = world.replicas[does.at];
  const by = person(does.by);
  if (does.does === 'ask') {
    const asked = { service: 'shop', runbook: 'stuck', action: 'purge', parameters: { queue: world.queue } };
    return flows.remediate({ ...asked, by, reason: 'duplicates', place: { channel: 'C0SHOP' } }, id);
  }
  const digest = does.digest === 'shown' ? (known?.digest ?? '') : 'f'.repeat(64);
  const request = { plan: known?.id ?? '00000000-0000-4000-8000-000000000000', digest, by };
  switch (does.does) {
    case 'view':
      return flows.viewPlan(request);
    case 'approve':
      return flows.approve(request);
    case 'deny':
      return flows.deny({ ...request, reason: 'not now' });
    case 'claim':
      return flows.claim(request);
    case 'cancel':
      return flows.cancel(request);
    case 'break-glass':
      return flows.breakGlass({ ...request, reason: 'nobody answers' });
    case 'review':
      return flows.review({ ...request, note: 'all well' });
    case 'settle':
      return flows.settle({ ...request, happened: true });
  }
}

/** More than both clocks of whatever waits. */
export async function letTimePass({ database, queue }: World): Promise<void> {
  await sql`
    update plan set made_at = made_at - interval '1 hour', expires_at = expires_at - interval '1 hour',
      begin_before = begin_before - interval '1 hour'
    where frozen -> 'parameters' ->> 'queue' = ${queue} and state in ('waiting', 'approved')`.execute(
    database.db,
  );
}
