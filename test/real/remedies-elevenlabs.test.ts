import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ElevenLabsEstate, startElevenLabsEstate } from './helpers/elevenlabs-estate.ts';
import { openRemedyBot, type RemedyBot } from './helpers/remedy-bot.ts';
import { createRemedyPlayer } from './helpers/remedy-player.ts';
import { expectAnswers, expectHealed } from './helpers/remedy-record.ts';
import { BUILD_MS } from './servers/built-once.ts';

/**
 * Every remedy of commands/elevenlabs. Whatever Guardia shows to ElevenLabs and to the host comes from a real Vault, and
 * the cache is a real Redis.
 */
let bot: RemedyBot;
let estate: ElevenLabsEstate;
let player: ReturnType<typeof createRemedyPlayer>;

beforeAll(async () => {
  bot = await openRemedyBot();
  estate = await startElevenLabsEstate('first-key');
  await bot.start(estate.settings);
  player = createRemedyPlayer(bot);
}, BUILD_MS);

afterAll(async () => {
  await bot?.stop();
  await estate?.stop();
}, 60_000);

describe('the key of ElevenLabs', () => {
  it('that was replaced there is missed by the probe, until Vault has the new one', async () => {
    const takesNoCall = /itself does not take a call/;
    const look = () => player.diagnose('elevenlabs/high-error-rate', /Too many calls to ElevenLabs fail/);
    expect(await look()).not.toMatch(takesNoCall);
    estate.accept('second-key');
    expect(await look()).toMatch(takesNoCall);
    await estate.keep('second-key');
    expect(await look()).not.toMatch(takesNoCall);
  });
});

describe('the other runbooks', () => {
  it.each([
    ['high-latency', /Calls to ElevenLabs take too long/],
    ['audio-quality', /Calls fail, so that audio breaks off/],
    ['rate-limited', /"Rate limit exceeded" in the last 100 log lines/],
  ])('know all that %s asks', async (runbook, says) => {
    expect(await player.diagnose(`elevenlabs/${runbook}`, says)).not.toMatch(/\d unknown/);
  });
});

describe('a rollback', () => {
  it('may be preceded by a snapshot', async () => {
    expect(estate.snapshots()).toBe(false);
    await player.heal({
      fault: async () => estate.breakService(),
      runbook: 'elevenlabs/rollback',
      action: 'take-snapshot',
      diagnosis: /The integration's service runs/,
      done: /Take a snapshot of the configuration/,
    });
    expect(estate.snapshots()).toBe(true);
  });

  it('clears the cache and starts what there was before, once a second person agrees', async () => {
    expect(await estate.cache.command('DBSIZE')).toBe(300);
    await player.heal({
      fault: async () => estate.breakService(),
      runbook: 'elevenlabs/rollback',
      action: 'roll-back',
      diagnosis: /Over 30 % of the calls have failed/,
      approval: /Roll the integration back/,
      done: /Roll the integration back/,
      healed: /The integration's service runs/,
    });
    expect(await estate.cache.command('DBSIZE')).toBe(0);
  });
});

describe('the record of the bot', () => {
  it('has done what is listed', () => expectHealed(bot.database, 'remedies-elevenlabs'));
  it('has an answer of every check', () => expectAnswers(bot.database, ['elevenlabs']));
});
