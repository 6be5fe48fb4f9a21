import { describe, expect, it } from '@jest/globals';
import { parseMarkdown } from '../../../src/practice/workspace/page/text/markdown.ts';
import type { Inline, TextBlock } from '../../../src/practice/workspace/page/text/nodes.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });
const paragraph = (...children: Inline[]): TextBlock => ({ kind: 'paragraph', children });

describe('the markdown block', () => {
  it('reads headings, paragraphs and rules', () => {
    expect(parseMarkdown('## What *happened*\n\nOne\ntwo\n\n---')).toEqual([
      {
        kind: 'heading',
        level: 2,
        children: [text('What '), { kind: 'italic', children: [text('happened')] }],
      },
      paragraph(text('One'), { kind: 'break' }, text('two')),
      { kind: 'rule' },
    ]);
  });

  it('reads bold, italic, strike, code and links', () => {
    const space = text(' ');
    const bold = (word: string): Inline => ({ kind: 'bold', children: [text(word)] });
    const nodes: Inline[] = [
      ...[bold('b'), space],
      ...[{ kind: 'italic', children: [text('i')] } satisfies Inline, space],
      ...[bold('b'), space],
      ...[{ kind: 'strike', children: [text('s')] } satisfies Inline, space],
      ...[{ kind: 'code', text: 'c' } satisfies Inline, space],
      { kind: 'link', url: 'https://a.example', children: [text('l')] },
    ];
    expect(parseMarkdown('**b** *i* __b__ ~~s~~ `c` [l](https://a.example)')).toEqual([paragraph(...nodes)]);
  });

  it('reads nested lists as lists of their own depth', () => {
    expect(parseMarkdown('1. one\n2. two\n   - deeper')).toEqual([
      { kind: 'list', ordered: true, indent: 0, start: 1, items: [[text('one')], [text('two')]] },
      { kind: 'list', ordered: false, indent: 1, start: 1, items: [[text('deeper')]] },
    ]);
  });

  it('reads tables with their alignment', () => {
    expect(parseMarkdown('| Check | After |\n|:--|--:|\n| Jobs | 0 |')).toEqual([
      {
        kind: 'table',
        align: ['left', 'right'],
        rows: [
          [[text('Check')], [text('After')]],
          [[text('Jobs')], [text('0')]],
        ],
      },
    ]);
  });

  it('reads fences and quotes', () => {
    expect(parseMarkdown('```sh\n# not a heading\n```\n> said')).toEqual([
      { kind: 'pre', text: '# not a heading' },
      { kind: 'quote', children: [paragraph(text('said'))] },
    ]);
  });

  it.each(['[x](javascript:alert(1))', '![x](data:text/html,1)', '<script>alert(1)</script>'])(
    'makes no link of %s',
    (source) => {
      expect(JSON.stringify(parseMarkdown(source))).not.toContain('"link"');
    },
  );

  it.each(['>', '> ', '*_~', '[a](', '**a ', '- a\n', '|a', '```'])(
    'reads %j 10,000 times over to its end',
    (part) => {
      expect(parseMarkdown(part.repeat(10_000)).length).toBeGreaterThan(0);
    },
  );

  it('ends with every unfinished construct', () => {
    for (const source of ['```', '|a|b|', '- ', '>', '#', '[x](', '**', '\\', '~~~\nx']) {
      expect(parseMarkdown(source).length).toBeGreaterThan(0);
    }
  });
});
