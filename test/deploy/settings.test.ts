import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { readStart } from '../../src/catalogue/read-start.ts';
import { readConfig, SETTINGS } from '../../src/config.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD } from '../helpers/catalogue.ts';

const text = await readFile(join(import.meta.dirname, '../../.env.example'), 'utf8');

describe('readConfig', () => {
  it('lists everything that is missing or wrong together, and shows no value', () => {
    const read = () => readConfig({ PORT: 'hunter2', LOG_LEVEL: 'hunter2', SLACK_APP_TOKEN: '' });
    expect(read).toThrow(
      /SLACK_BOT_TOKEN: is missing[\s\S]*PORT: must be a port from 1 to 65535[\s\S]*LOG_LEVEL: must be one of[\s\S]*SLACK_SIGNING_SECRET: is needed/,
    );
    expect(read).not.toThrow(/hunter2/);
  });
});

describe('what is wrong with one setting', () => {
  const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' };

  it.each([
    ['DATABASE_URL', 'mysql://hunter2@db/guardia', /DATABASE_URL: must be a postgres:/],
    ['DATABASE_URL', 'postgres://u:hunter2@db:99999/guardia', /DATABASE_URL: .*port up to 65535/],
    ['DATABASE_URL', 'postgres://u:hunter#2@db/guardia', /DATABASE_URL: .*percent-encoded/],
    ['ALERT_WEBHOOK_TOKEN', 'hunter2 hunter2', /ALERT_WEBHOOK_TOKEN: must be one word/],
    ['AUDIT_TOKEN', 'hunter2\n', /AUDIT_TOKEN: must be one word/],
    ['VAULT_ROLE_ID', 'hunter2', /VAULT_SECRET_ID: is needed with VAULT_ROLE_ID[\s\S]*VAULT_ADDR: is needed/],
    ['VAULT_SECRET_ID', 'hunter2', /VAULT_ROLE_ID: is needed with VAULT_SECRET_ID/],
    ['VAULT_KUBERNETES_ROLE', 'hunter2', /VAULT_ADDR: is needed/],
  ])('%s: is said in words, without its value', (name, value, words) => {
    const read = () => readConfig({ ...tokens, [name]: value });
    expect(read).toThrow(words);
    expect(read).not.toThrow(/hunter/);
  });

  it.each(['postgres://u:p%23@[::1]:5432/guardia', 'postgresql:///guardia?host=/run/postgresql'])(
    '%s is a database',
    (DATABASE_URL) => {
      expect(readConfig({ ...tokens, DATABASE_URL })).toMatchObject({ DATABASE_URL });
    },
  );
});

describe('a start', () => {
  it('lists what is wrong with settings and with the catalogue in one round, and shows no value', async () => {
    const settings = {
      PORT: 'hunter2',
      GUARDIA_COMMANDS: GOOD,
      DEMO_CHANNEL: 'hunter2',
      VAULT_ROLE_ID: 'hunter2',
    };
    await expect(readStart(settings, stepKinds)).rejects.toThrow(
      /^(?![\s\S]*hunter2)(?=[\s\S]*SLACK_BOT_TOKEN)(?=[\s\S]*PORT)(?=[\s\S]*VAULT_ADDR)(?=[\s\S]*DEMO_CHANNEL)(?=[\s\S]*DEMO_ONCALL_GROUP)/,
    );
  });
});

describe('.env.example', () => {
  it('names the settings that are read, all of them and no other', () => {
    expect(Object.keys(parseEnv(text)).sort()).toEqual([...SETTINGS].sort());
  });

  it('explains each on the line before', () => {
    const lines = text.split('\n');
    const bare = lines.filter(
      (line, index) => /^[A-Z_]+=/.test(line) && !/^# .{10}/.test(lines[index - 1] ?? ''),
    );
    expect(bare).toEqual([]);
  });

  it('shows the defaults: once the tokens are filled in, nothing differs from an environment with them alone', () => {
    const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' };
    const { environment: _, ...filled } = readConfig({ ...parseEnv(text), ...tokens });
    const { environment: __, ...plain } = readConfig(tokens);
    expect(filled).toEqual(plain);
  });
});

describe('the image', () => {
  it('starts the bot as npm start does', async () => {
    const dockerfile = await readFile(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
    const command: string[] = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? '[]');
    expect(command.join(' ')).toBe(packageJson.scripts.start);
  });
});
