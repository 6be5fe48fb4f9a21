import { describe, expect, it } from '@jest/globals';
import { changedOutputs } from '../../src/report/changed-lines.ts';

const output = (text: string, label = 'find') => [{ label, text }];

describe('two outputs of a dry run', () => {
  it('differ in the lines that came and went, and in no other', () => {
    expect(changedOutputs(output('a\nb\nc'), output('a\nd\nc'))).toEqual([
      {
        label: 'find',
        lines: [
          { is: 'gone', text: 'b' },
          { is: 'new', text: 'd' },
        ],
        same: 2,
      },
    ]);
  });

  it('do not differ in the order of their lines', () => {
    expect(changedOutputs(output('a\nb'), output('b\na'))).toEqual([]);
  });

  it('differ where a line stands more often', () => {
    expect(changedOutputs(output('a'), output('a\na'))).toMatchObject([
      { lines: [{ is: 'new', text: 'a' }], same: 1 },
    ]);
  });

  it('are told one by one, also those that are gone', () => {
    expect(changedOutputs(output('a', 'one'), output('b', 'two'))).toEqual([
      { label: 'two', lines: [{ is: 'new', text: 'b' }], same: 0 },
      { label: 'one', lines: [{ is: 'gone', text: 'a' }], same: 0 },
    ]);
  });
});
