import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupsInWords, shapeCounter, shapeOf } from '../../src/steps/shared/logs/shape.ts';

describe('the shape of a line', () => {
  it.each([
    ['2026-11-21T10:39:04.123Z ERROR job 17 took 12ms', '<time> ERROR job # took #ms'],
    ['2026-11-21 10:39:04,123 [INFO] 1,243 jobs', '<time> [INFO] # jobs'],
    ['Nov  1 10:39:04 host app[123]: up', '<time> host app[#]: up'],
    ['[21/Nov/2026:10:39:04 +0000] "GET /x HTTP/1.1" 200', '[<time>] "…" #'],
    ['10:39:04 refused by 10.0.0.1:6379', '<time> refused by #:#'],
    ['id=550e8400-e29b-41d4-a716-446655440000 at 0xdeadbeef', 'id=<id> at <id>'],
    ['commit 8f3a9c21 of user42', 'commit <id> of <id>'],
    ['pod denis-workers-7d4c9f6b8-x2x9k is ready', 'pod denis-workers-<id> is ready'],
    ["can't reach Bob's queue 'celery'", "can't reach Bob's queue '…'"],
    ['level=error msg="connection refused" host="a"', 'level=error msg="connection refused" host="…"'],
    ['{"level":"error","msg":"job 17 failed","ts":1}', 'error job # failed'],
    ['{"name":"x","n":1}', '{"name":"…","n":#}'],
    ['{not json', '{not json'],
    ['', ''],
  ])('of %j is %j', (line, shape) => {
    expect(shapeOf(line)).toBe(shape);
  });

  it('is the same whatever figures, ids and times stand in it', () => {
    const filled = (n: number, id: string, at: Date) =>
      `${at.toISOString()} WARN retry ${n} of task ${id} after ${n / 10}s`;
    const when = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.nat(), fc.uuid(), when, (n, id, at) => {
        expect(shapeOf(filled(n, id, at))).toBe('<time> WARN retry # of task <id> after #s');
      }),
    );
  });

  it('is found in time proportional to the line, whatever stands in it', () => {
    const unit = fc.constantFrom('"', '\\', "'", '-', 'b', '1', ':', '.', ',', ' ', '{', 'msg=', '\\"');
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 4 }), (units) => {
        const started = performance.now();
        shapeOf(units.join('').repeat(5_000));
        expect(performance.now() - started).toBeLessThan(1_000);
      }),
    );
  });
});

describe('groups of lines', () => {
  it('come with the most frequent first, each with its first whole line', () => {
    const counter = shapeCounter();
    for (const line of ['up 1', 'job 1 failed', 'job 2 failed', 'job 33 failed']) counter.add(line);
    expect(counter.groups()).toEqual([
      { shape: 'job # failed', lines: 3, first: 'job 1 failed' },
      { shape: 'up #', lines: 1, first: 'up 1' },
    ]);
  });

  it('are listed with their counts, and with how many are left out', () => {
    const groups = [1_243, 40, 1].map((lines, n) => ({ lines, first: `line ${n}` }));
    expect(groupsInWords(groups, 2, ({ first }) => first)).toBe(
      '1,243  line 0\n   40  line 1\n(and 1 more shape)',
    );
  });
});
