import type { RunbookCheck, Service } from '../catalogue/catalogue.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { judge } from '../diagnosis/judge.ts';
import { GuardiaError } from '../errors.ts';
import { notDrawn, nothingThere, tooManyToDraw } from '../report/answers.ts';
import { lookMessage } from '../report/snapshot.ts';
import type { SnapshotSubject } from '../report/states.ts';
import { databaseTime } from '../store/clock.ts';
import { say } from '../store/messages.ts';
import { hasPicture } from './chart.ts';
import { picture } from './diagnose.ts';
import { type House, runbookOf, serviceOf } from './house.ts';
import type { Answer, SnapshotRequest } from './requests.ts';
import { snapshotOf } from './snapshot.ts';

/** The time that a question may take which a person typed. */
const DEADLINE_MS = 15_000;

type Asked = Exclude<SnapshotSubject, { of: 'runbook' }>;

/** Draws what a person asked for into the place where they asked. Reads only. */
export async function draw(house: House, request: SnapshotRequest, requestId: string): Promise<Answer> {
  const { subject, place, by } = request;
  const service = serviceOf(house, subject.service);
  if (subject.of !== 'runbook') return drawAsked(house, service, { ...request, subject }, requestId);
  const runbook = runbookOf(house, subject.service, subject.runbook);
  const look = { service, runbook, parameters: subject.parameters };
  return snapshotOf(house, look, { where: whereOf(place), by, requestId });
}

async function drawAsked(
  house: House,
  service: Service,
  { subject, place, by }: SnapshotRequest & { subject: Asked },
  requestId: string,
): Promise<Answer> {
  const check = checkOf(subject);
  const [problem] = house.steps.problems(check.step);
  if (problem) return { ok: false, ...notDrawn(problem) };
  const finding = await look(house, service, check);
  if (finding instanceof GuardiaError) return { ok: false, ...notDrawn(finding.message, finding.retryable) };
  if (!hasPicture(finding)) return { ok: false, ...whyNot(subject, finding) };
  const drawn = await picture(house, `snapshot:${requestId}`, finding);
  const now = (await databaseTime(house.db)).toISOString();
  const message = lookMessage({ subject, service, finding, picture: drawn, by, now });
  await say(house.db, { key: `snapshot:${requestId}`, ...whereOf(place), message });
  house.wake();
  return { ok: true };
}

/** A check that nobody wrote down: it has no limits of its own, so nothing is judged. */
function checkOf(subject: Asked): RunbookCheck {
  const { of, connection } = subject;
  const base = { name: 'snapshot', deadlineMs: DEADLINE_MS };
  if (of === 'panel') {
    const step = { kind: 'grafana', input: { link: subject.link, connection } };
    return { ...base, title: 'Panel of Grafana', step };
  }
  const { query, window } = subject;
  return { ...base, title: query, step: { kind: 'prometheus', input: { query, chart: window, connection } } };
}

/** What is seen, or why it is not; a fault of ours rejects. */
async function look(house: House, service: Service, check: RunbookCheck): Promise<Finding | GuardiaError> {
  const began = performance.now();
  try {
    const options = { parameters: {}, deadlineMs: check.deadlineMs };
    const observation = await house.steps.observe(service.environment, check.step, options);
    const titled = { ...check, title: observation.title ?? check.title };
    return judge(titled, { observation }, Math.round(performance.now() - began));
  } catch (error) {
    if (error instanceof GuardiaError && error.code !== 'internal') return error;
    throw error;
  }
}

function whyNot(subject: Asked, { value, says, evidence }: Finding): { says: string; code?: string } {
  if (subject.of === 'panel') return notDrawn(says);
  if (value === null) return nothingThere(subject);
  const [chart] = evidence.filter(({ label }) => label === 'Chart');
  return tooManyToDraw(subject.query, chart?.text ?? 'not drawn: there are no points');
}

function whereOf({ channel, thread }: SnapshotRequest['place']) {
  return thread ? { channel, thread: { ts: thread } } : { channel };
}
