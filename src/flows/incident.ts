import { formatDuration } from '../report/figures.ts';
import { firingAlerts } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import type { House } from './house.ts';

const MOST = 1_000;

interface OpenIncident {
  service: string;
  title: string;
  /** ISO 8601, UTC. */
  since: string;
}

/** What is going on now, newest first: an incident is open as long as an alert of its service fires. */
export async function openIncidents(db: Queries): Promise<OpenIncident[]> {
  const alerts = await firingAlerts(db, MOST);
  return alerts.map(({ service, details, startsAt }) => ({ service, title: details.title, since: startsAt }));
}

/** Why an action is not to be run while an incident of its service is open; null when it may. */
export async function whyNotDuringIncident(
  house: Pick<House, 'db' | 'catalogue'>,
  asked: { service: string; runbook: string; action: string },
): Promise<string | null> {
  const runbook = house.catalogue().services.get(asked.service)?.runbooks.get(asked.runbook);
  const reason = runbook?.actions.find(({ name }) => name === asked.action)?.neverDuringIncident;
  if (reason === undefined) return null;
  const incident = (await openIncidents(house.db)).find(({ service }) => service === asked.service);
  if (!incident) return null;
  const now = await databaseTime(house.db);
  const lasts = formatDuration(Math.max(0, now.getTime() - Date.parse(incident.since)));
  return `not while an incident is open (${incident.title} for ${lasts}): ${reason}`;
}
