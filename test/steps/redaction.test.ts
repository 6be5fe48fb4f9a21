import { describe, expect, it } from '@jest/globals';
import { redact, redactAll, secretsIn, withoutUserinfo } from '../../src/steps/shared/secrets/redaction.ts';
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
