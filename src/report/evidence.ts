import type { KnownBlock, ModalView } from '@slack/types';
import type { Diagnosis, Finding } from '../diagnosis/finding.ts';
import { worstFirst } from '../diagnosis/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import type { Evidence } from '../steps/step-kind.ts';
import { context, section } from './blocks.ts';
import { formatDuration, formatFigure } from './figures.ts';
import { reading } from './modal.ts';
import { bold, STATUS } from './signs.ts';
import { pre, safe } from './text.ts';
import { wholeBlocks, wholeOf } from './whole.ts';

/** A modal's blocks together may hold more than a message's, and must not be a wall either. */
const PIECES = 24;
const FINDINGS = 24;

/** What backs one check's claim, or every one's when `check` is null. */
export function evidenceView(diagnosis: Diagnosis, check: string | null): ModalView {
  const wanted = worstFirst(diagnosis.findings).filter(
    (finding) => check === null || finding.check === check,
  );
  const blocks = wanted
    .slice(0, FINDINGS)
    .flatMap((finding) => findingBlocks(finding, check === null ? 700 : 2_900));
  const more = wanted.length - FINDINGS;
  return reading('Evidence', [
    section([`*${safe(diagnosis.title, 120)}* · ${safe(diagnosis.service, 64)}`]),
    ...(blocks.length > 0
      ? blocks
      : [section(['This check has not answered: there is nothing to show yet.'])]),
    more > 0 ? context([`and ${formatFigure(more, 'checks')} more: open one by its own button`]) : null,
  ]);
}

/** The whole dry run of a plan, as it was shown before it was asked for. */
export function previewView(plan: Plan): ModalView {
  return reading('Dry run', [
    section([`*${safe(plan.title, 120)}* · ${safe(plan.service, 64)}`]),
    ...wholeBlocks(wholeOf(plan)),
    ...evidenceBlocks(plan.preview.evidence, 2_900),
  ]);
}

function findingBlocks(finding: Finding, limit: number): (KnownBlock | null)[] {
  const bound = finding.limit ? `   _(${safe(finding.limit, 90)})_` : '';
  return [
    section([
      `${bold(STATUS[finding.status])} · *${safe(finding.title, 90)}*`,
      `${safe(finding.says)}${bound}`,
    ]),
    ...evidenceBlocks(finding.evidence, limit),
    context([`answered in ${formatDuration(finding.tookMs)}`]),
  ];
}

function evidenceBlocks(evidence: readonly Evidence[], limit: number): (KnownBlock | null)[] {
  if (evidence.length === 0) return [section(['_No evidence was kept._'])];
  const shown = evidence
    .slice(0, PIECES)
    .map(({ label, text }) => section([`*${safe(label, 80) || 'evidence'}*\n${pre(text, limit - 100)}`]));
  const more = evidence.length - shown.length;
  return more > 0 ? [...shown, context([`… (cut: ${more} more)`])] : shown;
}
