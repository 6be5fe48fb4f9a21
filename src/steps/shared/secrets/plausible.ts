/** What stands in the place of a value: nothing, a variable, a template, a mask, what is to be put there. */
const PLACEHOLDER =
  /^(?:[*•.xX_-]{2,}|\*+|[{[(]|…+.*|vault:.*|\$[A-Za-z_]\w*|\$\d{1,2}|%[A-Za-z_]+%|%\(?\w*\)?[sdv]|\[.*\]|\?+|:[a-z_]+|\(.*\)|(?:null|nil|none|undefined|true|false|yes|no|on|off|n\/a|nan|redacted|hidden|masked|filtered|omitted|unset)[,;.]?)$/i;
const TEMPLATE = /^(?:\$\{|\$\(|\{\{|\{[A-Za-z]|<[A-Za-z/])/;
const CROSSED_OUT = /x{8}|\*{8}|^(.)\1{7,}$|EXAMPLE$/i;

/** Words that say how it stands with a secret. */
const STATE = new RegExp(
  `^(?:${[
    'absent|await|accepted|active|added|allowed|any|auto|available|bad|bearer|blank|change|changed|configured|correct|created',
    'default|deleted|denied|disabled|empty|enabled|encrypted|error|exists|expired|expires|expiring|external|failed|found',
    'generated|good|granted|ignored|incorrect|invalid|is|issued|kept|locked|match|matched|mismatch|missing|mounted|must',
    'needed|new|not|ok|okay|old|optional|present|prompt|provided|rbac|refreshed|rejected|renewed|required|requested|reset',
    'revoked|rotated|same|secret|sent|set|skipped|stale|str|string|strong|success|supplied|token|unchanged|unknown|unlocked|unused',
    'updated|used|valid|verified|wanted|was|weak|webhook|will|wrong|password|int|bool|boolean|bytes|text|plain|basic|kubernetes',
  ].join('|')})[.,;:!)]?$`,
  'i',
);

const FOLDERS =
  /^(?:~|\.{1,2})?\/(?:run|etc|var|root|home|usr|opt|tmp|secrets?|app|mnt|srv|vault|proc|data|api|v\d)\b/;
const WORDS = /^[a-z]{1,19}(?:[-_./:#][a-z]{1,19})*$/;
const PROPERTY = /^[A-Za-z_$]+(?:\??\.[A-Za-z_$]+)+$/;

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || TEMPLATE.test(value) || CROSSED_OUT.test(value);
}

export function isState(value: string): boolean {
  return STATE.test(value);
}

export function isPath(value: string): boolean {
  return FOLDERS.test(value);
}

/** Words of lower case, as names of things have them. */
export function isWords(value: string): boolean {
  return WORDS.test(value);
}

/** `config.BOT_TOKEN`, as programs name where a value is. */
export function isProperty(value: string): boolean {
  return PROPERTY.test(value);
}

/** Whether it looks drawn by chance: digits among letters, both cases within a word, or very long. */
export function looksRandom(value: string): boolean {
  if (value.length < 6) return false;
  const mixed = /\d/.test(value) && /[A-Za-z]/.test(value);
  return mixed || /[a-z][A-Z].*[a-z]/.test(value) || (value.length >= 16 && !isWords(value));
}

/** Shannon's, in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
