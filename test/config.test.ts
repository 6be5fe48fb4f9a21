import { describe, expect, it } from '@jest/globals';
import { readConfig, readPort } from '../src/config.ts';

const TOKENS = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' };
const SAYS = 'must be a port from 1 to 65535, such as PORT=3001, or 0 for any that is free';

describe('PORT', () => {
  it.each(['99999', '-1', '30.5', 'http', '0x50', '3000 3001'])(
    '%p is refused, with how to choose another',
    (PORT) => {
      const config = { code: 'config', message: expect.stringContaining(`PORT: ${SAYS}`) };
      expect(() => readConfig({ ...TOKENS, PORT })).toThrow(expect.objectContaining(config));
      expect(() => readPort({ PORT })).toThrow(`PORT ${SAYS}.`);
    },
  );

  it.each([
    [undefined, 3000],
    ['', 3000],
    ['0', 0],
    ['65535', 65_535],
  ])('%p is %p', (PORT, port) => {
    expect([readConfig({ ...TOKENS, PORT }).PORT, readPort({ PORT })]).toEqual([port, port]);
  });
});
