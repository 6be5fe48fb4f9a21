import type { Person } from '../approval/person.ts';
import type { HomeState } from '../report/home.ts';
import { firingAlerts, type StoredAlert } from '../store/alerts.ts';
import { approvalsOf } from './approvals.ts';
import type { House } from './house.ts';

/** What the home tab shows a person. */
export async function homeOf(house: House, person: Person): Promise<HomeState> {
  const [approvals, alerts] = await Promise.all([approvalsOf(house, person), firingAlerts(house.db, 10)]);
  return {
    ...approvals,
    person,
    alerts: alerts.map((alert) => ({
      title: titleOf(house, alert),
      service: alert.service,
      status: alert.status,
      severity: alert.severity,
      startsAt: alert.startsAt,
      resolvedAt: alert.resolvedAt,
      link: null,
    })),
    services: [...house.catalogue().services.values()].map(({ name, title, about, runbooks }) => ({
      name,
      title,
      about,
      runbooks: [...runbooks.values()].map((runbook) => ({ name: runbook.name, title: runbook.title })),
    })),
  };
}

function titleOf(house: House, { service, runbook, details }: StoredAlert): string {
  const known = runbook && house.catalogue().services.get(service)?.runbooks.get(runbook)?.title;
  return known || details.title;
}
