import type { Button, Checkboxes, ImageElement, Overflow, RadioButtons } from '@slack/types';
import type { ReactNode } from 'react';
import type { ElementLike } from '../state/values.ts';
import { ButtonElement } from './button.tsx';
import { CheckboxesElement, RadioElement } from './choices.tsx';
import { SmallImage } from './image.tsx';
import { DateElement, TextElement } from './inputs.tsx';
import { OverflowElement } from './overflow.tsx';
import { SelectElement } from './select.tsx';
import type { Placement } from './surface.ts';

type Shown = (element: ElementLike, place: Placement) => ReactNode;

const text: Shown = (element, place) => <TextElement element={element} place={place} />;
const date: Shown = (element, place) => <DateElement element={element} place={place} />;
const select: Shown = (element, place) => <SelectElement element={element} place={place} />;

const SHOWN: Readonly<Record<string, Shown>> = {
  button: (element, place) => <ButtonElement element={element as unknown as Button} place={place} />,
  image: (element) => <SmallImage image={element as unknown as ImageElement} className="accessory-image" />,
  overflow: (element, place) => <OverflowElement element={element as unknown as Overflow} place={place} />,
  checkboxes: (element, place) => (
    <CheckboxesElement element={element as unknown as Checkboxes} place={place} />
  ),
  radio_buttons: (element, place) => (
    <RadioElement element={element as unknown as RadioButtons} place={place} />
  ),
  plain_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  datepicker: date,
  timepicker: date,
  datetimepicker: date,
  static_select: select,
  external_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: select,
  multi_external_select: select,
  multi_users_select: select,
  multi_channels_select: select,
  multi_conversations_select: select,
};

export function BlockElement({ element, place }: { element: ElementLike; place: Placement }): ReactNode {
  const shown = SHOWN[element.type];
  if (shown) return shown(element, place);
  return <span className="unsupported">The practice workspace cannot show “{element.type}”.</span>;
}
