import { isPlaceholder, isState, looksRandom } from './plausible.ts';
import { patternRule, type SecretRule } from './rule.ts';

const ARGUMENT = String.raw`(?:'([^'\n]{1,400})'|"([^"\n]{1,400})"|([^\s'"|;&-][^\s'"|;&]{0,400}))`;
/** Options and arguments of the same command. */
const BETWEEN = String.raw`(?:[^\n|;]|\\\n){0,300}?\s`;

/** The argument of an option of some programs. */
function option(programs: readonly string[], which: string): SecretRule {
  const pattern = new RegExp(String.raw`(?:${programs.join('|')})\b${BETWEEN}${which}${ARGUMENT}`, 'i');
  return patternRule(programs, pattern, { accepts: isGiven });
}

const EXAMPLE = /^(?:pass|test|secret|changeme|pw|x+|y+)$/i;

function isGiven(value: string): boolean {
  return !isPlaceholder(value) && !isState(value) && !EXAMPLE.test(value);
}

/** Passwords where programs and query languages expect them without a name. */
export const commandRules: readonly SecretRule[] = [
  option(['mysql', 'mariadb'], '-p'),
  option(['redis-cli', 'valkey-cli', 'keydb-cli'], String.raw`(?:-a|--pass)\s+`),
  option(['sshpass'], String.raw`-p\s*`),
  option(
    ['mongo', 'cypher-shell', 'docker login', 'podman login', 'registry login', 'az login'],
    String.raw`-p\s+`,
  ),
  option(
    ['ldapsearch', 'ldapmodify', 'ldapadd', 'ldapdelete', 'ldapwhoami', 'ldappasswd'],
    String.raw`-w\s+`,
  ),
  option(['sqlcmd'], String.raw`-P\s*`),
  option(['openssl'], String.raw`(?:-k\s+|-pass(?:in|out)?\s+pass:)`),
  patternRule(
    ['curl', 'wget'],
    new RegExp(
      String.raw`(?:curl|wget)\b${BETWEEN}(?:-u|-U|--user|--proxy-user)[ =]{0,9}["']?(?:[^\s:'"<]{0,200}:["']?([^\s'"]{2,400})|([^\s:'"]{12,200}):)`,
    ),
    { accepts: (value) => isGiven(value) && !/^\d{1,5}$/.test(value) },
  ),
  patternRule(
    ['rabbitmqctl'],
    /rabbitmqctl\b[^\n|;]{0,80}?\s(?:add_user|change_password|authenticate_user)\s+\S{1,200}\s+["']?([^\s"']+)/,
    { accepts: isGiven },
  ),
  patternRule(['htpasswd'], /htpasswd\s[^\n|;]{0,80}?-\w*b\w*\s+\S{1,200}\s+\S{1,200}\s+["']?([^\s"']+)/),
  patternRule(
    ['password', 'identified by'],
    /(?:password|identified\s{1,9}by(?:\s{1,9}password)?)(?:\s{0,9}\(\s{0,9}|\s{1,9})(?:'((?:[^'\n]|''){1,400})'|"([^"\n]{1,400})")/i,
    { accepts: isGiven },
  ),
  patternRule(
    ['requirepass', 'masterauth'],
    /(?:requirepass|masterauth)\\?["']?(?:\s{0,9}\d{1,3}\)\s{1,9}|[ \t]{1,9})\\?["']?([^\s"'\\]+)/i,
    { accepts: isGiven },
  ),
  patternRule(['auth'], /\\?"AUTH\\?"(?:\s\\?"[^"\s\\]{1,100}\\?")?\s\\?"([^"\\]+)\\?"/i, {
    before: 2,
    accepts: isGiven,
  }),
  patternRule(['auth'], /(?:^|(?<=[\n>] ?))AUTH (?:[\w.-]{1,64} )?([^\s"'<:]{6,})(?=\s*(?:\n|$))/, {
    before: 3,
    accepts: (value) => isGiven(value),
  }),
  patternRule(['password'], /password (?:for \S{1,80} )?(?:is|was) ([^\s,;]{6,})/i, { accepts: looksRandom }),
  patternRule(['auth'], /auth\\?["']?\s{0,9}[:=]\s{0,9}["']?neo4j\/(\S+)/i, {
    accepts: (value) => value !== 'none',
  }),
  patternRule(
    ['auth'],
    /auth["']?\s{0,9}[:=]\s{0,9}[[(]\s{0,9}["'][^"'\n]{1,80}["'],\s{0,9}["']([^"'\n]{3,200})["']/i,
  ),
  patternRule(['user '], /user \S{1,64} (?:on|off)[^\n]{0,200}? [#>]([^\s"]+)/i),
];
