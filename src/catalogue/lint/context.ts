import type { z } from 'zod';
import type { StepKind } from '../../steps/step-kind.ts';
import type { Located, Path } from '../document.ts';
import type { RunbookFile } from '../schema.ts';
import type { ServiceFile } from '../schema-service.ts';

/** The step kinds there are, by name. */
export type KindsByName = Readonly<Record<string, StepKind>>;

/** The connections that there can be, each with its schema, by their kind. */
export function connectionKinds(kinds: readonly StepKind[]): Readonly<Record<string, z.ZodType>> {
  const own = kinds.flatMap(({ name, connection }) => (connection ? [[name, connection] as const] : []));
  return Object.assign(Object.fromEntries(own), ...kinds.map(({ connections }) => connections));
}

/** A runbook whose shape is right, with what its rules are about. */
export interface RunbookContext {
  document: Located;
  runbook: RunbookFile;
  /** Undefined when its service.yml has problems of its own: then nothing is said about what stands there. */
  service: ServiceFile | undefined;
  kinds: KindsByName;
  /** Every step, in the order of the file. */
  steps: readonly PlacedStep[];
}

/** A check looks, and so does the dry run of a preview; what stands under `steps` changes something. */
export type Asked = 'look' | 'dry-run' | 'act';

/** What acts can also say what it would do, and for what state of its target that was said. */
export function isAble(kind: StepKind, asked: Asked): boolean {
  if (kind.byPerson) return asked !== 'dry-run';
  if (asked !== 'act') return kind.observe !== undefined;
  return kind.perform !== undefined && kind.preview !== undefined && kind.fingerprint !== undefined;
}

/** A step of a runbook, and what is asked of it there. */
export interface PlacedStep {
  kind: string;
  input: unknown;
  /** Path of the step kind's key. */
  path: Path;
  asked: Asked;
  /** What its kind makes of the input; absent when there is no such kind. */
  parsed?: z.ZodSafeParseResult<unknown>;
}

/** Every step of a runbook, in the order of the file. */
export function stepsOf(runbook: RunbookFile, kinds: KindsByName): PlacedStep[] {
  const placed = (holder: Readonly<Record<string, unknown>>, kind: string, path: Path, asked: Asked) => {
    const input = holder[kind];
    const parsed = Object.hasOwn(kinds, kind) ? kinds[kind]?.input.safeParse(input) : undefined;
    return { kind, input, path: [...path, kind], asked, ...(parsed ? { parsed } : {}) };
  };
  const only = (step: Readonly<Record<string, unknown>>, path: Path, asked: Asked) =>
    placed(step, Object.keys(step)[0] ?? '', path, asked);
  const checks = Object.entries(runbook.checks).flatMap(([name, check]) => {
    const kind = Object.keys(check).find((key) => Object.hasOwn(kinds, key));
    return kind === undefined ? [] : [placed(check, kind, ['checks', name], 'look')];
  });
  const actions = Object.entries(runbook.actions ?? {}).flatMap(([name, action]) => {
    const preview = action.preview ? [only(action.preview, ['actions', name, 'preview'], 'dry-run')] : [];
    return [
      ...preview,
      ...action.steps.map((step, index) => only(step, ['actions', name, 'steps', index], 'act')),
    ];
  });
  return [...checks, ...actions];
}
