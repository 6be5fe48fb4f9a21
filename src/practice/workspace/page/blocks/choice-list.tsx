import { parsePlain } from '../text/mrkdwn.ts';
import { Inlines } from '../text/text.tsx';
import type { Choice } from './select-choices.ts';

interface ChoiceListProps {
  id: string;
  choices: readonly Choice[];
  /** What stands there while it is empty. */
  says: string;
  active: number;
  chosen: readonly Choice[];
  many: boolean;
  onPick(choice: Choice): void;
}

/** The open list of a select. */
export function ChoiceList({ id, choices, says, active, chosen, many, onPick }: ChoiceListProps) {
  const isChosen = (choice: Choice) => chosen.some((each) => each.value === choice.value);
  return (
    <div id={`${id}-list`} role="listbox" aria-multiselectable={many} tabIndex={-1}>
      {choices.length === 0 && <div className="select-says">{says}</div>}
      {choices.map((choice, index) => (
        <div key={choice.value}>
          {choice.group !== undefined && choice.group !== choices[index - 1]?.group && (
            <div className="select-group">{choice.group}</div>
          )}
          <ChoiceLine
            id={`${id}-${index}`}
            choice={choice}
            active={index === active}
            chosen={isChosen(choice)}
            onPick={onPick}
          />
        </div>
      ))}
    </div>
  );
}

interface ChoiceLineProps {
  id: string;
  choice: Choice;
  active: boolean;
  chosen: boolean;
  onPick(choice: Choice): void;
}

function ChoiceLine({ id, choice, active, chosen, onPick }: ChoiceLineProps) {
  return (
    <div
      id={id}
      ref={active ? keepInView : undefined}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      className={active ? 'select-option select-option-active' : 'select-option'}
      onPointerDown={(event) => {
        event.preventDefault();
        onPick(choice);
      }}
    >
      <Inlines nodes={parsePlain(choice.label)} />
      {choice.description && <span className="select-description">{choice.description}</span>}
    </div>
  );
}

function keepInView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}
