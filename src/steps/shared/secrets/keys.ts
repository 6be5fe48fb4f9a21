/** What a key says of its value. */
export type KeyMeaning =
  /** A password, which may be any text. */
  | 'password'
  /** Drawn by a machine: a token, a key, a secret. */
  | 'token'
  /** A password or a token where its value looks like one. */
  | 'perhaps'
  /** Some key, which is secret where it is long and drawn. */
  | 'some-key'
  /** Digits that are valid once or for a while. */
  | 'code'
  | 'harmless';

const PASSWORD =
  /(?:password|passwd|passphrase|passwort|pwd|(?:^|db|user|smtp|redis|mq|root|admin|ssh|ldap|bind)pass|requirepass|masterauth)$/;
const PASSWORDS = /(?:passwords|passphrases)$/;
const TOKEN =
  /(?:secret|(?<!web)token|apikey|secretkey|accesskey|privatekey|accountkey|credential|cred|authtoken|connectionstring)$/;
const TOKENS = /(?:secrets|tokens|credentials|creds|apikeys)$/;
/** Before the word `key`. */
const KEY_OF = new Set(
  `api app application access account auth client encryption decryption signing private secret master shared session
   storage subscription routing integration license licence unseal functions hmac jwt webhook aes fernet recovery vault`.split(
    /\s+/,
  ),
);
/** Keys that find something, and those that everybody may know. */
const NO_SECRET_KEY = new Set(
  `public pub primary foreign partition sort cache redis hash object s3 group idempotency dedup deduplication label host
   row natural composite message event queue stream topic lock job task trace request map index unique search config
   translation i18n host-key fingerprint known hot short`.split(/\s+/),
);
/** After a word that means a secret: still the secret. */
const STILL = new Set(
  'id base data value plain plaintext text string current new old previous prev encoded base64 b64 key dev prod test staging live primary secondary default env 1 2 3'.split(
    ' ',
  ),
);
/** After it: something about the secret. */
const ABOUT = new Set(
  `count counts name names ref refs file files path paths dir url uri type types expiry expires expire expiration expired
   in at policy policies length size limit limits ttl version versions budget usage used total lifetime rotation rotations
   rotated field fields label labels status state required enabled disabled mounted namespace host port user username mode
   method provider store manager class kind endpoint timeout age min max reset resets renewable duration accessor encryption
   authentication changed valid algorithm alg hint prompt engine mount address audience issuer scope scopes bucket refresh
   per for storage by period until is has change changes strength template generator hash helper index position service
   authorization events header keyring model created updated days date time requests error errors failures interval env var
   variable variables key-name`.split(/\s+/),
);
/** Before it: a name of a secret, not the secret. */
const NAME_OF = new Set(
  'existing image pull max min num prompt completion input output total no use allow require next with public'.split(
    ' ',
  ),
);

const MOST_KNOWN = 2_000;
/** Logs repeat their keys. */
const known = new Map<string, KeyMeaning>();

/** By the words of a key, as `redis.adminPassword` or `TOKEN_TTL` has them. */
export function meaningOf(key: string): KeyMeaning {
  let meaning = known.get(key);
  if (meaning !== undefined) return meaning;
  meaning = byWords(key);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, meaning);
  return meaning;
}

function byWords(key: string): KeyMeaning {
  const words = wordsOf(key);
  const at = words.findLastIndex((word, index) => kindOf(word, words[index - 1]) !== undefined);
  if (at < 0) return 'harmless';
  if (words.slice(0, at).some((word) => NAME_OF.has(word))) return 'harmless';
  const kind = kindOf(words[at] as string, words[at - 1]) as KeyMeaning;
  const rest = words.slice(at + 1);
  if (rest[0] === 'id' && words[at] !== 'secret') return 'harmless';
  if (rest.some((word) => ABOUT.has(word))) return 'harmless';
  return rest.every((word) => STILL.has(word)) ? kind : 'perhaps';
}

function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

function kindOf(word: string, before: string | undefined): KeyMeaning | undefined {
  if (PASSWORD.test(word)) return 'password';
  if (TOKEN.test(word)) return 'token';
  if (word === 'key' && before !== undefined && KEY_OF.has(before)) return 'token';
  if (word === 'key' && before !== undefined && !NO_SECRET_KEY.has(before)) return 'some-key';
  if (word === 'cookie' && before === 'erlang') return 'token';
  if (/^(?:pin|otp|totp|passcode)$/.test(word)) return 'code';
  if (PASSWORDS.test(word) || TOKENS.test(word)) return 'perhaps';
  return undefined;
}
