import { describe, expect, it } from '@jest/globals';
import {
  asWritten,
  code,
  cut,
  group,
  joinWithin,
  label,
  link,
  mention,
  mentions,
  moment,
  plainMoment,
  pre,
  safe,
  time,
} from '../../src/report/text.ts';

const NOW = '2026-11-14T03:16:00.000Z';

describe('text from outside', () => {
  it.each([
    [
      '<!channel> <@U1> <https://evil.example|x>',
      '&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|x&gt;',
    ],
    ['a & b &amp; c', 'a &amp; b &amp;amp; c'],
    ['`rm`', 'ˋrmˋ'],
    ['two\n  lines\tand a tab', 'two lines and a tab'],
    ['cel\u200bery', 'cel⟨U+200B⟩ery'],
    ['\u202eyreleca', '⟨U+202E⟩yreleca'],
    ['a\u0007b', 'a⟨U+0007⟩b'],
    ['half \ud83d', 'half \ufffd'],
    ['⚠️ ok', '⚠️ ok'],
    ['', ''],
  ])('number %# is shown so that it changes nothing around it', (given, shown) => {
    expect(safe(given)).toBe(shown);
  });

  it('is cut between characters, never within an entity, and says so', () => {
    expect(safe('<'.repeat(10), 25)).toBe('&lt;&lt;&lt;&lt;… (cut)');
    expect(safe('a'.repeat(400)).length).toBe(300);
    expect(cut('😀😀😀', 4)).toBe('😀…');
    expect(cut('a'.repeat(60), 50)).toBe(`${'a'.repeat(43)}… (cut)`);
    expect(cut('short', 10)).toBe('short');
  });

  it('stays inside its code', () => {
    expect(code('a`b<c')).toBe('`aˋb&lt;c`');
    expect(code('')).toBe('` `');
    expect(pre('one\n```\n<two>')).toBe('```\none\nˋˋˋ\n&lt;two&gt;\n```');
    expect(pre('x'.repeat(9_000), 500).length).toBe(500);
  });

  it('is never an empty button', () => {
    expect(label(' \n ', 20)).toBe('(no title)');
  });
});

describe('whole parts', () => {
  it('are kept or left out, and counted', () => {
    expect(joinWithin(['a', 'b'], 100)).toBe('a\nb');
    expect(joinWithin(['a'.repeat(50), 'b'.repeat(50)], 100, ' · ')).toBe(
      `${'a'.repeat(50)} · … (cut: 1 more)`,
    );
  });
});

describe('people and groups', () => {
  it('are called by id, and by nothing that is no id', () => {
    expect(mention({ team: 'T1', user: 'U0NOOR' })).toBe('<@U0NOOR>');
    expect(mention({ team: 'T1', user: 'U1> <!channel' })).toBe('U1&gt; &lt;!channel');
    expect(group('S0SRE')).toBe('<!subteam^S0SRE>');
    expect(group('sre')).toBe('sre');
    expect(mentions([])).toBe('nobody');
  });
});

describe('moments', () => {
  it('stand in the reader’s zone, with UTC where a client cannot', () => {
    expect(time('2026-11-14T03:12:00Z', 'time')).toBe('<!date^1794625920^{time}|03:12 UTC>');
    expect(time('2026-11-14T03:12:00Z', 'ago')).toBe('<!date^1794625920^{ago}|14 Nov 03:12 UTC>');
  });

  it('carry their day when it is not plain which', () => {
    expect(moment('2026-11-14T03:12:00Z', NOW)).toContain('{time}|03:12 UTC');
    expect(moment('2026-11-12T03:12:00Z', NOW)).toContain('{date_short_pretty}, {time}|12 Nov 03:12 UTC');
    expect(plainMoment('2026-11-12T03:12:00Z', NOW)).toBe('12 Nov 03:12 UTC');
  });

  it.each(['0001-01-01T00:00:00Z', 'never', ''])('that are none (%j) are said to be unknown', (iso) => {
    expect(moment(iso, NOW)).toBe('an unknown time');
    expect(plainMoment(iso, NOW)).toBe('an unknown time');
  });
});

describe('links', () => {
  it('lead where http and https lead', () => {
    expect(link('https://a.example/x?b=1&c=<d>', 'Source')).toBe(
      '<https://a.example/x?b=1&amp;c=%3Cd%3E|Source>',
    );
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://slack.com@evil.example/', 'nonsense'])(
    'do not lead to %s',
    (url) => {
      expect(link(url, 'Source')).toBe('Source');
    },
  );

  it('are left out when they are longer than anybody reads', () => {
    expect(link(`https://a.example/${'x'.repeat(2_000)}`, 'Source')).toBe('Source');
  });

  it('that pretend to lead elsewhere show where they lead', () => {
    expect(link('https://evil.example/', 'https://grafana.example')).toBe(
      '<https://evil.example/|evil.example>',
    );
  });
});

describe('what runs', () => {
  it('is shown as it is written, also where Slack would make it bold', () => {
    expect(asWritten('find / -name "*.log" -o -name "*.gz"')).toBe('`find / -name "*.log" -o -name "*.gz"`');
    expect(asWritten('restart deployment/denis-workers in denis')).toBe(
      'restart deployment/denis-workers in denis',
    );
    expect(asWritten('rm _a_')).toBe('`rm _a_`');
    expect(asWritten('delete session:100:*')).toBe('`delete session:100:*`');
    expect(asWritten('a new server at HOTEL_NEW_HOST')).toBe('a new server at HOTEL_NEW_HOST');
    expect(asWritten('SELECT count(*)')).toBe('SELECT count(*)');
  });
});
