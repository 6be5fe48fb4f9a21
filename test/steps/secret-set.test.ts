import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretSet } from '../../src/steps/shared/secrets/set.ts';
import { clipped } from '../../src/steps/shared/text.ts';

const SECRET = 'pä$$/wörd "4711"\\&<%41>';
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'}\n-----END PRIVATE KEY-----\n`;

const wrapped = (text: string, width: number) => text.replace(new RegExp(`(.{${width}})`, 'g'), '$1\n');

const bytes = Buffer.from(SECRET);

/** As Python's json.dumps writes what is not ASCII, and Go's encoding/json what HTML would take for its own. */
const ascii = (text: string, which: RegExp) =>
  text.replace(which, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('a secret', () => {
  it.each([
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a URL, in lower case', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['in a form', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['in a path', encodeURI(SECRET)],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ a: SECRET })).slice(10, -4)],
    ['in JSON of PHP', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in JSON of Python', ascii(JSON.stringify(SECRET).slice(1, -1), /[\u0080-\uffff]/g)],
    ['in JSON of Go', ascii(JSON.stringify(SECRET).slice(1, -1), /[<>&]/g)],
    ['in hex', bytes.toString('hex')],
    ['in hex of capitals', bytes.toString('hex').toUpperCase()],
  ])('is hidden %s', (_, form) => {
    expect(createSecretSet([SECRET]).hide(`before ${form} after`)).toBe('before *** after');
  });

  it.each([
    ['in capitals', 'CORRECT-HORSE-BATTERY'],
    ['in mixed case', 'Correct-Horse-Battery'],
    ['broken by a line end', 'correct-\nhorse-battery'],
    ['wrapped by a terminal', 'correct-horse\r\n    -battery'],
    ['continued by a shell', 'correct-\\\n  horse-battery'],
    ['broken by a line end in JSON', 'correct-\\nhorse-battery'],
    ['with a character of no width', 'correct\u200b-horse-\u2060battery'],
    ['with a soft hyphen', 'correct-horse-bat\u00adtery'],
    ['with an escape code', 'correct-\u001b[1;31mhorse\u001b[0m-battery'],
    ['with an escape code in JSON', 'correct-\\u001b[31mhorse-battery'],
    ['with a title of a terminal', 'correct-\u001b]0;title\u0007horse-battery'],
    ['with a control character', 'correct-\u0000horse-battery'],
    ['in base64 of 10 characters a line', wrapped(btoa('--correct-horse-battery--').slice(3, -4), 10)],
    [
      'in hex of capitals over two lines',
      wrapped(Buffer.from('correct-horse-battery').toString('hex').toUpperCase(), 30),
    ],
  ])('is hidden %s', (_, form) => {
    const shown = createSecretSet(['correct-horse-battery']).hide(`before ${form} after`);
    expect(shown).toMatch(/^before .{0,3}\*\*\*.{0,3} after$/);
  });

  it('of few characters is hidden only as it is, since other texts hold it by chance', () => {
    expect(createSecretSet(['abcd']).hide('abcd ABCD ab\ncd')).toBe('*** ABCD ab\ncd');
  });

  it('leaves the line ends, colours and cases of everything else', () => {
    const text = 'One\r\n\u001b[31mTwo\u001b[0m\u200b\tÄ İ Σ';
    expect(createSecretSet(['correct-horse']).hide(`${text} CORRECT-horse ${text}`)).toBe(
      `${text} *** ${text}`,
    );
  });

  it('is hidden in base64, wherever it begins and ends in it', () => {
    const set = createSecretSet([SECRET]);
    const least = Math.floor((bytes.length * 4) / 3) - 2;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, after) => {
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.concat([before, bytes, after]).toString(encoding);
          const shown = set.hide(text);
          expect(shown).toContain('***');
          expect(text.length - (shown.length - 3)).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  it('is hidden whatever it is and wherever it stands', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((one) => !one.includes('…'));
    const secret = fc
      .string({ unit: 'binary', minLength: 6, maxLength: 40 })
      .filter((one) => !'***'.includes(one));
    fc.assert(
      fc.property(text, secret, text, (before, one, after) => {
        const set = createSecretSet([one]);
        expect(set.hide(before + one + after)).not.toContain(one);
        expect(set.hide(JSON.stringify({ [before]: one + after }))).toContain('***');
      }),
    );
  });

  it('is hidden line by line when it has many', () => {
    const set = createSecretSet([KEY]);
    expect(set.hide(KEY.replaceAll('\n', '\r\n'))).not.toContain('MIIEv');
    expect(set.hide('the line MIIEvQIBADANBgkqhkiG9w0BAQEFAASC of it')).toBe('the line *** of it');
    expect(set.hide('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----');
  });

  it('is hidden without the line break that its file ends with', () => {
    expect(createSecretSet(['hunter22\n']).hide('with hunter22.')).toBe('with ***.');
  });

  it('leaves no part of it where a text was cut', () => {
    const set = createSecretSet([SECRET]);
    for (let length = 8; length <= 8 + SECRET.length; length += 1) {
      const shown = set.hide(`${clipped(`it was: ${SECRET} indeed`, length)}\nnext`);
      expect(shown).not.toContain(SECRET.slice(0, 4));
      expect(shown).toMatch(/… \(\d+ more characters\)\nnext$/);
    }
    expect(set.hide('nothing of it…')).toBe('nothing of it…');
  });

  it('is the longer one where two begin alike', () => {
    expect(createSecretSet(['abcdef', 'abcdef-2']).hide('abcdef-2 abcdef-3')).toBe('*** ***-3');
  });
});

describe('many secrets', () => {
  const secrets = Array.from({ length: 1_000 }, (_, index) => `secret-number-${index}-of-many`);

  it('are all hidden, and more as they are added', () => {
    const set = createSecretSet();
    expect(set.hide(secrets.join(' '))).toBe(secrets.join(' '));
    set.add(secrets);
    expect(set.hide(secrets.join(' '))).toBe(secrets.map(() => '***').join(' '));
  });

  it('take the place of the oldest when there are too many', () => {
    const set = createSecretSet(secrets.slice(0, 3), 2);
    expect(set.hide(secrets.slice(0, 3).join(' '))).toBe(`${secrets[0]} *** ***`);
  });
});
