import type { PersonView, WorkspaceState } from '../../protocol.ts';

/** One line for a newcomer: what this person may do here. */
export function hintFor(person: PersonView, groups: WorkspaceState['groups']): string {
  if (person.kind === 'guest') return 'Sees what happens. A guest’s vote does not count.';
  if (person.kind === 'stranger')
    return 'Sees the shared channel. Commands and votes from outside do not count.';
  const handles = Object.values(groups)
    .filter((group) => group.members.includes(person.id))
    .map((group) => group.handle);
  if (handles.some((handle) => /on-?call/.test(handle))) {
    return 'Diagnoses, starts actions, asks for approval. Cannot approve own requests.';
  }
  if (handles.length > 0) return `In @${handles.join(', @')}: approves or denies what others ask for.`;
  return 'Diagnoses and asks for approval.';
}
