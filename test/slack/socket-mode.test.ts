import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, startBot } from './bot.ts';
import { until } from './slack.ts';
import { openSockets, type Sockets } from './sockets.ts';

let database: TestDatabase;
let sockets: Sockets;
let bot: Bot;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  sockets = await openSockets();
  bot = await startBot(database, { socketApi: sockets.apiUrl });
});
afterEach(async () => {
  await bot.stop();
  await sockets.stop();
});

function command(envelope: string) {
  const payload = {
    command: '/diagnose',
    text: 'denis/redis-down',
    user_id: NOOR.user,
    team_id: NOOR.team,
    channel_id: CHANNEL,
    trigger_id: 'trigger-1',
    response_url: '',
  };
  return { envelope_id: envelope, type: 'slash_commands', payload };
}

async function handled(): Promise<boolean> {
  const { rowCount } = await database.pool.query('select 1 from received where done_at is not null');
  return rowCount === 1;
}

describe('in Socket Mode', () => {
  it('takes commands without an address of its own, and acknowledges them at once', async () => {
    expect(bot.slack.route).toBeNull();
    expect(bot.slack.ready()).toBe(true);
    sockets.send(command('e1'));
    await until('Slack to be answered or the flows to be asked', () => bot.flows.of('diagnose').length === 1);
    expect(sockets.answers).toMatchObject([{ envelope_id: 'e1' }]);
  });

  it('acknowledges one envelope that comes twice both times, and handles it once', async () => {
    sockets.send(command('e1'));
    await until('the payload to be handled', handled);
    sockets.send(command('e1'));
    await until('Slack to be answered or the flows to be asked', () => sockets.answers.length === 2);
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });

  it('answers a dialog in its acknowledgement', async () => {
    const view = {
      id: 'V1',
      type: 'modal',
      callback_id: 'dialog-diagnose',
      private_metadata: JSON.stringify({ place: { channel: CHANNEL } }),
      title: { type: 'plain_text', text: 'Diagnose' },
      state: { values: {} },
    };
    const user = { id: NOOR.user, team_id: NOOR.team };
    const payload = { type: 'view_submission', team: { id: NOOR.team }, user, trigger_id: 't2', view };
    sockets.send({ envelope_id: 'e2', type: 'interactive', payload });
    await until('Slack to be answered or the flows to be asked', () => sockets.answers.length === 1);
    expect(sockets.answers[0]?.payload).toMatchObject({ response_action: 'errors' });
  });

  it('handles what comes again after the socket died between effect and acknowledgement once', async () => {
    sockets.send(command('e1'), true);
    await until('the payload to be handled', handled);
    expect(bot.slack.ready()).toBe(false);
    await sockets.opened(2);
    sockets.send(command('e1'));
    await until('Slack to be answered or the flows to be asked', () =>
      sockets.answers.some((answer) => answer.envelope_id === 'e1'),
    );
    await bot.slack.stop();
    expect(bot.flows.of('diagnose')).toHaveLength(1);
  });
});
