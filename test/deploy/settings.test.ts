import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig, SETTINGS } from '../../src/config.ts';

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
