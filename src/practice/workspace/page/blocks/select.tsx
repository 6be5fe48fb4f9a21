import type { Option, PlainTextElement } from '@slack/types';
import { useId, useRef } from 'react';
import { Popup } from '../parts/popup.tsx';
import { type Entry, valueField } from '../state/values.ts';
import { useDirectory } from '../text/directory.ts';
import { parsePlain } from '../text/mrkdwn.ts';
import { Inlines } from '../text/text.tsx';
import { ChoiceList } from './choice-list.tsx';
import { type Choice, choicesOf, optionChoice, type SelectProps } from './select-choices.ts';
import { type ElementProps, useEntry } from './surface.ts';
import { useCombobox } from './use-combobox.ts';

/** What is chosen now, as lines of the list. */
function useChosen(element: ElementProps['element'], entry: Entry): Choice[] {
  const directory = useDirectory();
  const held = entry[valueField(element.type)];
  const list = (Array.isArray(held) ? held : [held]).filter((each) => each !== null && each !== undefined);
  const known = choicesOf(element, directory);
  return list.map((each: Option | string) => {
    if (typeof each !== 'string') return optionChoice(each);
    return known.find((choice) => choice.value === each) ?? { value: each, label: each, held: each };
  });
}

/** Every kind of select, one or many: type to narrow the list, arrow keys and Enter to choose. */
export function SelectElement({ element, place }: ElementProps) {
  const many = element.type.startsWith('multi_');
  const field = valueField(element.type);
  const { entry, change } = useEntry(element, place);
  const chosen = useChosen(element, entry);
  function hold(choices: readonly Choice[]) {
    const held = choices.map((choice) => choice.held);
    void change({ [field]: many ? held : (held[0] ?? null) });
  }
  function pick(choice: Choice) {
    const others = chosen.filter((each) => each.value !== choice.value);
    if (!many) hold([choice]);
    else hold(others.length === chosen.length ? [...chosen, choice] : others);
  }
  const drop = (choice: Choice) => hold(chosen.filter((each) => each !== choice));
  return <Select element={element} place={place} many={many} chosen={chosen} onPick={pick} onDrop={drop} />;
}

function Select(props: SelectProps) {
  const { element, place, many, chosen, onDrop } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const { open, query, active, choices, says, show, pick, keys } = useCombobox(props);
  const current = many ? '' : (chosen[0]?.label ?? '');
  const placeholder = (element.placeholder as PlainTextElement | undefined)?.text ?? 'Select an item';
  return (
    <div ref={frame} className="select">
      {many &&
        chosen.map((choice) => <Chip key={choice.value} choice={choice} onDrop={() => onDrop(choice)} />)}
      <input
        className="select-input"
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && choices.length > 0 ? `${id}-${active}` : undefined}
        aria-label={place.labelledBy ? undefined : placeholder}
        aria-labelledby={place.labelledBy}
        aria-describedby={place.describedBy}
        aria-invalid={place.invalid}
        data-focus={element.focus_on_load === true || undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={current || (many && chosen.length > 0 ? '' : placeholder)}
        value={open ? query : current}
        {...keys}
      />
      <span className="select-arrow" aria-hidden="true" />
      {open && (
        <Popup anchor={frame} width="anchor" onClose={() => show(false)}>
          <ChoiceList
            id={id}
            choices={choices}
            says={says}
            active={active}
            chosen={chosen}
            many={many}
            onPick={pick}
          />
        </Popup>
      )}
    </div>
  );
}

function Chip({ choice, onDrop }: { choice: Choice; onDrop(): void }) {
  return (
    <span className="chip">
      <Inlines nodes={parsePlain(choice.label)} />
      <button type="button" aria-label={`Remove ${choice.label}`} onClick={onDrop}>
        ×
      </button>
    </span>
  );
}
