import type { CommandHint, WorkspaceState } from '../../protocol.ts';

export interface Completion {
  insert: string;
  title: string;
  detail: string;
  about: string;
}

/** What can be completed at the caret: the piece of text that is replaced, and by what. */
export interface Completions {
  from: number;
  items: Completion[];
}

const NONE: Completions = { from: 0, items: [] };

function commandItems(typed: string, commands: readonly CommandHint[]): Completion[] {
  return commands
    .filter(({ command }) => command.startsWith(typed.toLowerCase()) && command !== typed)
    .map(({ command, usage, description }) => ({
      insert: `${command} `,
      title: command,
      detail: usage,
      about: description,
    }));
}

function mentionItems(typed: string, state: WorkspaceState): Completion[] {
  const people = [state.bot, ...state.people].map(({ handle, name, title }) => ({
    handle,
    name,
    about: title,
  }));
  const groups = Object.values(state.groups).map(({ handle, members }) => ({
    handle,
    name: handle,
    about: `group of ${members.length}`,
  }));
  const wanted = typed.toLowerCase();
  return [...people, ...groups]
    .filter(
      ({ handle, name }) =>
        handle.startsWith(wanted) ||
        name
          .toLowerCase()
          .split(' ')
          .some((part) => part.startsWith(wanted)),
    )
    .map(({ handle, name, about }) => ({ insert: `@${handle} `, title: name, detail: `@${handle}`, about }));
}

/** Commands for a line that begins with a slash, people and groups after an @. */
export function completionsFor(text: string, caret: number, state: WorkspaceState): Completions {
  const before = text.slice(0, caret);
  if (/^\/[\w-]*$/.test(before)) return { from: 0, items: commandItems(before, state.commands) };
  const mention = /(?:^|\s)@([\w.-]*)$/.exec(before);
  if (!mention) return NONE;
  const typed = mention[1] ?? '';
  return { from: caret - typed.length - 1, items: mentionItems(typed, state) };
}

/** The command that a line gives, once its name is complete: its hint is shown while its parameters are typed. */
export function commandOf(text: string, commands: readonly CommandHint[]): CommandHint | undefined {
  const name = /^\/[\w-]+(?=\s|$)/.exec(text)?.[0];
  return commands.find(({ command }) => command === name);
}
