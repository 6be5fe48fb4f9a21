import type { Json } from '../json.ts';
import { asArray, isObject } from '../json.ts';
import { validateBlocks } from './blocks.ts';
import type { Problems } from './problems.ts';
import * as check from './problems.ts';

const COMMON = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];
const MODAL = [...COMMON, 'title', 'submit', 'close', 'clear_on_close', 'notify_on_close', 'submit_disabled'];

/** Finds everything that Slack would refuse in a view. */
export function validateView(problems: Problems, view: Json, type: 'modal' | 'home'): void {
  const at = '/view';
  if (!check.typed(problems, view, [type], at)) return;
  check.onlyFields(problems, view, type === 'modal' ? MODAL : COMMON, at);
  check.shortString(problems, view.private_metadata, 3_000, `${at}/private_metadata`);
  check.shortString(problems, view.callback_id, 255, `${at}/callback_id`);
  check.shortString(problems, view.external_id, 255, `${at}/external_id`);
  if (type === 'modal') modal(problems, view, at);
  validateBlocks(problems, view.blocks, type, `${at}/blocks`);
}

function modal(problems: Problems, view: Json, at: string): void {
  check.required(problems, view, 'title', at);
  for (const field of ['title', 'submit', 'close']) {
    check.textObject(problems, view[field], { max: 24, plain: true }, `${at}/${field}`);
  }
  const asks = asArray(view.blocks).some((block) => isObject(block) && block.type === 'input');
  if (asks) check.required(problems, view, 'submit', at);
}
