import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matcherFor, patternProblems } from '../../src/steps/shared/logs/pattern.ts';

const never = new AbortController().signal;

async function matching(match: string, lines: string[], parameters = {}) {
  const matches = await matcherFor(match, parameters).matches(lines, never);
  return lines.filter((_, index) => matches[index]);
}

describe('what lines are looked for', () => {
  const LINES = ['ERROR here', 'error here', 'GET /api/v1', 'a.c', 'abc'];

  it.each([
    ['ERROR', ['ERROR here']],
    ['/error/i', ['ERROR here', 'error here']],
    ['/^error/', ['error here']],
    ['/api/v1', ['GET /api/v1']],
    ['a.c', ['a.c']],
    ['/a.c/', ['a.c', 'abc']],
    ['/\\/api\\/v\\d/', ['GET /api/v1']],
  ])('%s is in %j', async (match, lines) => {
    expect(await matching(match, LINES)).toEqual(lines);
  });

  it('is a parameter as it stands, never an expression of its own', async () => {
    const property = fc.asyncProperty(fc.string({ minLength: 1 }), async (value) => {
      const line = `<${value}>`;
      expect(await matching('{value}', [line], { value })).toEqual([line]);
      expect((await matching('/<{value}>/', [line, '<>'], { value }))[0]).toBe(line);
    });
    await fc.assert(property);
    expect(await matching('{value}', ['ERROR', '/ERROR/'], { value: '/ERROR/' })).toEqual(['/ERROR/']);
    expect(await matching('/^{value}$/', ['abc', 'a.c'], { value: 'a.c' })).toEqual(['a.c']);
    expect(matcherFor('/x{value}/i', { value: '(' }).words).toBe('/x\\(/i');
  });

  it('is not nothing, which would be every line', () => {
    expect(() => matcherFor('{value}', { value: '' })).toThrow('{value} would match every line');
  });
});

describe('lint of a pattern', () => {
  it.each([
    'ERROR (a+)+',
    '/policy/i',
    '/\\b(ERROR|FATAL|PANIC)\\b/',
    '/pms.*(429|rate.?limit)|(429|rate.?limit).*pms/i',
    '/"POST \\/webhooks\\/whatsapp[^"]*" [45]\\d\\d /',
    '/(\\d{1,3}\\.){3}\\d{1,3}/',
    '/(a+)?/',
    '/[(a+)]+/',
    '/\\(a+\\)+/',
    '/{queue}+/',
  ])('finds nothing wrong with %s', (match) => {
    expect(patternProblems(match)).toEqual([]);
  });

  it.each([
    ['/(a+)+$/', 'repeats a group that repeats or chooses within'],
    ['/(a|ab)*/', 'repeats a group that repeats or chooses within'],
    ['/(?:x{2,})*/', 'repeats a group that repeats or chooses within'],
    ['/((a+)b)*/', 'repeats a group that repeats or chooses within'],
    ['/(a{1,9}){2,9}/', 'repeats a group that repeats or chooses within'],
    ['/(/', 'Unterminated group'],
    ['/a/g', 'of the flags there is only i, not g'],
  ])('refuses %s', (match, problem) => {
    expect(patternProblems(match)).toEqual([expect.stringContaining(problem)]);
    expect(() => matcherFor(match, {})).toThrow(problem);
  });
});

describe('an expression that takes too long', () => {
  const slow = matcherFor('/x.*y.*z.*w.*q/', {});
  const lines = ['xyzw'.repeat(1_000)];

  it('is given up, and the next is not', async () => {
    await expect(slow.matches(lines, never)).rejects.toMatchObject({
      code: 'refused',
      message: '/x.*y.*z.*w.*q/ takes too long on these lines',
    });
    expect(await matching('/a.c/', ['abc'])).toEqual(['abc']);
  });

  it('lets others have their turn, and is given up with the caller', async () => {
    const caller = new AbortController();
    const work = slow.matches(lines, caller.signal);
    setImmediate(() => caller.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
  });
});
