import type { Option, OptionGroup } from '@slack/types';
import { useEffect, useState } from 'react';
import type { ElementLike } from '../state/values.ts';
import { type Directory, useDirectory } from '../text/directory.ts';
import { type ElementProps, type Placement, type Suggestions, useSurface } from './surface.ts';

/** One line of a select's list. `held` is what the element's value becomes: an option, or somebody's id. */
export interface Choice {
  value: string;
  label: string;
  description?: string;
  group?: string;
  held: Option | string;
}

export interface Choices {
  choices: Choice[];
  /** What stands in the list while it is empty. */
  says: string;
}

/** What a select is given: the element, and what to do with what is chosen. */
export interface SelectProps extends ElementProps {
  many: boolean;
  chosen: readonly Choice[];
  onPick(choice: Choice): void;
  onDrop(choice: Choice): void;
}

export function optionChoice(option: Option, group?: string): Choice {
  const { text, description, value = '' } = option;
  return { value, label: text.text, description: description?.text, group, held: option };
}

function listed(source: Suggestions): Choice[] {
  const groups = (source.option_groups ?? []).flatMap((group: OptionGroup) =>
    group.options.map((option) => optionChoice(option, group.label.text)),
  );
  return [...(source.options ?? []).map((option) => optionChoice(option)), ...groups];
}

function personChoices({ people }: Directory): Choice[] {
  return [...people.values()]
    .filter((person) => person.kind !== 'bot')
    .map((person) => ({ value: person.id, label: person.name, description: person.title, held: person.id }));
}

function channelChoices({ channels }: Directory): Choice[] {
  return [...channels.values()].map((channel) => {
    const label = channel.kind === 'dm' ? channel.name : `#${channel.name}`;
    return { value: channel.id, label, held: channel.id };
  });
}

export function choicesOf(element: ElementLike, directory: Directory): Choice[] {
  if (element.type.endsWith('users_select')) return personChoices(directory);
  if (/(?:channels|conversations)_select$/.test(element.type)) return channelChoices(directory);
  return listed(element as Suggestions);
}

/** Everything that holds each word of what was typed. */
export function matching(choices: readonly Choice[], query: string): Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return choices.filter((choice) => {
    const text = `${choice.label} ${choice.description ?? ''} ${choice.group ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const PAUSE = 150;

/** The lines for what was typed so far; those of an external select come from the app. */
export function useChoices(element: ElementLike, place: Placement, open: boolean, query: string): Choices {
  const directory = useDirectory();
  const external = element.type.endsWith('external_select');
  const asked = useSuggestions(element, place, external && open, query);
  if (external) return asked;
  return { choices: matching(choicesOf(element, directory), query), says: 'No results' };
}

function useSuggestions(element: ElementLike, place: Placement, active: boolean, query: string): Choices {
  const { suggest } = useSurface();
  const { blockId } = place;
  const actionId = element.action_id ?? '';
  const least = Number(element.min_query_length ?? 3);
  const [answer, setAnswer] = useState<Choices>({ choices: [], says: 'Loading…' });
  useEffect(() => {
    if (!active || query.length < least) {
      setAnswer({ choices: [], says: active ? `Type ${least} or more characters` : 'Loading…' });
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      suggest(blockId, actionId, query).then(
        (found) => current && setAnswer({ choices: listed(found), says: 'No results' }),
        () => current && setAnswer({ choices: [], says: 'The app did not answer. Type again to retry.' }),
      );
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [active, query, least, suggest, blockId, actionId]);
  return answer;
}
