import { Cron } from 'croner';
import type { Catalogue, Runbook } from './catalogue.ts';
import type { Schedule } from './schema.ts';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** A runbook whose time has come. */
export interface DueRun {
  runbook: Runbook;
  dueAt: Date;
}

/** Runbooks that were due after `since` and until `now`, each for the last of its times. Pure. */
export function dueBetween(catalogue: Catalogue, since: Date, now: Date): DueRun[] {
  return [...catalogue.services.values()]
    .flatMap((service) => [...service.runbooks.values()])
    .flatMap((runbook) => {
      const dueAt = runbook.schedule && lastDue(runbook.schedule, now);
      return dueAt && dueAt > since ? [{ runbook, dueAt }] : [];
    });
}

/** The last time at or before `now`; undefined before the first. */
export function lastDue(schedule: Schedule, now: Date): Date | undefined {
  const [last] = cronOf(schedule).previousRuns(1, new Date(now.getTime() + 1_000));
  return last;
}

export function nextDue(schedule: Schedule, now: Date): Date | undefined {
  return cronOf(schedule).nextRun(now) ?? undefined;
}

/** `Sundays at 04:00 (Europe/Madrid)` */
export function scheduleInWords({ at, on, zone }: Schedule): string {
  const days = on?.map((day) => `${day.charAt(0).toUpperCase()}${day.slice(1)}s`).join(', ') ?? 'Daily';
  return `${days} at ${at} (${zone})`;
}

/** A time that a clock change leaves out comes right after it; one that comes twice counts once. */
function cronOf({ at, on, zone }: Schedule): Cron {
  const [hour = '0', minute = '0'] = at.split(':');
  const days = on?.map((day) => DAYS.indexOf(day)).join(',') ?? '*';
  return new Cron(`0 ${Number(minute)} ${Number(hour)} * * ${days}`, { timezone: zone, paused: true });
}
