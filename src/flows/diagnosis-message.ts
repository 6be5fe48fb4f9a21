import type { Diagnosis } from '../diagnosis/finding.ts';
import { diagnosisMessage, diagnosisRoot } from '../report/diagnosis.ts';
import type { Hands } from '../report/hand-states.ts';
import { lockAlert } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { callsFor } from '../store/escalations.ts';
import { say } from '../store/messages.ts';
import { picturesUnder } from '../store/pictures.ts';
import type { StoredRun } from '../store/runs.ts';
import { isReplaced, lockThread } from '../store/threads.ts';
import { handsLeft, tellChecklist } from './checklist.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import type { Look } from './observe.ts';
import { lackingIn, nextEscalation, offered } from './offers.ts';
import { originOf, threadOf } from './origin.ts';
import type { OriginView } from './requests.ts';

/** Where a diagnosis is told: the thread that it was asked for in, or one of its own. */
type DiagnosisOrigin = Pick<OriginView, 'ref' | 'place' | 'runbook'> & { own: boolean };

export async function originFor(db: Queries, { id, asked }: StoredRun): Promise<DiagnosisOrigin> {
  const found = asked.origin ? await originOf(db, asked.origin) : null;
  if (found) return { ...found, own: false };
  return { ref: `run:${id}`, place: asked.place, runbook: asked.runbook, own: !asked.place.thread };
}

/**
 * States everything that Slack shows of a diagnosis anew from what is known: the first message where it has a thread
 * of its own, the findings, and once it is finished what people look at by hand.
 */
export async function tellDiagnosis(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  run: StoredRun,
  diagnosis: Diagnosis | null,
): Promise<void> {
  const origin = await originFor(tx, run);
  const standing = await standingOf(tx, run, origin.ref);
  const hands = await handsLeft(tx, lookOf(house, run.asked).runbook, origin.ref);
  const now = (await databaseTime(tx)).toISOString();
  if (origin.own) await tellRoot(house, tx, run, diagnosis, { hands, now });
  if (!diagnosis) return;
  const view = {
    ...storyOf(house, run, diagnosis, standing),
    hands,
    ref: `run:${run.id}`,
    lacking: lackingIn(run.asked.refused),
    pictures: await picturesUnder(
      tx,
      diagnosis.findings.map((finding) => pictureKey(run.id, finding.check)),
    ),
    by: run.asked.by,
    now,
  };
  const { importance } = run;
  await say(tx, {
    ...{ key: `diagnosis:${run.id}`, ...threadOf(origin) },
    ...{ message: diagnosisMessage(view), importance },
  });
  if (diagnosis.pending.length === 0) await tellChecklist(house, tx, origin, run);
}

/** What the chart of a finding is kept under. */
export function pictureKey(run: string, check: string): string {
  return `diagnosis:${run}:${check}`;
}

async function tellRoot(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  run: StoredRun,
  diagnosis: Diagnosis | null,
  { hands, now }: { hands: Hands; now: string },
): Promise<void> {
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
    hands,
    tookMs: finished ? diagnosis.tookMs : null,
    now,
  });
  await say(tx, { key: `run:${run.id}`, channel: run.asked.place.channel, message });
}

interface Standing {
  over: 'ended' | 'replaced' | null;
  /** Whether people may still be called by themselves. */
  escalates: boolean;
}

/** Whether a diagnosis still offers what it suggests. Who asks renders alone in its thread until the transaction ends. */
async function standingOf(tx: Queries, { id, alert: of }: StoredRun, ref: string): Promise<Standing> {
  const alert = of ? await lockAlert(tx, of) : await lockThread(tx, ref);
  const ended = alert?.status === 'resolved' ? 'ended' : null;
  const over = ended ?? ((await isReplaced(tx, id)) ? 'replaced' : null);
  return { over, escalates: over === null && alert !== null && (await callsFor(tx, alert.id)).length === 0 };
}

function storyOf(
  house: Pick<House, 'catalogue'>,
  run: StoredRun,
  diagnosis: Diagnosis,
  { over, escalates }: Standing,
) {
  const { service, runbook, parameters } = lookOf(house, run.asked);
  return {
    diagnosis,
    actions: offered(service, runbook, diagnosis.verdict.suggests, parameters),
    escalation: escalates ? nextEscalation(runbook, service, diagnosis) : null,
    ...(over ? { over } : {}),
  };
}

export function lookOf(house: Pick<House, 'catalogue'>, asked: StoredRun['asked']): Look {
  return {
    service: serviceOrGone(house, asked.service),
    runbook: runbookOrGone(house, asked.service, asked.runbook),
    parameters: asked.parameters,
    ...(asked.refused ? { refused: asked.refused } : {}),
  };
}
