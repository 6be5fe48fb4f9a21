import { describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const logger = createLogger(
    { LOG_LEVEL: 'info', GUARDIA_REPLICA: 'guardia-0' },
    { write: (line: string) => void lines.push(line) },
  );
  write(logger);
  return lines.join('');
}

describe('the logger', () => {
  it('writes one line of JSON with level, time, replica, message and data', () => {
    const line = logged((logger) => logger.info({ plan: 'p1' }, 'a plan was approved'));
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      replica: 'guardia-0',
      plan: 'p1',
      msg: 'a plan was approved',
    });
  });

  it('keeps quiet below its level', () => {
    expect(logged((logger) => logger.debug('nothing'))).toBe('');
  });

  it('hides fields that carry secrets, nested ones too', () => {
    const line = logged((logger) =>
      logger.info(
        {
          token: 's3cret',
          config: { SLACK_BOT_TOKEN: 's3cret' },
          request: { headers: { authorization: 's3cret' } },
        },
        'started',
      ),
    );
    expect(line).not.toContain('s3cret');
  });

  it('hides secrets that nobody named, in data as deep as it is written and in words', () => {
    const line = logged((logger) => {
      logger
        .child({ replica: 'b' })
        .info({ a: { b: [{ url: 'redis://:hunter2@redis/0', note: 'password=hunter2' }] } }, 'told');
      logger.warn(
        { command: ['psql', '--password=hunter2'], dbPassword: 'hunter2', token_count: 5 },
        'token=hunter2abc',
      );
      logger.error({ err: new Error('Authorization: Bearer hunter2abc') }, 'failed');
    });
    expect(line).not.toContain('hunter2');
    expect(line).toContain('"token_count":5');
    expect(
      line
        .trim()
        .split('\n')
        .map((one) => JSON.parse(one).msg),
    ).toEqual(['told', 'token=***', 'failed']);
  });

  it('shows an error with its code and its causes', () => {
    const cause = new Error('ECONNREFUSED');
    const line = logged((logger) =>
      logger.error({ err: new GuardiaError('database', 'could not be asked', { cause }) }, 'not stored'),
    );
    expect(JSON.parse(line).err).toMatchObject({
      type: 'GuardiaError',
      code: 'database',
      message: 'could not be asked',
      cause: { message: 'ECONNREFUSED' },
    });
  });

  it('leaves out what clients hang on their errors, and secrets in their words', () => {
    const error = Object.assign(new Error('GET https://u:hunter2@db xoxb-1234567890-abc failed'), {
      config: { headers: { Authorization: 'Bearer s3cret' } },
    });
    const line = logged((logger) => logger.error({ err: error }, 'failed'));
    expect(line).not.toMatch(/hunter2|xoxb-1234|s3cret/);
  });

  it('ends a circle of causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logged((logger) => logger.error({ err: error }, 'failed'))).toContain('"round"');
  });
});
