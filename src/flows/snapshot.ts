import type { Person } from '../approval/person.ts';
import { ANSWERS, nothingDrawn } from '../report/answers.ts';
import { snapshotMessage } from '../report/snapshot.ts';
import { databaseTime } from '../store/clock.ts';
import { say } from '../store/messages.ts';
import { hasPicture } from './chart.ts';
import { picture } from './diagnose.ts';
import { type House, runbookOf, serviceOf } from './house.ts';
import { find, type Look, probesOf } from './observe.ts';
import { originOf, type Thread, threadOf } from './origin.ts';
import type { Answer } from './requests.ts';

/** Draws what the runbook's charted checks look like now, into the thread that asked. Reads only. */
export async function snapshot(house: House, ref: string, by: Person, requestId: string): Promise<Answer> {
  const origin = await originOf(house.db, ref);
  if (!origin?.runbook) return { ok: false, says: ANSWERS.noOrigin };
  const look = {
    service: serviceOf(house, origin.service),
    runbook: runbookOf(house, origin.service, origin.runbook),
    parameters: origin.parameters,
    ...(origin.refused ? { refused: origin.refused } : {}),
  };
  return snapshotOf(house, look, { where: threadOf(origin), by, requestId });
}

/** Draws every chart of a runbook into one message. */
export async function snapshotOf(
  house: House,
  look: Look,
  {
    where,
    by,
    requestId,
  }: { where: Pick<Thread, 'channel'> & Partial<Thread>; by: Person; requestId: string },
): Promise<Answer> {
  const { service, runbook } = look;
  const found = await Promise.all(probesOf(runbook).map((check) => find(house, look, check)));
  const charted = found.filter(hasPicture);
  if (charted.length === 0) return { ok: false, says: nothingDrawn(found) };
  const pictures = await Promise.all(
    charted.map((finding) => picture(house, `snapshot:${requestId}:${finding.check}`, finding)),
  );
  const now = (await databaseTime(house.db)).toISOString();
  const message = snapshotMessage({ title: runbook.title, service, findings: charted, pictures, by, now });
  await say(house.db, { key: `snapshot:${requestId}`, ...where, message });
  house.wake();
  return { ok: true };
}
