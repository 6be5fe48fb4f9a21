import { describe, expect, it } from '@jest/globals';
import { figuresOf, sentenceOf } from './figures.ts';

const killed = { status: 'Killed' };

describe('the figures of the mutants', () => {
  it('count as passed what a test noticed, and leave out what the source gives a reason for', () => {
    const mutants = [killed, killed, { status: 'Timeout' }, { status: 'Ignored', statusReason: 'the same' }];
    const figures = figuresOf(mutants);
    expect(figures).toMatchObject({ passed: 3, failed: 0 });
    expect(sentenceOf(figures)).toBe('4 mutants: 2 killed, 1 timed out, 0 survived, 1 ignored with a reason');
  });

  it.each([
    { status: 'Survived' },
    { status: 'NoCoverage' },
    { status: 'RuntimeError' },
    { status: 'Pending' },
    { status: 'Ignored', statusReason: 'Ignored using a comment' },
  ])('count %j as failed', (mutant) => {
    expect(figuresOf([killed, mutant])).toMatchObject({ passed: 1, failed: 1, survived: 1 });
  });
});
