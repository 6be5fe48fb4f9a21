import { describe, expect, it } from '@jest/globals';
import { fillSettings, urlOf } from '../../src/steps/shared/settings.ts';

const settings = { HOST: 'redis.denis', EMPTY: '', TARGET: '99.5' };

/** `${…}` in a text, as YAML has it. */
const set = (inside: string) => `\${${inside}}`;

describe('settings', () => {
  it.each([
    [set('HOST'), 'redis.denis'],
    [`redis://${set('HOST')}:${set('REDIS_PORT:-6379')}/0`, 'redis://redis.denis:6379/0'],
    [set('HOST:-elsewhere'), 'redis.denis'],
    [set('EMPTY:-elsewhere'), 'elsewhere'],
    [set('MISSING:-http://a.b:80/c?d=e-f'), 'http://a.b:80/c?d=e-f'],
    [set('MISSING:-'), ''],
    [set('toString:-x'), set('toString:-x')],
    ['$HOST and {HOST}', '$HOST and {HOST}'],
  ])('fill %j', (text, filled) => {
    expect(fillSettings({ a: [text] }, settings)).toEqual({ a: [filled] });
  });

  it.each(['MISSING', 'EMPTY'])('that are needed are missed by name: %s', (name) => {
    expect(() => fillSettings({ url: `http://${set(name)}` }, settings)).toThrow(
      `not configured: ${name} is not set`,
    );
  });

  it('are not known yet where a service’s file is checked, so a URL of them passes', () => {
    const url = urlOf('https');
    const secrets = ['vault:a/b#url', `https://${set('vault:a#user')}@x`];
    for (const text of [
      set('A_URL'),
      set('A_URL:-https://x'),
      `https://${set('HOST')}`,
      'https://x',
      ...secrets,
    ]) {
      expect(url.safeParse(text).success).toBe(true);
    }
    expect(url.safeParse('ftp://x').success).toBe(false);
  });
});
