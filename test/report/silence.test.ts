import { describe, expect, it } from '@jest/globals';
import { silenceDialog, silenceMessage } from '../../src/report/silence.ts';
import * as night from './examples.ts';
import { plainMessage, plainView } from './plain.ts';

const service = { name: 'denis', title: 'Denis' };
const offer = {
  title: 'Redis is down',
  service,
  labels: { severity: 'critical', alertname: 'RedisDown', namespace: 'denis' },
  times: [
    { id: '30m', title: '30 minutes' },
    { id: '1h', title: '1 hour' },
  ],
};

describe('the dialog of a silence', () => {
  it('says what would be silenced, for an hour and with every label unless somebody chooses otherwise', () => {
    expect(plainView(silenceDialog('{}', offer, '2 active alerts: RedisDown (2)'))).toEqual([
      '# Silence   [Silence it] [Not now]',
      '*Redis is down* · denis',
      'How long?: {radio_buttons | 30 minutes | *1 hour}',
      'Why?: {plain_text_input}',
      'Which alerts? Those with all of these labels (optional): {checkboxes | namespace=denis | severity=critical}',
      'Always with `alertname=RedisDown`.',
      '*Now that is*  2 active alerts: RedisDown (2)',
      '~ Alertmanager then sends nothing about such alerts, not even that they end · Guardia’s own checks and escalations go on',
    ]);
  });

  it('asks for no labels where the name is all there is, and says that it is still being counted', () => {
    const shown = plainView(silenceDialog('{}', { ...offer, labels: { alertname: 'RedisDown' } }, null));
    expect(shown.join('\n')).not.toContain('Which alerts');
    expect(shown.join('\n')).toContain('⏳ asking Alertmanager');
  });

  it('has room for more labels than there can be boxes', () => {
    const labels = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`l${n}`, 'x']));
    expect(JSON.stringify(silenceDialog('{}', { ...offer, labels }, ''))).toContain('multi_static_select');
  });
});

describe('a silence in its thread', () => {
  const silence = {
    title: 'Redis is down',
    service,
    until: '2026-11-14T04:16:00.000Z',
    by: night.NOOR,
    reason: 'deployment',
    ended: null,
    labels: { namespace: 'denis', alertname: 'RedisDown' },
    says: 'silenced',
    link: 'http://am:9093/#/silences/1',
    now: night.NOW,
  };

  it('says until when, by whom, why and what', () => {
    const message = silenceMessage(silence);
    expect(message.text).toBe('🔕 Silenced until 04:16 UTC · Redis is down · denis');
    expect(plainMessage(message)).toEqual([
      '🔕 *Silenced* until 04:16 UTC by @UNOOR:',
      '> deployment',
      'Alerts with `alertname=RedisDown` `namespace=denis`',
      '~ silenced · Open in Alertmanager (http://am:9093/#/silences/1)',
    ]);
  });

  it('says how it has ended', () => {
    const ended = { at: '2026-11-14T03:15:00.000Z', by: night.MARA };
    const message = silenceMessage({ ...silence, ended });
    expect(message.text).toBe('🔔 The silence ended at 03:15 UTC · Redis is down · denis');
    expect(plainMessage(message)[0]).toBe(
      '🔔 *The silence ended* at 03:15 UTC, by @UMARA. It was to last until 04:16 UTC by @UNOOR:',
    );
  });
});
