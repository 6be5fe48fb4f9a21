import type { z } from 'zod';
import { type Located, parseYaml } from './document.ts';
import { problemsOfShape } from './issues.ts';
import { lintActions } from './lint/actions.ts';
import { type Claim, claimsIn } from './lint/alerts.ts';
import { type Wait, waitsIn } from './lint/calls.ts';
import { type KindsByName, type RunbookContext, stepsOf } from './lint/context.ts';
import { lintDrills } from './lint/drills.ts';
import { lintConditions, lintParameters } from './lint/parameters.ts';
import { lintPhases } from './lint/phases.ts';
import { lintReferences } from './lint/references.ts';
import { lintSchedule } from './lint/schedule.ts';
import { lintService } from './lint/service.ts';
import { lintSteps, lintWords } from './lint/steps.ts';
import { objectivesOf, withObjectives } from './objectives.ts';
import type { Problem } from './problem.ts';
import { type RunbookFile, runbookSchema } from './schema.ts';
import { type ServiceFile, serviceSchema } from './schema-service.ts';
import { type FilledService, fillService } from './settings.ts';
import type { SourceFile } from './source.ts';

interface Read<T> {
  problems: Problem[];
  /** Absent when the file is not of the right shape. */
  content?: T;
}

/** A service's file, checked, its channel and groups filled in from the settings. */
export function readService(
  file: SourceFile,
  settings: Readonly<Record<string, string>>,
  kinds: KindsByName,
): Read<{ service: FilledService; waits: Wait[] }> {
  const { document, content, problems } = readShape(file, serviceSchema);
  if (!document || !content) return { problems };
  const filled = fillService(document, content, settings);
  return {
    content: { service: filled.service, waits: waitsIn(document, file.service, content.escalate) },
    problems: [...lintService({ document, service: content, kinds }), ...filled.problems],
  };
}

const RULES: readonly ((context: RunbookContext) => Problem[])[] = [
  lintSteps,
  lintWords,
  lintParameters,
  lintConditions,
  lintReferences,
  lintActions,
  lintPhases,
  lintSchedule,
  lintDrills,
];

/** A runbook's file, checked by every rule that needs no other runbook. */
export function readRunbook(
  file: SourceFile,
  service: ServiceFile | undefined,
  kinds: KindsByName,
): Read<{ runbook: RunbookFile; claims: Claim[]; waits: Wait[] }> {
  const { document, content, problems } = readShape(file, runbookSchema);
  if (!document || !content) return { problems };
  const { runbook, problems: misses } = withObjectives(document, content, service && objectivesOf(service));
  const context = { document, runbook, service, kinds, steps: stepsOf(runbook, kinds) };
  return {
    content: {
      runbook,
      claims: claimsIn(document, runbook),
      waits: waitsIn(document, file.service, runbook.escalate),
    },
    problems: [...misses, ...RULES.flatMap((rule) => rule(context))],
  };
}

function readShape<T>(file: SourceFile, schema: z.ZodType<T>): Read<T> & { document?: Located } {
  const { document, problems } = parseYaml(file.shown, file.text);
  if (!document || problems.length > 0) return { problems };
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return { document, content: parsed.data, problems: [] };
  return { problems: problemsOfShape({ document, schema }, parsed.error) };
}
