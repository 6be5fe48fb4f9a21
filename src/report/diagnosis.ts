import type { KnownBlock } from '@slack/types';
import type { Finding, Status } from '../diagnosis/finding.ts';
import { worstFirst } from '../diagnosis/verdict.ts';
import { actions, context, image, message, section } from './blocks.ts';
import { button, mildestFirst, remedyButtons } from './buttons.ts';
import { verdictInWords, verdictSign } from './by-hand.ts';
import { formatDuration, formatFigure } from './figures.ts';
import { ACTIONS } from './ids.ts';
import type { Message } from './message.ts';
import { bold, type Sign, STATUS, signed } from './signs.ts';
import type { DiagnosisRootView, DiagnosisView } from './states.ts';
import { joinWithin, mention, moment, safe } from './text.ts';
import {
  countsInWords,
  escalationInWords,
  lackingInWords,
  offeredInWords,
  parametersInWords,
} from './words.ts';

/** What a person reads in one go; the others are named, and their evidence is one click away all the same. */
const FINDINGS = 12;
const PICTURES = 4;
const OVER: Readonly<Record<NonNullable<DiagnosisView['over']>, string>> = {
  ended: 'The alert has ended, so nothing is offered here any more.',
  replaced: 'A newer diagnosis of the same stands in this thread.',
};
const RUNNING: Sign = { sign: '⏳', word: 'Diagnosing' };

/** All findings, in the thread: what fails first, what is healthy in one line, then what fits. */
export function diagnosisMessage(view: DiagnosisView): Message {
  const { findings } = view.diagnosis;
  const unwell = worstFirst(findings).filter((finding) => finding.status !== 'healthy');
  return message(firstLine(view), [
    section([`${bold(stateOf(view))} · ${sentenceOf(view)}`]),
    section(lackingInWords(view.lacking)),
    context(facts(view)),
    ...unwell.slice(0, FINDINGS).map((finding) => findingBlock(finding, view.ref)),
    section([others(unwell.slice(FINDINGS))]),
    healthyBlock(findings, view.ref),
    ...view.pictures.slice(0, PICTURES).map(image),
    ...whatFits(view),
  ]);
}

function stateOf({ diagnosis, hands }: DiagnosisView): Sign {
  return diagnosis.pending.length > 0 ? RUNNING : verdictSign(diagnosis.verdict, hands);
}

function firstLine(view: DiagnosisView): string {
  const { title, service } = view.diagnosis;
  const what = sought(title, view.diagnosis.verdict.status);
  return [signed(stateOf(view)), what, safe(service, 64), sentenceOf(view)].join(' · ');
}

/** "Healthy · Redis is down" would say two things at once. */
function sought(title: string, status: Status | undefined): string {
  return status === 'healthy' ? `checked for “${safe(title, 120)}”` : safe(title, 120);
}

function sentenceOf({ diagnosis, hands }: DiagnosisView): string {
  const { findings, pending, verdict } = diagnosis;
  if (pending.length === 0) return verdictInWords(verdict, hands);
  const asked = `${findings.length} of ${formatFigure(findings.length + pending.length, 'checks')} answered so far`;
  return verdict.status === 'failing' ? `${asked}. ${safe(verdict.sentence, 400)}` : `${asked}.`;
}

function facts({ diagnosis, by, now }: DiagnosisView): string[] {
  const { verdict, pending, tookMs, at, parameters } = diagnosis;
  const still = joinWithin(
    pending.map((title) => safe(title, 70)),
    400,
    ', ',
  );
  return [
    countsInWords(verdict.counts),
    ...(pending.length > 0 ? [`⏳ still asking: ${still}`] : [`took ${formatDuration(tookMs)}`]),
    `looked at ${moment(at, now)}`,
    ...(Object.keys(parameters).length > 0 ? [parametersInWords(parameters)] : []),
    ...(by ? [`asked by ${mention(by)}`] : []),
  ];
}

function findingBlock(finding: Finding, evidence: string): KnownBlock | null {
  const limit = finding.limit ? `   _(${safe(finding.limit, 90)})_` : '';
  const open = button(`${ACTIONS.evidence}:${finding.check}`, 'Evidence', evidence, {
    reads: `Evidence: ${finding.title}`,
  });
  return section(
    [`${bold(STATUS[finding.status])} · *${safe(finding.title, 90)}*`, `${safe(finding.says, 240)}${limit}`],
    open,
  );
}

function others(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const titles = findings.map(({ status, title }) => `${STATUS[status].sign} ${safe(title, 70)} (${status})`);
  return joinWithin([`and ${findings.length} more:`, ...titles], 600, ' ');
}

function healthyBlock(findings: readonly Finding[], evidence: string): KnownBlock | null {
  const titles = findings.filter(({ status }) => status === 'healthy').map(({ title }) => safe(title, 70));
  const open = button(ACTIONS.evidence, 'All evidence', evidence);
  if (titles.length > 0)
    return section([joinWithin([`${bold(STATUS.healthy)}`, ...titles], 600, ' · ')], open);
  return findings.length > 0 ? actions([open]) : null;
}

function whatFits({
  diagnosis,
  actions: offered,
  ref,
  escalation,
  over,
  now,
}: DiagnosisView): (KnownBlock | null)[] {
  const { status } = diagnosis.verdict;
  const finished = diagnosis.pending.length === 0;
  const titles = mildestFirst(offered).slice(0, 5).map(offeredInWords);
  if (over)
    return [section([titles.length > 0 ? `*What fitted:* ${titles.join(', ')}` : '']), context([OVER[over]])];
  const nothing =
    status === 'failing' && finished
      ? '*What fits:* none of the runbook’s actions. Call whoever owns the service.'
      : '';
  return [
    section([titles.length > 0 ? `*What fits:* ${titles.join(', ')}` : nothing]),
    actions(
      finished || offered.length > 0
        ? remedyButtons(offered, ref, [button(ACTIONS.snapshot, 'Snapshot', ref)])
        : [],
    ),
    escalation ? context([escalationInWords(escalation, now)]) : null,
  ];
}

/** The first message of a thread that a person's `/diagnose` or the clock starts; edited once the verdict is known. */
export function diagnosisRoot(view: DiagnosisRootView): Message {
  const state = view.verdict ? verdictSign(view.verdict, view.hands) : RUNNING;
  const title = sought(view.runbook.title, view.verdict?.status);
  const what = [title, safe(view.service.name, 64)];
  const verdict = view.verdict ? [verdictInWords(view.verdict, view.hands)] : [];
  const took = view.tookMs === null ? [] : [`took ${formatDuration(view.tookMs)}`];
  return message([signed(state), ...what, ...verdict].join(' · '), [
    section([[bold(state), `*${title}*`, what[1], ...verdict].join(' · ')]),
    context([
      `${view.by ? `asked by ${mention(view.by)}` : 'by the clock'} at ${moment(view.at, view.now)}`,
      ...(view.verdict ? [countsInWords(view.verdict.counts)] : []),
      ...took,
      Object.keys(view.parameters).length > 0 && parametersInWords(view.parameters),
    ]),
  ]);
}
