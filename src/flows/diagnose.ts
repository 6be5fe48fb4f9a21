import { handsOf } from '../catalogue/by-hand.ts';
import type { Diagnosis, Finding } from '../diagnosis/finding.ts';
import { GuardiaError, OUR_FAULT } from '../errors.ts';
import type { Picture } from '../report/states.ts';
import type { ChartSpec } from '../snapshots/chart-spec.ts';
import { noteDiagnosis } from '../store/alerts.ts';
import { isAway } from '../store/away.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { keepPicture } from '../store/pictures.ts';
import { endRun, findRun, type StoredRun } from '../store/runs.ts';
import { replacedBy } from '../store/threads.ts';
import { keepChecklist } from '../store/ticks.ts';
import { tellAlert } from './alert-message.ts';
import { chartOf, hasPicture, imageOf } from './chart.ts';
import { lookOf, originFor, pictureKey, tellDiagnosis } from './diagnosis-message.ts';
import { type House, runbookOf, runbookOrGone } from './house.ts';
import { diagnose as askAll } from './observe.ts';

/** A diagnosis, from the request to its charts. Reading twice harms nobody: a step that was cut off is run again. */
export async function diagnoseFlow(house: House, run: string): Promise<void> {
  const { step } = house.durable;
  await step('ask every check', () => ask(house, run));
  await step('draw what fails', () => draw(house, run));
}

async function ask(house: House, id: string): Promise<void> {
  const run = await runNamed(house.db, id);
  await tell(house, run, null);
  const at = (await databaseTime(house.db)).toISOString();
  const diagnosis = await found(house, run, at).catch((error: unknown) => notFound(house, run, at, error));
  await endRun(house.db, id, diagnosis);
  house.nudge();
  await tell(house, run, diagnosis);
  house.observed.diagnosis(
    `${run.asked.service}/${run.asked.runbook}`,
    diagnosis.verdict.status,
    diagnosis.tookMs,
  );
}

async function found(house: House, run: StoredRun, at: string): Promise<Diagnosis> {
  runbookOf(house, run.asked.service, run.asked.runbook);
  return askAll(house, lookOf(house, run.asked), at, (known) => tell(house, run, known));
}

/** A diagnosis that could not be made ends all the same, and says so. */
function notFound(house: House, run: StoredRun, at: string, error: unknown): Diagnosis {
  if (isAway(error)) throw error;
  house.logger.error({ err: error, run: run.id }, 'a diagnosis could not be made');
  const { service, runbook, parameters } = run.asked;
  const why = error instanceof GuardiaError ? error.message : OUR_FAULT;
  return {
    service,
    runbook,
    title: runbookOrGone(house, service, runbook).title,
    parameters,
    at,
    findings: [],
    pending: [],
    verdict: {
      status: 'unknown',
      sentence: `The diagnosis could not be made: ${why}`,
      counts: { healthy: 0, warning: 0, failing: 0, unknown: 0 },
      suggests: [],
    },
    tookMs: 0,
  };
}

async function draw(house: House, id: string): Promise<void> {
  const run = await runNamed(house.db, id);
  if (!run.result) return;
  const charted = run.result.findings.filter(
    (finding) => finding.status === 'failing' && hasPicture(finding),
  );
  if (charted.length === 0) return;
  await Promise.all(charted.map((finding) => pictureOrNone(house, pictureKey(id, finding.check), finding)));
  await tell(house, run, run.result);
}

/** A chart that cannot be drawn costs nobody the words, nor what comes after them. */
export async function pictureOrNone(...asked: Parameters<typeof picture>): Promise<Picture | null> {
  try {
    return await picture(...asked);
  } catch (error) {
    if (isAway(error)) throw error;
    const [house, key] = asked;
    house.logger.error({ err: error, key }, 'a chart could not be drawn');
    return null;
  }
}

/** Draws a finding with its limits, or takes the picture that came with it, and keeps it for delivery. */
export async function picture(
  house: House,
  key: string,
  finding: Finding,
  marks?: ChartSpec['marks'],
): Promise<Picture> {
  const drawn = imageOf(finding) ?? (await house.painter.draw(chartOf(finding, Date.now(), marks)));
  const kept = { key, title: finding.title, alt: drawn.alt };
  await keepPicture(house.db, { ...kept, png: drawn.png });
  return kept;
}

/**
 * States in Slack what is known. A finished diagnosis also begins the list of what people look at by hand, and replaces
 * the one before it.
 */
async function tell(house: House, run: StoredRun, diagnosis: Diagnosis | null): Promise<void> {
  await house.db.transaction().execute(async (tx) => {
    if (diagnosis?.pending.length === 0) await beginChecklist(house, tx, run);
    await tellDiagnosis(house, tx, run, diagnosis);
    const before = diagnosis?.pending.length === 0 ? await replacedBy(tx, run.id) : null;
    if (before) await tellDiagnosis(house, tx, before, before.result);
    if (run.alert && diagnosis) await noteOnAlert(tx, run.alert, diagnosis);
    if (run.alert) await tellAlert(house, tx, run.alert);
  });
  house.wake();
}

async function beginChecklist(house: House, tx: Queries, run: StoredRun): Promise<void> {
  const { service, runbook, parameters } = run.asked;
  if (handsOf(runbookOrGone(house, service, runbook)).length === 0) return;
  const { ref } = await originFor(tx, run);
  await keepChecklist(tx, { origin: ref, service, runbook, parameters, run: run.id });
}

export async function noteOnAlert(tx: Queries, alert: string, diagnosis: Diagnosis): Promise<void> {
  const { status, sentence, counts, suggests } = diagnosis.verdict;
  const findings = diagnosis.findings.map(({ check, title, status: each }) => ({
    check,
    title,
    status: each,
  }));
  const note = {
    status,
    sentence,
    counts: { ...counts },
    suggests: [...suggests],
    at: diagnosis.at,
    findings,
  };
  await noteDiagnosis(tx, alert, diagnosis, note);
}

async function runNamed(db: Queries, id: string): Promise<StoredRun> {
  const run = await findRun(db, id);
  if (!run) throw new Error(`run ${id} was not stored`);
  return run;
}
