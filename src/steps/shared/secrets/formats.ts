import { isPlaceholder, looksRandom } from './plausible.ts';
import { patternRule, type SecretRule } from './rule.ts';
import type { Span } from './spans.ts';

const PEM_BEGINS = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----/y;
const PEM_ENDS = /-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:\\n)?/g;
const BASE64 = /[A-Za-z0-9+/]{20,}={0,2}/y;
const USERINFO = /:\/\/([^\s/?#"'<>]{1,600}@)/y;
const SCHEME = /[a-z0-9+.-]/i;

/** Also one that was cut off, of which all that follows may be a part. */
const privateKey: SecretRule = {
  keywords: ['-----begin'],
  find(text, start): Span | undefined {
    PEM_BEGINS.lastIndex = start;
    if (!PEM_BEGINS.test(text)) return undefined;
    PEM_ENDS.lastIndex = PEM_BEGINS.lastIndex;
    return { start, end: PEM_ENDS.test(text) ? PEM_ENDS.lastIndex : text.length };
  },
};

/** Base64 of a private key in PEM, and of a registry's credentials. */
const encoded: SecretRule = {
  keywords: ['ls0tls1crudjti', 'eyjhdxroc', 'ewogicjhdxrocy'],
  find(text, start) {
    BASE64.lastIndex = start;
    const [base64] = BASE64.exec(text) ?? [];
    if (base64 === undefined) return undefined;
    const plain = Buffer.from(base64.slice(0, 120), 'base64').toString('latin1');
    const end = start + base64.length;
    return /PRIVATE KEY|"auth/.test(plain) ? { start, end } : { start: end, end };
  },
};

/** Who uses a URL, and with which password. */
const userinfo: SecretRule = {
  keywords: ['://'],
  find(text, start) {
    USERINFO.lastIndex = start;
    const found = SCHEME.test(text.charAt(start - 1)) ? USERINFO.exec(text)?.[1] : undefined;
    if (found === undefined) return undefined;
    const last = found.lastIndexOf('@');
    return last === 0 ? undefined : { start: start + 3, end: start + 3 + last };
  },
};

/** `"auth": "…"` as Docker writes it: base64 of a user and a password. */
const dockerAuth = patternRule(['auth'], /auth\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?([A-Za-z0-9+/]{8,}={0,2})/i, {
  accepts: (value) => /^[\x21-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(value, 'base64').toString('latin1')),
});

export const formatRules: readonly SecretRule[] = [
  privateKey,
  encoded,
  userinfo,
  dockerAuth,
  patternRule(
    ['login', 'machine'],
    /(?:login|machine)\s{1,9}\S{1,200}\s{1,20}(?:login\s{1,9}\S{1,200}\s{1,20})?password\s{1,9}(\S+)/i,
  ),
  patternRule(
    [':*:', ':5432:', ':5433:', ':6432:', ':3306:'],
    /(?:^|(?<=[\n"']))[\w.*-]{1,200}:(?:\*|\d{4,5}):[\w*-]{1,64}:[\w.*-]{1,64}:([^\s:]\S*)(?=\s|$)/,
    { before: 201, accepts: (value) => !isPlaceholder(value) },
  ),
  patternRule(['$'], /\$(?:[156y]|2[abxy]|apr1|argon2(?:id|i|d)|7|scrypt|pbkdf2[\w-]*)\$[\w./$=,+-]{20,}/),
  patternRule(['scram-sha-'], /SCRAM-SHA-(?:1|256|512)\$\d+:[\w+/=$:]{20,}/),
  patternRule(['pbkdf2_', 'bcrypt'], /(?:pbkdf2_sha\d+|bcrypt(?:_sha256)?)\$[\w./$=+-]{20,}/),
  patternRule(['{ssha', '{sha', '{crypt', '{smd5'], /\{(?:S?SHA\d{0,3}|SMD5|CRYPT)\}([\w./$=+-]{16,})/i),
  patternRule(['md5'], /\bmd5[a-f0-9]{32}\b/),
  patternRule(['unseal key'], /unseal key(?: \d+)?(?: \([^)\n]{1,40}\))?: (\S{16,})/i),
  patternRule(['jdbc:oracle'], /jdbc:oracle:\w{1,10}:[\w.$-]{1,64}\/([^\s@]{1,200})@/i),
  patternRule(['sig=', 'signature='], /(?:\b|[-_])sig(?:nature)?=([\w%+/=-]{20,})/i, {
    before: 2,
    accepts: looksRandom,
  }),
];
