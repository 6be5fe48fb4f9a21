import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from 'kysely';
import { matchAlert } from '../catalogue/match.ts';
import { type AlertLabels, type LabelledParameters, parametersFromLabels } from '../catalogue/parameters.ts';
import { GuardiaError, OUR_FAULT } from '../errors.ts';
import { unhandledMessage } from '../report/unhandled.ts';
import {
  type AlertDetails,
  handleNext,
  insertAlert,
  newestEpisode,
  repeatAlert,
  resolveAlert,
  type StoredAlert,
} from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import { importanceOf } from '../store/importance.ts';
import { say } from '../store/messages.ts';
import { insertRun } from '../store/runs.ts';
import type { Tables } from '../store/schema.ts';
import { labelsOf, ownLabels } from './alert-labels.ts';
import { tellAlert } from './alert-message.ts';
import { type House, serviceOrGone } from './house.ts';
import type { AlertGroup } from './requests.ts';
import { tellThread } from './thread-message.ts';

/** What fires again this soon after its end goes on in the same thread instead of starting another. */
const FLAPPING_MS = 5 * 60_000;

/**
 * Handles stored alert groups until there are none, or this process stops. Each is one transaction: the alert, its
 * message and the diagnosis that is to run are stored together with the mark that the group was handled.
 */
export async function takeIn(house: House, stopping: () => boolean): Promise<void> {
  const next = () =>
    handleNext(
      house.db,
      (tx, body) => handle(house, tx, body as AlertGroup),
      (tx, body, error) => tellUnhandled(house, tx, body as AlertGroup, error),
    );
  while (!stopping() && (await next())) {
    house.wake();
    house.nudge();
  }
}

/** A group that Guardia stumbles over is shown as it came, in the channel of whoever it belongs to. */
async function tellUnhandled(
  house: House,
  tx: Transaction<Tables>,
  group: AlertGroup,
  error: unknown,
): Promise<void> {
  house.logger.error({ err: error, groupKey: group.groupKey }, 'an alert group could not be handled');
  const { channel } = matchAlert(house.catalogue(), group.labels).service;
  const message = unhandledMessage({
    status: group.status,
    labels: group.labels,
    summary: summaryOf(group),
    why: error instanceof GuardiaError ? error.message : OUR_FAULT,
  });
  await say(tx, {
    ...{ key: `unhandled:${group.groupKey}`, channel, message },
    importance: importanceOf(severityOf(group), 'card'),
  });
}

async function handle(house: House, tx: Transaction<Tables>, group: AlertGroup): Promise<void> {
  const episode = await newestEpisode(tx, group.groupKey);
  if (group.status === 'resolved') return end(house, tx, group, episode);
  house.observed.alert(
    'firing',
    episode ? episode.runbook !== null : matchAlert(house.catalogue(), group.labels).runbook !== null,
  );
  if (episode?.status === 'firing') {
    const { alert, moved } = await again(house, tx, episode, group);
    await tellAlert(house, tx, alert.id);
    if (moved && alert.runbook) await askFor(tx, { ...alert, runbook: alert.runbook });
    return;
  }
  const startsAt = await startOf(tx, group);
  const alert =
    episode && flaps(house, episode, group, startsAt)
      ? (await again(house, tx, episode, group)).alert
      : await start(house, tx, group, startsAt);
  await tellThread(house, tx, alert.id);
  if (!alert.runbook) return;
  await askFor(tx, { ...alert, runbook: alert.runbook });
}

/** A group that ends before it was ever seen firing leaves nothing to say. */
async function end(
  house: House,
  tx: Transaction<Tables>,
  group: AlertGroup,
  episode: StoredAlert | null,
): Promise<void> {
  if (episode?.status !== 'firing') return;
  house.observed.alert('resolved', episode.runbook !== null);
  const ends = group.alerts.flatMap((alert) => alert.endsAt ?? []);
  const latest = ends.sort().at(-1);
  const now = (await databaseTime(tx)).toISOString();
  const at = latest && latest > episode.startsAt ? latest : now;
  await resolveAlert(tx, episode.id, at);
  await tellThread(house, tx, episode.id);
}

/** The same group may be about something else now, such as another queue, and nothing of the thread is true of that. */
function flaps(house: House, episode: StoredAlert, group: AlertGroup, startsAt: string): boolean {
  const since = Date.parse(startsAt) - Date.parse(episode.resolvedAt ?? episode.startsAt);
  return since < FLAPPING_MS && isAbout(episode, aboutWhat(house, group));
}

function isAbout({ parameters, details }: StoredAlert, about: LabelledParameters): boolean {
  return (
    isDeepStrictEqual(parameters, about.parameters) && isDeepStrictEqual(details.refused ?? {}, about.refused)
  );
}

/** It may be about something else now, such as two queues instead of one: then nothing that was found is true of it. */
async function again(
  house: House,
  tx: Transaction<Tables>,
  episode: StoredAlert,
  group: AlertGroup,
): Promise<{ alert: StoredAlert; moved: boolean }> {
  const runbook = serviceOrGone(house, episode.service).runbooks.get(episode.runbook ?? '');
  const before = { parameters: episode.parameters, refused: episode.details.refused ?? {} };
  const about = runbook ? parametersFromLabels(runbook, labelsIn(group)) : before;
  const { parameters } = about;
  const alert = { ...episode, severity: severityOf(group), details: detailsOf(group, about), parameters };
  await repeatAlert(tx, episode.id, alert);
  return { alert, moved: !isAbout(episode, about) };
}

type NewAlert = Parameters<typeof insertAlert>[1];

async function start(
  house: House,
  tx: Transaction<Tables>,
  group: AlertGroup,
  startsAt: string,
): Promise<NewAlert> {
  const { service, runbook, ...about } = aboutWhat(house, group);
  const alert = {
    id: randomUUID(),
    groupKey: group.groupKey,
    service: service.name,
    runbook: runbook?.name ?? null,
    parameters: about.parameters,
    severity: severityOf(group),
    details: detailsOf(group, about),
    channel: service.channel,
    startsAt,
  };
  await insertAlert(tx, alert);
  return alert;
}

function aboutWhat(house: House, group: AlertGroup) {
  const { service, runbook: name } = matchAlert(house.catalogue(), group.labels);
  const runbook = name ? service.runbooks.get(name) : undefined;
  const about = runbook ? parametersFromLabels(runbook, labelsIn(group)) : NOTHING;
  return { service, runbook, ...about };
}

const NOTHING: LabelledParameters = { parameters: {}, refused: {} };

function labelsIn(group: AlertGroup) {
  return labelsOf(group.labels, ownLabels(group));
}

async function askFor(tx: Transaction<Tables>, alert: NewAlert & { runbook: string }): Promise<void> {
  const id = randomUUID();
  const { service, runbook, parameters, channel } = alert;
  const { refused } = alert.details;
  const asked = {
    ...{ service, runbook, parameters, by: null, origin: `alert:${alert.id}`, place: { channel } },
    ...(refused ? { refused } : {}),
  };
  const importance = importanceOf(alert.severity, 'findings');
  await insertRun(tx, { id, request: `alert:${alert.id}:${id}`, asked, alert: alert.id, importance });
}

function severityOf(group: AlertGroup): string {
  return group.labels.severity ?? 'none';
}

async function startOf(tx: Transaction<Tables>, group: AlertGroup): Promise<string> {
  const starts = group.alerts.filter((alert) => alert.status === 'firing').map((alert) => alert.startsAt);
  return starts.sort()[0] ?? (await databaseTime(tx)).toISOString();
}

function detailsOf(group: AlertGroup, { refused }: LabelledParameters): AlertDetails {
  const own = ownLabels(group);
  const links = group.alerts.flatMap((alert) => (alert.generatorURL ? [alert.generatorURL] : []));
  return {
    title: group.labels.alertname ?? 'Alert',
    summary: summaryOf(group),
    ...(group.annotations.drill ? { drill: group.annotations.drill } : {}),
    labels: group.labels,
    ...(saysMore(own) ? { own } : {}),
    ...(Object.keys(refused).length > 0 ? { refused } : {}),
    count: group.alerts.filter((alert) => alert.status === 'firing').length,
    cut: group.truncated,
    links: links.slice(0, 1).map((url) => ({ title: 'Source', url })),
  };
}

function summaryOf({ annotations }: AlertGroup): string | null {
  return annotations.summary ?? annotations.description ?? null;
}

function saysMore({ labels, differing = {}, left = 0 }: AlertLabels): boolean {
  return left > 0 || Object.keys({ ...labels, ...differing }).length > 0;
}
