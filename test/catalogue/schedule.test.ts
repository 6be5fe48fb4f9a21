import { describe, expect, it } from '@jest/globals';
import { dueBetween, lastDue, nextDue, scheduleInWords } from '../../src/catalogue/schedule.ts';
import type { Schedule } from '../../src/catalogue/schema.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

const BUENOS_AIRES: Schedule = { at: '08:00', zone: 'America/Argentina/Buenos_Aires' };
const SUNDAYS: Schedule = { at: '04:00', on: ['sunday'], zone: 'Europe/Madrid' };
const at = (iso: string) => new Date(iso);

describe('a schedule', () => {
  it('is due at its time of day in its own zone', () => {
    expect(lastDue(BUENOS_AIRES, at('2026-11-20T10:59:59Z'))).toEqual(at('2026-11-19T11:00:00Z'));
    expect(lastDue(BUENOS_AIRES, at('2026-11-20T11:00:00Z'))).toEqual(at('2026-11-20T11:00:00Z'));
    expect(nextDue(BUENOS_AIRES, at('2026-11-20T11:00:00Z'))).toEqual(at('2026-11-21T11:00:00Z'));
  });

  it('is due on its days alone', () => {
    expect(lastDue(SUNDAYS, at('2026-11-21T12:00:00Z'))).toEqual(at('2026-11-15T03:00:00Z'));
  });

  it('follows the clocks when they change', () => {
    expect(nextDue(SUNDAYS, at('2026-10-20T00:00:00Z'))).toEqual(at('2026-10-25T03:00:00Z'));
    expect(nextDue(SUNDAYS, at('2026-10-12T00:00:00Z'))).toEqual(at('2026-10-18T02:00:00Z'));
  });

  it('is not lost in the hour that a clock change leaves out, nor doubled in the one that comes twice', () => {
    const half: Schedule = { at: '02:30', on: ['sunday'], zone: 'Europe/Madrid' };
    const spring = nextDue(half, at('2026-03-28T12:00:00Z'));
    expect(spring?.toISOString().slice(0, 10)).toBe('2026-03-29');
    const autumn = nextDue(half, at('2026-10-24T12:00:00Z')) as Date;
    expect(autumn.toISOString().slice(0, 10)).toBe('2026-10-25');
    expect(nextDue(half, autumn)?.toISOString().slice(0, 10)).toBe('2026-11-01');
  });

  it('reads as people say it', () => {
    expect(scheduleInWords(BUENOS_AIRES)).toBe('Daily at 08:00 (America/Argentina/Buenos_Aires)');
    expect(scheduleInWords({ ...SUNDAYS, on: ['sunday', 'wednesday'] })).toBe(
      'Sundays, Wednesdays at 04:00 (Europe/Madrid)',
    );
  });
});

describe('what is due', () => {
  const catalogue = testCatalogue(testService([testRunbook({ schedule: BUENOS_AIRES })]));
  const due = (since: string, now: string) =>
    dueBetween(catalogue, at(since), at(now)).map(({ runbook, dueAt }) => [
      runbook.name,
      dueAt.toISOString(),
    ]);

  it('is what came after the last look', () => {
    expect(due('2026-11-20T10:00:00Z', '2026-11-20T11:00:03Z')).toEqual([
      ['stuck', '2026-11-20T11:00:00.000Z'],
    ]);
  });

  it('is nothing before its time, and nothing that was due before anyone looked', () => {
    expect(due('2026-11-20T10:00:00Z', '2026-11-20T10:59:00Z')).toEqual([]);
    expect(due('2026-11-20T11:00:00Z', '2026-11-20T12:00:00Z')).toEqual([]);
  });
});
