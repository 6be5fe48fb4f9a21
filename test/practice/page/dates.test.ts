import { describe, expect, it } from '@jest/globals';
import { nearDay, slackDate } from '../../../src/practice/workspace/page/text/dates.ts';

const AT = 1_392_734_382; // 2014-02-18 14:39:42 UTC
const clock = { now: (AT + 180) * 1000, zone: 'UTC' };

describe('Slack dates', () => {
  it.each([
    ['{date_num}', '2014-02-18'],
    ['{date}', 'February 18th, 2014'],
    ['{date_short}', 'Feb 18, 2014'],
    ['{date_long}', 'Tuesday, February 18th, 2014'],
    ['{time}', '14:39'],
    ['{time_secs}', '14:39:42'],
    ['{date_pretty}', 'today'],
    ['{ago}', '3 minutes ago'],
    ['since {time} ({ago})', 'since 14:39 (3 minutes ago)'],
  ])('shows %s', (format, shown) => {
    expect(slackDate(AT, format, 'fallback', clock)).toBe(shown);
  });

  it('shows the moment in the reader’s zone, over midnight too', () => {
    expect(slackDate(AT, '{date_short} {time}', '', { ...clock, zone: 'Asia/Tokyo' })).toBe(
      'Feb 18, 2014 23:39',
    );
    expect(slackDate(AT, '{date_short} {time}', '', { ...clock, zone: 'Pacific/Kiritimati' })).toBe(
      'Feb 19, 2014 04:39',
    );
  });

  it('says midnight as 00, not as 24', () => {
    expect(slackDate(1_392_681_600, '{time}', '', clock)).toBe('00:00');
  });

  it.each(['{nonsense}', 'no token', ''])('falls back for the format %j', (format) => {
    expect(slackDate(AT, format, 'Feb 18', clock)).toBe('Feb 18');
  });

  it('falls back for a moment that no calendar has', () => {
    expect(slackDate(999_999_999_999_999, '{time}', 'some day', clock)).toBe('some day');
  });

  it('counts the days of the zone, not hours', () => {
    const zone = 'Europe/Madrid';
    const now = Date.UTC(2026, 2, 29, 0, 30); // 01:30 in Madrid, an hour before summer time begins
    expect(nearDay(now / 1000 - 3 * 3600, { now, zone })).toBe('yesterday');
    expect(nearDay(now / 1000 + 2 * 3600, { now, zone })).toBe('today');
    expect(nearDay(now / 1000 + 3 * 86_400, { now, zone })).toBeNull();
  });
});
