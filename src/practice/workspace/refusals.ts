import { blocksTooLong, validateBlocks } from './block-kit/blocks.ts';
import type { Problems } from './block-kit/problems.ts';
import { createProblems } from './block-kit/problems.ts';
import { validateView } from './block-kit/view-rules.ts';
import type { Workspace } from './context.ts';
import { isShowable } from './file-store.ts';
import type { Json } from './json.ts';
import { asArray, asObject, isObject, parseJson } from './json.ts';

/** Slack's answer to a call that it refuses. */
export interface Refusal {
  ok: false;
  error: string;
  errors?: string[];
  response_metadata?: { messages: string[] };
}

export function refuse(error: string, messages?: string[]): Refusal {
  if (messages === undefined) return { ok: false, error };
  return {
    ok: false,
    error,
    errors: messages,
    response_metadata: { messages: messages.map((m) => `[ERROR] ${m}`) },
  };
}

function problemsOf(ws: Workspace): Problems {
  return createProblems((id) => isShowable(ws, id));
}

/** The blocks of a message, given as JSON text or as an array; undefined when there are none. */
export function messageBlocks(ws: Workspace, given: unknown): Json[] | Refusal | undefined {
  const blocks = typeof given === 'string' && given !== '' ? parseJson(given) : given;
  if (given === undefined || given === '' || given === null) return undefined;
  if (!Array.isArray(blocks)) return refuse('invalid_blocks_format');
  const problems = problemsOf(ws);
  validateBlocks(problems, blocks, 'message', '/blocks');
  if (problems.list().length > 0) return refuse('invalid_blocks', problems.list());
  if (blocksTooLong(blocks)) return refuse('msg_blocks_too_long');
  return asArray(blocks).map(asObject);
}

/** A view, given as JSON text or as an object. */
export function viewOf(ws: Workspace, given: unknown, type: 'modal' | 'home'): Json | Refusal {
  const view = typeof given === 'string' ? parseJson(given) : given;
  if (!isObject(view)) return refuse('invalid_arguments', ['must provide an object [json-pointer:/view]']);
  const problems = problemsOf(ws);
  validateView(problems, view, type);
  return problems.list().length > 0 ? refuse('invalid_arguments', problems.list()) : view;
}

export function isRefusal(value: unknown): value is Refusal {
  return isObject(value) && value.ok === false && typeof value.error === 'string';
}
