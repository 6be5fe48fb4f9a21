import type { DispatchActionConfig, PlainTextElement } from '@slack/types';
import type { ChangeEvent, KeyboardEvent } from 'react';
import { valueField } from '../state/values.ts';
import { type ElementProps, useEntry } from './surface.ts';

const TYPES: Readonly<Record<string, string>> = {
  plain_text_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'text',
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};

function placeholderOf(element: ElementProps['element']): string | undefined {
  return (element.placeholder as PlainTextElement | undefined)?.text;
}

/** One line or several of text; tells the app of it on Enter or on each character where the block says so. */
export function TextElement({ element, place }: ElementProps) {
  const { entry, change, send } = useEntry(element, { ...place, silent: true });
  const config = element.dispatch_action_config as DispatchActionConfig | undefined;
  const triggers = place.silent ? [] : (config?.trigger_actions_on ?? ['on_enter_pressed']);
  const multiline = element.multiline === true;
  function typed(event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) {
    const value = event.target.value === '' ? null : event.target.value;
    void change({ value });
    if (triggers.includes('on_character_entered')) void send({ value });
  }
  function pressed(event: KeyboardEvent) {
    if (event.key !== 'Enter' || multiline || !triggers.includes('on_enter_pressed')) return;
    event.preventDefault();
    void send({ value: entry.value });
  }
  const common = {
    className: 'field',
    value: String(entry.value ?? ''),
    placeholder: placeholderOf(element),
    maxLength: Number(element.max_length ?? 3000),
    'data-focus': element.focus_on_load === true || undefined,
    'aria-labelledby': place.labelledBy,
    'aria-describedby': place.describedBy,
    'aria-invalid': place.invalid,
    onChange: typed,
    onKeyDown: pressed,
  };
  if (multiline) return <textarea {...common} rows={4} />;
  const inputMode = element.type === 'number_input' ? 'decimal' : undefined;
  return <input {...common} type={TYPES[element.type]} inputMode={inputMode} autoComplete="off" />;
}

/** Date, time and both: the browser's own pickers. */
export function DateElement({ element, place }: ElementProps) {
  const { entry, change } = useEntry(element, place);
  const field = valueField(element.type);
  const held = entry[field];
  const both = element.type === 'datetimepicker';
  const shown = both && held ? localMoment(Number(held)) : String(held ?? '');
  function picked(event: ChangeEvent<HTMLInputElement>) {
    const text = event.target.value;
    const value = both ? Math.floor(new Date(text).getTime() / 1000) : text;
    void change({ [field]: text === '' ? null : value });
  }
  return (
    <input
      className="field field-date"
      type={TYPES[element.type]}
      value={shown}
      aria-label={place.labelledBy ? undefined : (placeholderOf(element) ?? 'Date')}
      aria-labelledby={place.labelledBy}
      aria-describedby={place.describedBy}
      aria-invalid={place.invalid}
      onChange={picked}
    />
  );
}

/** Seconds since 1970 as `YYYY-MM-DDTHH:MM` in the reader's zone, which is what the picker takes. */
function localMoment(unix: number): string {
  const date = new Date(unix * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
