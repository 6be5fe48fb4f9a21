import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMrkdwn, parsePlain } from '../../../src/practice/workspace/page/text/mrkdwn.ts';
import type { Inline, TextBlock } from '../../../src/practice/workspace/page/text/nodes.ts';

/** The nodes of a text that is one paragraph. */
function inline(source: string): Inline[] {
  const [block, ...more] = parseMrkdwn(source);
  expect(more).toEqual([]);
  return block?.kind === 'paragraph' ? block.children : [];
}

function text(words: string): Inline {
  return { kind: 'text', text: words };
}

function everyNode(blocks: readonly TextBlock[]): Inline[] {
  const deep = (node: Inline): Inline[] =>
    ['children' in node ? node.children.flatMap(deep) : [], node].flat();
  return blocks.flatMap((block) => {
    if (block.kind === 'quote') return everyNode(block.children);
    return block.kind === 'paragraph' ? block.children.flatMap(deep) : [];
  });
}

describe('mrkdwn formatting', () => {
  it('reads bold, italic, strike and code', () => {
    expect(inline('*b* _i_ ~s~ `c`')).toEqual([
      { kind: 'bold', children: [text('b')] },
      text(' '),
      { kind: 'italic', children: [text('i')] },
      text(' '),
      { kind: 'strike', children: [text('s')] },
      text(' '),
      { kind: 'code', text: 'c' },
    ]);
  });

  it('reads one format inside another', () => {
    expect(inline('*Redis _is_ down*')).toEqual([
      { kind: 'bold', children: [text('Redis '), { kind: 'italic', children: [text('is')] }, text(' down')] },
    ]);
  });

  it.each(['2*3*4', 'snake_case_name', 'a * b * c', '*', '**', '*open', 'x ~ y', '`', '_ _'])(
    'leaves %s as it was typed',
    (source) => {
      expect(inline(source)).toEqual([text(source)]);
    },
  );

  it('keeps stars in code as they are', () => {
    expect(inline('`a*b*` *c*')[0]).toEqual({ kind: 'code', text: 'a*b*' });
  });

  it('does not close a format inside of code or of a link', () => {
    expect(inline('*see `a*` now*')).toEqual([
      { kind: 'bold', children: [text('see '), { kind: 'code', text: 'a*' }, text(' now')] },
    ]);
  });

  it('reads code blocks, quotes and the lines between them', () => {
    expect(parseMrkdwn('before\n```\nkubectl get pods\n  *not bold*\n```\n&gt; said\n> more\nafter')).toEqual(
      [
        { kind: 'paragraph', children: [text('before')] },
        { kind: 'pre', text: 'kubectl get pods\n  *not bold*' },
        {
          kind: 'quote',
          children: [{ kind: 'paragraph', children: [text('said'), { kind: 'break' }, text('more')] }],
        },
        { kind: 'paragraph', children: [text('after')] },
      ],
    );
  });

  it('quotes everything after >>>', () => {
    expect(parseMrkdwn('>>> one\ntwo')).toEqual([
      {
        kind: 'quote',
        children: [{ kind: 'paragraph', children: [text('one'), { kind: 'break' }, text('two')] }],
      },
    ]);
  });

  it('shows the three entities, once', () => {
    expect(inline('&lt;b&gt; &amp;lt; &quot;')).toEqual([text('<b> &lt; &quot;')]);
  });

  it('reads emoji shortcodes that exist, and leaves times and unknown names alone', () => {
    expect(inline(':red_circle: at 03:12:40 :nonesuch:')).toEqual([
      { kind: 'emoji', name: 'red_circle', unicode: '🔴' },
      text(' at 03:12:40 :nonesuch:'),
    ]);
  });
});

describe('mrkdwn references', () => {
  it('reads mentions of people, channels, groups and everybody', () => {
    expect(
      inline('<@U0NOOR> <#C0DENIS|denis> <!subteam^S0SRE> <!channel> <!here>').filter(
        ({ kind }) => kind !== 'text',
      ),
    ).toEqual([
      { kind: 'user', id: 'U0NOOR', label: undefined },
      { kind: 'channel', id: 'C0DENIS', label: 'denis' },
      { kind: 'group', id: 'S0SRE', label: undefined },
      { kind: 'broadcast', range: 'channel' },
      { kind: 'broadcast', range: 'here' },
    ]);
  });

  it('reads links with and without a label, and bare addresses without their full stop', () => {
    const link = (url: string, label = url): Inline => ({ kind: 'link', url, children: [text(label)] });
    expect(inline('<https://a.example/x?b=1&amp;c=2|the *dashboard*>')).toEqual([
      link('https://a.example/x?b=1&c=2', 'the *dashboard*'),
    ]);
    expect(inline('see https://a.example/x.')).toEqual([
      text('see '),
      link('https://a.example/x'),
      text('.'),
    ]);
  });

  it('reads dates', () => {
    expect(inline('<!date^1392734382^{date_short} {time}^https://a.example|Feb 18, 2014>')).toEqual([
      {
        kind: 'date',
        unix: 1392734382,
        format: '{date_short} {time}',
        fallback: 'Feb 18, 2014',
        url: 'https://a.example',
      },
    ]);
  });

  it('leaves plain text without any of this', () => {
    expect(parsePlain('*no* <@U1> :fire: `x`')).toEqual([
      text('*no* <@U1> '),
      { kind: 'emoji', name: 'fire', unicode: '🔥' },
      text(' `x`'),
    ]);
    expect(parsePlain(':fire:', false)).toEqual([text(':fire:')]);
  });
});

describe('hostile mrkdwn', () => {
  it.each([
    '<javascript:alert(1)|click>',
    '<data:text/html,hi|click>',
    '<file:///etc/passwd>',
    '<mailto:a@b.example>',
    '<//evil.example|x>',
    '<script>alert(1)</script>',
    '<!chan\u200Bnel>',
    '<@\u202EU1>',
    '<!subteam^javascript:1>',
    '<!date^99999999999999^{time}|x>',
    '<>',
    '<|label>',
  ])('makes neither link nor mention of %s', (source) => {
    expect(inline(source)).toEqual([text(source)]);
  });

  it('takes no address but http(s) into a link, whatever is thrown at it', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '|',
      '!',
      '^',
      '*',
      '_',
      '~',
      '`',
      ':',
      '@U1',
      'javascript:',
      'https://a.b',
      '\n',
      ' ',
      '&lt;',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 30 }), (parts) => {
        for (const node of everyNode(parseMrkdwn(parts.join('')))) {
          if (node.kind === 'link') expect(node.url).toMatch(/^https?:\/\//i);
        }
      }),
    );
  });

  it.each(['*a ', '_a ', '<', '<a', '`', '*_~', '```', '>', '&', 'https://', ':a', '*`<'])(
    'reads %j 3,000 times over with work that grows no faster than the text',
    (part) => {
      expect(matchesTried(part.repeat(3_000))).toBeLessThan(4 * matchesTried(part.repeat(1_000)));
    },
  );
});

/** How many regular expressions are tried while a text is read. */
function matchesTried(source: string): number {
  const { exec } = RegExp.prototype;
  let tried = 1;
  RegExp.prototype.exec = function counted(text) {
    tried += 1;
    return exec.call(this, text);
  };
  try {
    parseMrkdwn(source);
  } finally {
    RegExp.prototype.exec = exec;
  }
  return tried;
}
