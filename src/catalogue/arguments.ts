export type ArgumentsAnswer =
  /** `runbook` is as it was written: `redis-down` or `denis/redis-down`. */
  { ok: true; runbook?: string; parameters: Readonly<Record<string, string>> } | { ok: false; says: string };

/** An optional `name=`, then something in quotes (also the curly ones that phones write) or without. */
const WORD =
  /([^\s="“”„'‘’]+=)?(?:["“”„]((?:\\.|[^"“”„\\])*)["“”„]|['‘’]((?:\\.|[^'‘’\\])*)['‘’]|(\S*))(?=\s|$)/suy;
const QUOTE = /^["“”„'‘’]/u;

/**
 * Reads what a person typed behind a command: `redis-down queue=celery reason="two words"`. Within quotes a
 * backslash keeps the next character as it is.
 */
export function parseArguments(text: string): ArgumentsAnswer {
  const parameters = new Map<string, string>();
  let runbook: string | undefined;
  for (const { name, value, open } of wordsOf(text)) {
    if (open) return refused(value, 'a quote is opened and not closed, or something sticks to it');
    if (name !== undefined && parameters.has(name)) return refused(name, 'it is given twice');
    if (name !== undefined) parameters.set(name, value);
    else if (runbook === undefined && !value.includes('=')) runbook = value;
    else return refused(value, 'it is neither the runbook nor name=value');
  }
  return {
    ok: true,
    ...(runbook === undefined ? {} : { runbook }),
    parameters: Object.fromEntries(parameters),
  };
}

interface Word {
  name: string | undefined;
  value: string;
  /** A quote that nothing closes. */
  open: boolean;
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let at = text.search(/\S/);
  while (at >= 0 && at < text.length) {
    WORD.lastIndex = at;
    const match = WORD.exec(text);
    if (!match) break;
    const [whole, name, double, single, bare = ''] = match;
    const quoted = double ?? single;
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/gsu, '$1');
    words.push({ name: name?.slice(0, -1), value, open: quoted === undefined && QUOTE.test(bare) });
    at += whole.length;
    at += text.slice(at).search(/\S|$/);
  }
  return words;
}

function refused(word: string, because: string): ArgumentsAnswer {
  const says = `"${word.slice(0, 60)}" is not understood: ${because}. Write for example redis-down queue=celery reason="two words".`;
  return { ok: false, says };
}
