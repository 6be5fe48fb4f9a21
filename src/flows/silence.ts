import type { Person } from '../approval/person.ts';
import { GuardiaError } from '../errors.ts';
import { ANSWERS, notSilenced, stillSilenced } from '../report/answers.ts';
import { namesIn, silenceMessage } from '../report/silence.ts';
import type { SilenceOffer } from '../report/states.ts';
import { findAlert, type StoredAlert } from '../store/alerts.ts';
import { record } from '../store/audit.ts';
import { databaseTime } from '../store/clock.ts';
import { say } from '../store/messages.ts';
import {
  endStoredSilence,
  findSilence,
  insertSilence,
  newestSilence,
  type StoredSilence,
  settleSilence,
} from '../store/silences.ts';
import { silenceStateOf, tellAlert, titleOfAlert } from './alert-message.ts';
import { type House, serviceOrGone } from './house.ts';
import type { Answer, SilenceRequest } from './requests.ts';
import { beginIn, canSilence, endIn, reachOf, standsStill } from './silence-steps.ts';
import { endOf, timesFor } from './silence-times.ts';

/** It is looked whether somebody ended it in Alertmanager itself this many times less often than alerts are followed. */
const SELDOM = 2;
const CHANGED = 'changed';

/** What the dialog shows, or why there is nothing to choose. */
export async function silenceOffer(
  house: House,
  id: string,
  by: Person,
): Promise<{ ok: true; offer: SilenceOffer } | { ok: false; says: string }> {
  const alert = await findAlert(house.db, id);
  const says = await whyNot(house, alert, by);
  if (!alert || says) return { ok: false, says: says ?? ANSWERS.noOrigin };
  const { zone = 'UTC' } = await house.people.account(by);
  return {
    ok: true,
    offer: {
      title: titleOfAlert(house, alert),
      service: serviceOrGone(house, alert.service),
      labels: alert.details.labels,
      times: timesFor(await databaseTime(house.db), zone),
    },
  };
}

/** How many alerts would go unheard now, in words. */
export async function silenceReach(house: House, id: string, names: readonly string[]): Promise<string> {
  const alert = await findAlert(house.db, id);
  return alert ? reachOf(house, alert, chosen(alert, names)) : ANSWERS.noOrigin;
}

/**
 * A silence from the request to its end. Begun once for each request: what was cut off is begun again under its own
 * mark, by which Alertmanager knows it already if it was begun.
 */
export async function silenceFlow(
  house: House,
  request: SilenceRequest,
  id: string,
  at: string,
): Promise<void> {
  const { step, answer, told } = house.durable;
  const answered = await step('begin', () => begin(house, request, id, at));
  await answer(answered);
  while (answered.ok) {
    const left = await step('look', () => leftOf(house, id));
    if (left === null) return;
    await told(CHANGED, Math.min(left, house.pace.followEveryMs * SELDOM));
  }
}

async function begin(house: House, request: SilenceRequest, id: string, at: string): Promise<Answer> {
  const known = await findSilence(house.db, id);
  if (known?.state === 'refused') return { ok: false, says: known.says ?? '' };
  if (known && known.state !== 'beginning') return { ok: true };
  const silence = known ?? (await store(house, request, id, at));
  return typeof silence === 'string' ? { ok: false, says: silence } : settle(house, silence);
}

/** Stores what is wanted before anything is done; or says why it is not. */
async function store(
  house: House,
  request: SilenceRequest,
  id: string,
  at: string,
): Promise<StoredSilence | string> {
  const alert = await findAlert(house.db, request.alert);
  const problem = await whyNot(house, alert, request.by);
  if (!alert || problem) return problem ?? ANSWERS.noOrigin;
  const { zone = 'UTC' } = await house.people.account(request.by);
  const until = endOf(request.time, new Date(at), zone)?.toISOString();
  const labels = chosen(alert, request.labels);
  if (!until || Object.keys(labels).length === 0) return ANSWERS.nothingToSilence;
  if (request.reason.trim() === '') return ANSWERS.needsSilenceReason;
  const { by, reason } = request;
  const wanted = { id, request: request.id, alert: alert.id, labels, reason, by, until };
  const stored = await house.db.transaction().execute(async (tx) => {
    if (!(await insertSilence(tx, wanted))) return false;
    await record(tx, { event: 'silence-asked', by, details: detailsOf(wanted) });
    return true;
  });
  return (stored && (await findSilence(house.db, id))) || ANSWERS.silencedBefore;
}

async function whyNot(house: House, alert: StoredAlert | null, by: Person): Promise<string | null> {
  if ((await house.people.account(by)).kind !== 'member') return ANSWERS.onlyMembersSilence;
  if (!alert) return ANSWERS.noOrigin;
  if (alert.status === 'resolved') return ANSWERS.nothingFires;
  if (!canSilence(house, alert)) return ANSWERS.noAlertmanager;
  const silence = await newestSilence(house.db, alert.id);
  return silence?.state === 'active' ? ANSWERS.silencedBefore : null;
}

/** The labels that a person left ticked, and those that could not be: above all its name. */
function chosen({ details }: StoredAlert, names: readonly string[]): Record<string, string> {
  const offered = namesIn(details.labels);
  return Object.fromEntries(
    Object.entries(details.labels).filter(([name]) => names.includes(name) || !offered.includes(name)),
  );
}

/** Has Alertmanager begin it, and says what came of that: nothing is said to be silenced that is not. */
async function settle(house: House, silence: StoredSilence): Promise<Answer> {
  const { id, by } = silence;
  const done = await beginIn(house, await alertOf(house, silence), silence);
  const refused = done instanceof GuardiaError;
  const says = refused ? notSilenced(done) : done.says;
  const link = refused ? null : (done.evidence.find(({ label }) => label === 'Alertmanager')?.text ?? null);
  await house.db.transaction().execute(async (tx) => {
    if (!(await settleSilence(tx, id, { state: refused ? 'refused' : 'active', says, link }))) return;
    const event = refused ? 'silence-refused' : 'silenced';
    await record(tx, { event, by, details: { ...detailsOf(silence), says } });
    if (!refused) await tell(house, tx, id);
  });
  house.wake();
  return refused ? { ok: false, says } : { ok: true };
}

/** Milliseconds until its time is over; null once it has ended, here or in Alertmanager itself. */
async function leftOf(house: House, id: string): Promise<number | null> {
  const silence = await findSilence(house.db, id);
  if (silence?.state !== 'active') return null;
  const left = Date.parse(silence.until) - (await databaseTime(house.db)).getTime();
  if (left > 0 && (await standsStill(house, await alertOf(house, silence), silence)) !== false) return left;
  await noteEnd(house, silence, null);
  return null;
}

/** A person ends it before its time. */
export async function endSilence(house: House, id: string, by: Person): Promise<Answer> {
  const { kind } = await house.people.account(by);
  if (kind !== 'member') return { ok: false, says: ANSWERS.onlyMembersSilence };
  const silence = await newestSilence(house.db, id);
  if (silence?.state !== 'active') return { ok: false, says: ANSWERS.notSilencedNow };
  const done = await endIn(house, await alertOf(house, silence), silence);
  if (done instanceof GuardiaError) return { ok: false, says: stillSilenced(done) };
  const ended = await noteEnd(house, silence, by);
  return ended ? { ok: true } : { ok: false, says: ANSWERS.notSilencedNow };
}

async function noteEnd(house: House, silence: StoredSilence, by: Person | null): Promise<boolean> {
  const ended = await house.db.transaction().execute(async (tx) => {
    if (!(await endStoredSilence(tx, silence.id, by))) return false;
    await record(tx, { event: 'silence-ended', by, details: detailsOf(silence) });
    await tell(house, tx, silence.id);
    await house.durable.tell(tx, `silence:${silence.request}`, CHANGED);
    return true;
  });
  house.wake();
  return ended;
}

/** States the alert's message anew, and the silence's own in its thread. */
async function tell(house: House, tx: Parameters<typeof record>[0], id: string): Promise<void> {
  const silence = await findSilence(tx, id);
  const alert = silence && (await findAlert(tx, silence.alert));
  if (!alert) return;
  await tellAlert(house, tx, alert.id);
  const { labels, says, link } = silence;
  const message = silenceMessage({
    ...{ ...silenceStateOf(silence), labels, says: says ?? '', link },
    title: titleOfAlert(house, alert),
    service: serviceOrGone(house, alert.service),
    now: (await databaseTime(tx)).toISOString(),
  });
  const thread = { key: `alert:${alert.id}` };
  await say(tx, { key: `silence:${id}`, channel: alert.channel, thread, message });
}

/** For the record. */
function detailsOf(silence: Pick<StoredSilence, 'id' | 'alert' | 'labels' | 'reason' | 'until'>) {
  const { id, alert, labels, reason, until } = silence;
  return { silence: id, alert, labels, reason, until };
}

async function alertOf(house: House, { alert }: StoredSilence): Promise<StoredAlert> {
  const found = await findAlert(house.db, alert);
  if (!found) throw new Error(`alert ${alert} was not stored`);
  return found;
}
