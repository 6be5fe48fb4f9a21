import type { StepKind } from '../../steps/step-kind.ts';
import type { Located, Path } from '../document.ts';
import type { RunbookFile, ServiceFile } from '../schema.ts';

export type StepKinds = Readonly<Record<string, StepKind>>;

/** A runbook whose shape is right, with what its rules are about. */
export interface RunbookContext {
  document: Located;
  runbook: RunbookFile;
  /** Undefined when its service.yml has problems of its own: then nothing is said about what stands there. */
  service: ServiceFile | undefined;
  kinds: StepKinds;
}

/** A step of a runbook, and what is asked of it there. */
export interface PlacedStep {
  kind: string;
  input: unknown;
  /** Path of the step kind's key. */
  path: Path;
  asked: 'observe' | 'preview' | 'perform';
}

/** Every step of a runbook, in the order of the file. */
export function stepsOf({ runbook, kinds }: Pick<RunbookContext, 'runbook' | 'kinds'>): PlacedStep[] {
  const checks = Object.entries(runbook.checks).flatMap(([name, check]) => {
    const kind = Object.keys(check).find((key) => Object.hasOwn(kinds, key));
    return kind === undefined ? [] : [placed(check, kind, ['checks', name], 'observe')];
  });
  const actions = Object.entries(runbook.actions ?? {}).flatMap(([name, action]) => {
    const preview = action.preview ? [only(action.preview, ['actions', name, 'preview'], 'preview')] : [];
    return [
      ...preview,
      ...action.steps.map((step, index) => only(step, ['actions', name, 'steps', index], 'perform')),
    ];
  });
  return [...checks, ...actions];
}

function only(step: Readonly<Record<string, unknown>>, path: Path, asked: PlacedStep['asked']): PlacedStep {
  return placed(step, Object.keys(step)[0] ?? '', path, asked);
}

function placed(
  holder: Readonly<Record<string, unknown>>,
  kind: string,
  path: Path,
  asked: PlacedStep['asked'],
): PlacedStep {
  return { kind, input: holder[kind], path: [...path, kind], asked };
}
