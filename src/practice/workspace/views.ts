import type { CastPerson } from './cast.ts';
import type { Workspace } from './context.ts';
import { newId, personOf } from './context.ts';
import type { Json } from './json.ts';
import { asArray, asObject, asText, isObject } from './json.ts';
import { withIds } from './messages.ts';
import type { StoredView } from './state.ts';

/** Values of a view's inputs by block_id and action_id, as `view.state.values` has them. */
export type Values = Record<string, Record<string, Json>>;

export const MODAL_STACK = 3;

export function createView(ws: Workspace, given: Json, user: string, below?: StoredView): StoredView {
  const id = newId('V');
  return {
    id,
    type: given.type === 'home' ? 'home' : 'modal',
    user,
    root: below?.root ?? id,
    previous: below?.id ?? null,
    ...contentOf(ws, given),
  };
}

/** What views.update replaces: everything but whose it is and where it stands. */
export function contentOf(
  ws: Workspace,
  given: Json,
): Omit<StoredView, 'id' | 'type' | 'user' | 'root' | 'previous'> {
  return {
    callback_id: asText(given.callback_id),
    external_id: asText(given.external_id),
    private_metadata: asText(given.private_metadata),
    title: isObject(given.title) ? given.title : undefined,
    submit: isObject(given.submit) ? given.submit : undefined,
    close: isObject(given.close) ? given.close : undefined,
    notify_on_close: given.notify_on_close === true,
    clear_on_close: given.clear_on_close === true,
    blocks: withIds(asArray(given.blocks).map(asObject)),
    hash: `${Math.floor(ws.clock.now() / 1000)}.${newId('')}`,
    errors: undefined,
  };
}

export function modalsOf(ws: Workspace, user: string): StoredView[] {
  return ws.state.modals.get(user) ?? [];
}

export function setModals(ws: Workspace, user: string, modals: StoredView[]): void {
  ws.state.modals.set(user, modals);
  ws.journal.add({ type: 'modals', user });
}

export function findView(ws: Workspace, matches: (view: StoredView) => boolean): StoredView | undefined {
  return [...[...ws.state.modals.values()].flat(), ...ws.state.homes.values()].find(matches);
}

/** Tells whoever looks at the view that it changed. */
export function viewChanged(ws: Workspace, view: StoredView): void {
  ws.journal.add({ type: view.type === 'home' ? 'home' : 'modals', user: view.user });
}

/**
 * A view as the Web API and payloads show it. In a shared channel the view's team is the one of the person who
 * looks at it, and `app_installed_team_id` says where the app is (github.com/slackapi/bolt-js/issues/1614).
 */
export function viewJson(ws: Workspace, view: StoredView, values?: Values): Json {
  const state = { values: values ?? valuesOf(view, {}) };
  return {
    id: view.id,
    team_id: personOf(ws, view.user)?.team ?? ws.cast.team.id,
    app_installed_team_id: ws.cast.team.id,
    app_id: ws.bot.appId,
    bot_id: ws.cast.bot.id,
    type: view.type,
    callback_id: view.callback_id,
    external_id: view.external_id,
    private_metadata: view.private_metadata,
    title: view.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    submit: view.submit ?? null,
    close: view.close ?? null,
    blocks: view.blocks,
    state,
    hash: view.hash,
    clear_on_close: view.clear_on_close,
    notify_on_close: view.notify_on_close,
    root_view_id: view.root,
    previous_view_id: view.previous,
  };
}

interface Input {
  block: Json;
  element: Json;
}

/** Elements whose values a view's state has: those of input blocks, and pickers in actions and sections. */
export function inputsOf(view: StoredView): Input[] {
  return view.blocks.flatMap((block) => {
    if (block.type === 'input') return [{ block, element: asObject(block.element) }];
    const others = [...asArray(block.elements), block.accessory].filter(isObject);
    return others
      .filter((element) => !STATELESS.has(asText(element.type)))
      .map((element) => ({ block, element }));
  });
}

const STATELESS = new Set(['button', 'overflow', 'image', 'mrkdwn', 'plain_text']);

/** The state of all inputs: what was entered, else what they began with, else nothing. */
export function valuesOf(view: StoredView, entered: Values): Values {
  const values: Values = {};
  for (const { block, element } of inputsOf(view)) {
    const blockId = asText(block.block_id);
    const actionId = asText(element.action_id);
    if (actionId === '') continue;
    values[blockId] = {
      ...values[blockId],
      [actionId]: entered[blockId]?.[actionId] ?? initialValue(element),
    };
  }
  return values;
}

function initialValue(element: Json): Json {
  const type = asText(element.type);
  const field = valueField(type);
  const initial = element[field === 'value' ? 'initial_value' : field.replace('selected_', 'initial_')];
  return { type, [field]: initial ?? (field.endsWith('s') ? [] : null) };
}

/** The field of a state value or an action that holds what was chosen. */
export function valueField(type: string): string {
  if (type === 'checkboxes') return 'selected_options';
  if (type === 'radio_buttons' || type === 'overflow') return 'selected_option';
  if (type === 'datepicker') return 'selected_date';
  if (type === 'timepicker') return 'selected_time';
  if (type === 'datetimepicker') return 'selected_date_time';
  const select = /^(multi_)?(static|external|users|conversations|channels)_select$/.exec(type);
  if (select === null) return 'value';
  const what = {
    static: 'option',
    external: 'option',
    users: 'user',
    conversations: 'conversation',
    channels: 'channel',
  };
  return `selected_${what[select[2] as keyof typeof what]}${select[1] === undefined ? '' : 's'}`;
}

/** Blocks that must be filled and are not: what Slack's own client says before anything is sent. */
export function missingInputs(view: StoredView, values: Values): Record<string, string> {
  const missing: Record<string, string> = {};
  for (const { block, element } of inputsOf(view)) {
    if (block.type !== 'input' || block.optional === true) continue;
    const value =
      values[asText(block.block_id)]?.[asText(element.action_id)]?.[valueField(asText(element.type))];
    const empty =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty) missing[asText(block.block_id)] = 'Please complete this required field.';
  }
  return missing;
}

export function isStranger(ws: Workspace, person: CastPerson): boolean {
  return person.team !== ws.cast.team.id;
}
