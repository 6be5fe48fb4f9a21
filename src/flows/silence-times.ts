import { nextDue } from '../catalogue/schedule.ts';
import { durationMs } from '../catalogue/schema-parts.ts';

/** How long something may be silenced from Slack: what lasts longer is decided by day. */
const SPANS: Readonly<Record<string, string>> = {
  '30m': '30 minutes',
  '1h': '1 hour',
  '2h': '2 hours',
  '4h': '4 hours',
};
const MORNING = 'morning';
const MORNING_AT = '09:00';

/** What a person may choose from, in their own time zone (`Europe/Madrid`). Pure. */
export function timesFor(now: Date, zone: string): { id: string; title: string }[] {
  const morning = morningAfter(now, zone);
  const day = morning && dayIn(morning, zone) === dayIn(now, zone) ? 'today' : 'tomorrow';
  return [
    ...Object.entries(SPANS).map(([id, title]) => ({ id, title })),
    ...(morning ? [{ id: MORNING, title: `until ${MORNING_AT} ${day}` }] : []),
  ];
}

/** When a choice ends; null for none of them. Pure. */
export function endOf(id: string, now: Date, zone: string): Date | null {
  if (id === MORNING) return morningAfter(now, zone) ?? null;
  return Object.hasOwn(SPANS, id) ? new Date(now.getTime() + durationMs(id)) : null;
}

function morningAfter(now: Date, zone: string): Date | undefined {
  return nextDue({ at: MORNING_AT, zone }, now);
}

function dayIn(at: Date, timeZone: string): string {
  return at.toLocaleDateString('en-CA', { timeZone });
}
