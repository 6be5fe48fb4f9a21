import type { Checkboxes, Option, RadioButtons } from '@slack/types';
import { type ReactNode, useId } from 'react';
import type { ElementLike } from '../state/values.ts';
import { TextObject } from '../text/text.tsx';
import { type ElementProps, type Placement, useEntry } from './surface.ts';

function ChoiceLabel({ option }: { option: Option }) {
  return (
    <span className="choice-text">
      <TextObject text={option.text} />
      {option.description && (
        <span className="choice-description">
          <TextObject text={option.description} />
        </span>
      )}
    </span>
  );
}

function ChoiceGroup({ place, children }: { place: Placement; children: ReactNode }) {
  return (
    <fieldset className="choices" aria-labelledby={place.labelledBy} aria-describedby={place.describedBy}>
      {children}
    </fieldset>
  );
}

export function CheckboxesElement({ element, place }: ElementProps<Checkboxes>) {
  const { entry, change } = useEntry(element as unknown as ElementLike, place);
  const chosen = (entry.selected_options ?? []) as Option[];
  const isChosen = (option: Option) => chosen.some((each) => each.value === option.value);
  function toggle(option: Option) {
    const kept = element.options.filter((each) => (each === option ? !isChosen(each) : isChosen(each)));
    void change({ selected_options: kept });
  }
  return (
    <ChoiceGroup place={place}>
      {element.options.map((option) => (
        <label key={option.value} className="choice">
          <input type="checkbox" checked={isChosen(option)} onChange={() => toggle(option)} />
          <ChoiceLabel option={option} />
        </label>
      ))}
    </ChoiceGroup>
  );
}

export function RadioElement({ element, place }: ElementProps<RadioButtons>) {
  const name = useId();
  const { entry, change } = useEntry(element as unknown as ElementLike, place);
  const chosen = entry.selected_option as Option | null;
  return (
    <ChoiceGroup place={place}>
      {element.options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type="radio"
            name={name}
            checked={chosen?.value === option.value}
            onChange={() => void change({ selected_option: option })}
          />
          <ChoiceLabel option={option} />
        </label>
      ))}
    </ChoiceGroup>
  );
}
