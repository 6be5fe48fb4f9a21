import { describe, expect, it } from '@jest/globals';
import {
  redact,
  redactAll,
  redactCompared,
  secretsIn,
  withoutUserinfo,
} from '../../src/steps/shared/secrets/redaction.ts';
import { createSecretSet } from '../../src/steps/shared/secrets/set.ts';

describe('secrets of a connection', () => {
  it('are passwords in URLs, as written and decoded, and values under telling keys', () => {
    const secrets = secretsIn({
      kind: 'http',
      url: 'https://me:p%40ss@host/?api_key=in-query&page=2',
      namespace: 'denis',
      headers: { authorization: 'Bearer abcdef123', 'x-scope': 'tenant-1' },
      nested: [{ clientSecret: 'very-secret' }],
      environment: { CELERY_BROKER_URL: 'redis://:brokerpw@redis/0', LANG: 'C.UTF-8' },
    });
    expect(secrets).toEqual(
      expect.arrayContaining([
        'p%40ss',
        'p@ss',
        btoa('me:p@ss'),
        'in-query',
        'abcdef123',
        'tenant-1',
        'very-secret',
        'brokerpw',
      ]),
    );
    for (const harmless of ['denis', 'https', 'C.UTF-8', 'me', '2']) expect(secrets).not.toContain(harmless);
  });
});

describe('a private key', () => {
  it('is a secret as a whole, line by line, and not in each of its words', () => {
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ';
    const set = createSecretSet(
      secretsIn({ key: `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----` }),
    );
    expect(redact(`a PRIVATE matter: ${line}`, set)).toBe('a PRIVATE matter: ***');
  });
});

describe('redaction', () => {
  it.each([
    ['postgres://denis:pw1234@db:5432/x', 'postgres://***@db:5432/x'],
    ['redis://:pa$$w@h@redis:6379', 'redis://***@redis:6379'],
    ['amqps://u@host and https://host/path@2', 'amqps://***@host and https://host/path@2'],
    ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer ***'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig-nature here', 'token *** here'],
    [`slack ${'xo'}xb-1234567890-abcdef`, 'slack ***'],
    ['vault hvs.CAESIJ1234567890abcdefgh', 'vault ***'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nafter', '***\nafter'],
    ['nothing to hide: user@example.org, 12:30', 'nothing to hide: user@example.org, 12:30'],
  ])('turns %j into %j', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('takes the longer of two secrets first', () => {
    expect(redact('password and password-2', createSecretSet(['password', 'password-2']))).toBe(
      '*** and ***',
    );
  });

  it('leaves points of a chart and other values as they are', () => {
    const value = { n: 1, none: null, yes: true, points: [[1, 2]] as const, list: ['s3cret!'] };
    expect(redactAll(value, createSecretSet(['s3cret!']))).toEqual({ ...value, list: ['***'] });
  });

  it('shows a URL without who uses it', () => {
    expect(withoutUserinfo('https://me:pw@host:8443/prom/')).toBe('https://host:8443/prom');
  });
});

describe('a secret that nobody named', () => {
  it.each([
    [
      'with colours',
      'pass\u001b[1mword\u001b[0m=\u001b[31mhun\u001b[0mter2 ok',
      'pass\u001b[1mword\u001b[0m=\u001b[31m***\u001b[0m ok'.replace('\u001b[0m ok', ' ok'),
    ],
    ['with a character of no width', `key AKIA\u200bZ2J4NTRS6K7Q3DXW denied`, 'key *** denied'],
    [
      'in JSON within JSON within JSON',
      JSON.stringify(JSON.stringify({ password: 'a"b', user: 'denis' })),
      '"{\\"password\\":\\"***\\",\\"user\\":\\"denis\\"}"',
    ],
    [
      'of a Secret among others',
      'kind: ConfigMap\ndata:\n  a: one\n---\nkind: Secret\ndata:\n  a: b25l\n',
      'kind: ConfigMap\ndata:\n  a: one\n---\nkind: Secret\ndata:\n  a: ***\n',
    ],
    [
      'of a Secret in a list of JSON',
      '{"items":[{"kind":"ConfigMap","data":{"a":"one"}},{"data":{"a":"b25l"},"kind":"Secret"}]}',
      '{"items":[{"kind":"ConfigMap","data":{"a":"one"}},{"data":{"a":"***"},"kind":"Secret"}]}',
    ],
    [
      'of a Secret that was cut off',
      '{"kind":"Secret","data":{"a":"b25l","b":"dHdv',
      '{"kind":"Secret","data":{"a":"***","b":"***',
    ],
  ])('is hidden %s, and what stands beside it stays', (_, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('is hidden once: what is hidden already stays as it is', () => {
    for (const text of ['password=hunter2', 'Authorization: Bearer abc123def', 'redis://:pw@redis/0'])
      expect(redact(redact(text))).toBe(redact(text));
  });

  it('is hidden in the field of a value by the name of the field', () => {
    expect(redactAll({ password: 'horse', user: 'denis', tokens: 3, secretName: 'denis-tls' })).toEqual({
      password: '***',
      user: 'denis',
      tokens: 3,
      secretName: 'denis-tls',
    });
  });
});

describe('what is compared later', () => {
  it('differs where what is hidden in it differs, and is the same where it is', () => {
    const [one, same, other] = ['password=one', 'password=one', 'password=two'].map((queue) =>
      redactCompared({ queue }),
    );
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    expect(JSON.stringify([one, other])).not.toMatch(/one|two/);
  });

  it('is what it was where nothing is hidden, whatever its fields are called', () => {
    const substance = { 'vault-token': 'sha256:0a1b2c3d4e5f60718293', keys: 41 };
    expect(redactCompared(substance)).toEqual(substance);
  });
});

describe('a text made to be slow', () => {
  const pieces = [
    ...[
      'a',
      '=',
      ' ',
      '\n',
      "'",
      '"',
      '\\',
      'ü',
      '\u200b',
      '\u001b[31m',
      '\u001b]',
      'QUJDRA09az+/',
      'a.a-',
      '://a',
      'a://',
      '{',
    ],
    ...[
      'password=',
      'password: ',
      'password="',
      '"password":"\\',
      'token,',
      'secret_key',
      '--password ',
      '<password>',
      'key ',
    ],
    ...[
      'kind: Secret\ndata:\n',
      '"kind":"Secret","data":{',
      '- kind: Secret\n  data:\n',
      'passwords:\n- ',
      'password: |\n  ',
    ],
    ...[
      'cookie: a=b;',
      'authorization: ',
      'session_sess',
      'curl -u ',
      'mysql ',
      'user x on ',
      'login ',
      ':5432:',
      'a:5432:',
    ],
    ...[
      '-----BEGIN PRIVATE KEY-----',
      'LS0tLS1CRUdJTi',
      'eyJhbGciOi.',
      'sk-',
      'xoxb-1',
      '$6$a',
      'T3BlbkFJ',
      'nrak-',
      'sourcegraph ',
    ],
  ];

  it.each(pieces)('of %j takes no longer than a second for 100 kB', (piece) => {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const began = process.cpuUsage();
    redact(text);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
