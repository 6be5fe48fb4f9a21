import type { Diagnosis, Finding } from '../diagnosis/finding.ts';
import { GuardiaError, OUR_FAULT } from '../errors.ts';
import { diagnosisMessage, diagnosisRoot } from '../report/diagnosis.ts';
import type { Picture } from '../report/states.ts';
import type { ChartSpec } from '../snapshots/chart-spec.ts';
import { noteDiagnosis } from '../store/alerts.ts';
import { isAway } from '../store/away.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import { keepPicture } from '../store/pictures.ts';
import { endRun, findRun, type StoredRun } from '../store/runs.ts';
import { tellAlert } from './alert-message.ts';
import { chartOf } from './chart.ts';
import { type House, runbookOf, runbookOrGone, serviceOrGone } from './house.ts';
import { diagnose as askAll, type Look } from './observe.ts';
import { nextEscalation, offered } from './offers.ts';
import { originOf, threadOf } from './origin.ts';

/** A diagnosis, from the request to its charts. Reading twice harms nobody: a step that was cut off is run again. */
export async function diagnoseFlow(house: House, run: string): Promise<void> {
  const { step } = house.durable;
  await step('ask every check', () => ask(house, run));
  await step('draw what fails', () => draw(house, run));
}

async function ask(house: House, id: string): Promise<void> {
  const run = await runNamed(house.db, id);
  await tell(house, run, null, []);
  const diagnosis = await found(house, run).catch((error: unknown) => notFound(house, run, error));
  await endRun(house.db, id, diagnosis);
  await tell(house, run, diagnosis, []);
  house.observed.diagnosis(
    `${run.asked.service}/${run.asked.runbook}`,
    diagnosis.verdict.status,
    diagnosis.tookMs,
  );
}

async function found(house: House, run: StoredRun): Promise<Diagnosis> {
  runbookOf(house, run.asked.service, run.asked.runbook);
  return askAll(house, lookOf(house, run.asked), (known) => tell(house, run, known, []));
}

/** A diagnosis that could not be made ends all the same, and says so. */
function notFound(house: House, run: StoredRun, error: unknown): Diagnosis {
  if (isAway(error)) throw error;
  house.logger.error({ err: error, run: run.id }, 'a diagnosis could not be made');
  const { service, runbook, parameters } = run.asked;
  const why = error instanceof GuardiaError ? error.message : OUR_FAULT;
  return {
    service,
    runbook,
    title: runbookOrGone(house, service, runbook).title,
    parameters,
    at: now(),
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
    (finding) => finding.status === 'failing' && finding.series?.length,
  );
  if (charted.length === 0) return;
  const drawn = await Promise.all(
    charted.map((finding) => pictureOrNone(house, `diagnosis:${id}:${finding.check}`, finding)),
  );
  await tell(
    house,
    run,
    run.result,
    drawn.flatMap((picture) => picture ?? []),
  );
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

/** Draws a finding's series with its limits and keeps the picture for delivery. */
export async function picture(
  house: House,
  key: string,
  finding: Finding,
  marks: ChartSpec['marks'] = [],
): Promise<Picture> {
  const drawn = await house.painter.draw(chartOf(finding, Date.now(), marks));
  const kept = { key, title: finding.title, alt: drawn.alt };
  await keepPicture(house.db, { ...kept, png: drawn.png });
  return kept;
}

/** States in Slack what is known: in the alert's thread, or under a first message of the diagnosis' own. */
async function tell(
  house: House,
  run: StoredRun,
  diagnosis: Diagnosis | null,
  pictures: readonly Picture[],
): Promise<void> {
  await house.db.transaction().execute(async (tx) => {
    const asked = run.asked.origin ? await originOf(tx, run.asked.origin) : null;
    const origin = asked ?? { ref: `run:${run.id}`, place: run.asked.place };
    if (!asked && !run.asked.place.thread) await tellRoot(house, tx, run, diagnosis);
    if (diagnosis) {
      const view = {
        ...storyOf(house, run, diagnosis),
        ref: origin.ref,
        pictures,
        by: run.asked.by,
        now: now(),
      };
      await say(tx, { key: `diagnosis:${run.id}`, ...threadOf(origin), message: diagnosisMessage(view) });
      if (run.alert) await noteOnAlert(tx, run.alert, diagnosis);
    }
    if (run.alert) await tellAlert(house, tx, run.alert);
  });
  house.wake();
}

async function tellRoot(
  house: House,
  tx: Queries,
  run: StoredRun,
  diagnosis: Diagnosis | null,
): Promise<void> {
  if (!run.asked.by) return;
  const { service, runbook, parameters } = lookOf(house, run.asked);
  const finished = diagnosis !== null && diagnosis.pending.length === 0;
  const message = diagnosisRoot({
    ref: `run:${run.id}`,
    service,
    runbook,
    parameters,
    by: run.asked.by,
    at: run.beganAt,
    verdict: finished ? diagnosis.verdict : null,
    tookMs: finished ? diagnosis.tookMs : null,
    now: now(),
  });
  await say(tx, { key: `run:${run.id}`, channel: run.asked.place.channel, message });
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
  await noteDiagnosis(tx, alert, note);
}

function storyOf(house: House, run: StoredRun, diagnosis: Diagnosis) {
  const { service, runbook, parameters } = lookOf(house, run.asked);
  return {
    diagnosis,
    evidence: `run:${run.id}`,
    actions: offered(runbook, diagnosis.verdict.suggests, parameters),
    escalation: run.alert ? nextEscalation(runbook, service.roles, diagnosis) : null,
  };
}

function lookOf(house: House, asked: StoredRun['asked']): Look {
  return {
    service: serviceOrGone(house, asked.service),
    runbook: runbookOrGone(house, asked.service, asked.runbook),
    parameters: asked.parameters,
  };
}

async function runNamed(db: Queries, id: string): Promise<StoredRun> {
  const run = await findRun(db, id);
  if (!run) throw new Error(`run ${id} was not stored`);
  return run;
}

const now = () => new Date().toISOString();
