/** Shorter than that a piece of a secret is no longer its own. */
const SHORTEST = 3;
const SHORTEST_ENCODED = 6;
const SHORTEST_LINE = 16;

/** How a secret may stand in a text: as it is, line by line, and as URLs, JSON, base64 and hex write it. */
export function formsOf(secret: string): string[] {
  const lines = secret
    .split(/\r?\n/)
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
  const texts = [secret, secret.trim(), ...lines].filter((text) => text.length >= SHORTEST);
  const encoded = texts.flatMap((text) => [
    ...inUrls(text),
    ...inJson(text),
    ...inBase64(text),
    ...inHex(text),
  ]);
  return [...new Set([...texts, ...encoded.filter(({ length }) => length >= SHORTEST_ENCODED)])];
}

function inUrls(text: string): string[] {
  const wellFormed = text.toWellFormed();
  const part = encodeURIComponent(wellFormed);
  const lowerCase = part.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [part, lowerCase, encodeURI(wellFormed), new URLSearchParams([['', text]]).toString().slice(1)];
}

/** Also as it stands in JSON within JSON, and as PHP, Python and Go escape what they need not. */
function inJson(text: string): string[] {
  const once = quoted(text);
  return [
    once,
    quoted(once),
    once.replaceAll('/', '\\/'),
    once.replace(/[\u007f-\uffff]/g, unicodeEscape),
    once.replace(/[<>&\u2028\u2029]/g, unicodeEscape),
  ];
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What all texts with the secret in them share in base64, wherever in one it begins. */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = all.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function inHex(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  return [hex, hex.toUpperCase()];
}
