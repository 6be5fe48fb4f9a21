import { escalationMessage } from '../report/escalation.ts';
import type { EscalationStory } from '../report/states.ts';
import { lockAlert, type StoredAlert } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { storiesOf } from '../store/escalations.ts';
import { say } from '../store/messages.ts';

/** Renders every call for help in an alert's thread, as the alert stands now. */
export async function tellEscalations(tx: Queries, id: string): Promise<void> {
  const alert = await lockAlert(tx, id);
  if (!alert) return;
  for (const { once, story } of await storiesOf(tx, id)) await tellEscalation(tx, alert, once, story);
}

async function tellEscalation(
  tx: Queries,
  alert: StoredAlert,
  once: string,
  story: EscalationStory,
): Promise<void> {
  await say(tx, {
    key: `escalation:${alert.id}:${once}`,
    channel: alert.channel,
    thread: { key: `alert:${alert.id}` },
    message: escalationMessage({
      ...story,
      acknowledged: alert.acknowledgedBy !== null,
      resolvedAt: alert.status === 'resolved' ? alert.resolvedAt : null,
      now: (await databaseTime(tx)).toISOString(),
    }),
    importance: 0,
  });
}
