import type { Person } from '../approval/person.ts';
import type { Plan } from '../plan/plan.ts';

/** What the messages about people's own work are made from; as in states.ts. */

/** How many checks are a person's, and how many of them nobody has ticked off. */
export interface Hands {
  all: number;
  left: number;
  /** No check is a machine's. */
  only: boolean;
}

export interface ChecklistItem {
  check: string;
  title: string;
  /** What to do, as one sentence. */
  does: string;
  /** Title of the role whose work it is. */
  role: string | null;
  /** Title of the part of the work that it belongs to. */
  phase: string | null;
  /** Who ticked it off. */
  tick: { by: Person; at: string } | null;
}

export interface ChecklistView {
  /** Where the buttons' work goes. */
  ref: string;
  runbook: { name: string; title: string };
  service: { name: string; title: string };
  items: readonly ChecklistItem[];
  now: string;
}

/** Calls whoever is to do a step by hand, and says what became of it. */
export interface HandView {
  id: string;
  digest: string;
  plan: Pick<Plan, 'title' | 'service' | 'requester'>;
  /** Index of the step, and how many there are. */
  step: number;
  of: number;
  does: string;
  /** Whose work it is; null where the runbook names nobody. */
  role: { title: string; group: string | null; reach: string | null } | null;
  until: string;
  /** null while it waits; `by` is null when its time was over. */
  ended: { ok: boolean; by: Person | null; at: string; says: string } | null;
  now: string;
}
