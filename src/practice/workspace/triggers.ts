import { randomInt } from 'node:crypto';
import type { Workspace } from './context.ts';
import { newId } from './context.ts';
import type { Trigger } from './state.ts';

/** A new trigger id; `view` is the modal that it came from. */
export function issueTrigger(ws: Workspace, user: string, view?: string): string {
  const id = `${randomInt(1e9, 1e10)}.${randomInt(1e9, 1e10)}.${newId('').toLowerCase()}`;
  ws.state.triggers.set(id, { user, view, issued: ws.clock.now(), used: false });
  return id;
}

/** Uses a trigger id up, or answers Slack's error for why it cannot be used. */
export function spendTrigger(ws: Workspace, id: string): Trigger | string {
  const trigger = ws.state.triggers.get(id);
  if (trigger === undefined) return 'invalid_trigger_id';
  if (trigger.used) return 'exchanged_trigger_id';
  if (ws.clock.now() - trigger.issued > ws.limits.triggerMs) return 'expired_trigger_id';
  trigger.used = true;
  return trigger;
}
