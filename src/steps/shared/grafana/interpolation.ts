import { GuardiaError } from '../../../errors.ts';
import { knownValue, VARIABLE, type VariableValue, type VariableValues, variableIn } from './variables.ts';

/** What stands in a query without quotes and can be nothing but one name, number or duration. */
const WORD = /^-?[\w:.]+$/;
/** What means the same in any language, with quotes around it or without; no comment of SQL can begin in it. */
const PLAIN = /^[\w.:@]+(?:[-/][\w.:@]+)*$/;
const METACHARACTERS = /[\\^$.*+?()[\]{}|]/g;
const JOINED: Readonly<Record<string, string>> = { pipe: '|', csv: ',', raw: ',', text: ',' };

/** Where in a query a variable stands: within which quotes (`#` is a comment), and whether they hold a regular expression. */
interface Place {
  quote: string;
  regex: boolean;
}

/**
 * Puts variables into PromQL or LogQL as Grafana's own pages do before they send it: several values as `(a|b)`, escaped
 * for the quotes that they stand in. What is not the dashboard's own stays a value wherever it stands: in a regular
 * expression it matches itself alone, and outside quotes it is one word. Throws 'bad-input' for one that cannot.
 */
export function filledPromql(template: string, values: VariableValues): string {
  let place: Place = { quote: '', regex: false };
  let read = 0;
  return template.replace(VARIABLE, (match, ...groups) => {
    const at = groups.find((group) => typeof group === 'number') as number;
    place = placeAfter(template.slice(read, at), place);
    read = at + match.length;
    const { name, format } = variableIn(groups);
    const value = knownValue(name, values);
    return value ? inPlace({ name, format, value }, place) : match;
  });
}

/** The same for a language that Guardia does not know: only what is plain in any of them. */
export function filledPlainly(template: string, values: VariableValues): string {
  return template.replace(VARIABLE, (match, ...groups) => {
    const { name, format } = variableIn(groups);
    const value = knownValue(name, values);
    if (!value) return match;
    if (value.moment !== undefined) return momentText(value.moment, { name, format });
    if (value.all !== undefined) return value.all;
    if (value.given && !value.values.every((one) => PLAIN.test(one))) {
      throw unfit(name, 'has a value that this data source could read as more than a value');
    }
    if (value.values.length > 1 && !(format in JOINED))
      throw unfit(name, 'has several values, which Guardia puts into PromQL and LogQL alone');
    return joined(value.values, { name, format });
  });
}

interface Use {
  name: string;
  format: string;
  value: VariableValue;
}

function inPlace({ name, format, value }: Use, place: Place): string {
  if (value.moment !== undefined) return momentText(value.moment, { name, format });
  if (value.all !== undefined) return value.all;
  const isPattern = (format === '' && value.many) || format === 'regex' || (value.given && place.regex);
  const values = isPattern ? value.values.map((one) => one.replace(METACHARACTERS, '\\$&')) : value.values;
  const text = joined(values, { name, format });
  if (place.quote === '' || place.quote === '#') {
    if (!value.given || value.values.every((one) => WORD.test(one))) return text;
    throw unfit(name, 'stands outside quotes, where only a word, a number or a duration may');
  }
  return quoted(text, place.quote, name);
}

function quoted(text: string, quote: string, name: string): string {
  if (quote !== '`')
    return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
  if (text.includes('`')) throw unfit(name, 'has a backtick in it, and stands between backticks');
  return text;
}

function joined(values: readonly string[], { name, format }: Omit<Use, 'value'>): string {
  const between = JOINED[format];
  if (between !== undefined) return values.join(between);
  if (format !== '' && format !== 'regex')
    throw unfit(name, `is wanted as ${format}, which Guardia cannot write`);
  return values.length === 1 ? (values[0] as string) : `(${values.join('|')})`;
}

function momentText(moment: number, { name, format }: Omit<Use, 'value'>): string {
  if (format === '') return String(moment);
  if (format === 'date' || format === 'date:iso') return new Date(moment).toISOString();
  if (format === 'date:seconds') return String(Math.floor(moment / 1_000));
  throw unfit(name, `is wanted as ${format}, which Guardia cannot write`);
}

function unfit(name: string, why: string): GuardiaError {
  return new GuardiaError('bad-input', `the variable ${name} ${why}`);
}

function placeAfter(text: string, before: Place): Place {
  let { quote, regex } = before;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quote === '' && '"\'`#'.includes(character)) {
      quote = character;
      regex = /[=!|]~\s*$/.test(text.slice(0, at));
    } else if (quote !== '' && character === '\\' && quote !== '`' && quote !== '#') at += 1;
    else if (character === (quote === '#' ? '\n' : quote)) quote = '';
  }
  return { quote, regex };
}
