// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables so
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { promqlProblems } from '../../src/steps/prometheus.ts';
import { type DashboardVariable, dashboardAnswer } from '../../src/steps/shared/grafana/dashboard.ts';
import { filledPlainly, filledPromql } from '../../src/steps/shared/grafana/interpolation.ts';
import type { Chosen } from '../../src/steps/shared/grafana/link.ts';
import { filledTitle, variableValues } from '../../src/steps/shared/grafana/variables.ts';

const RANGE = { from: 1_795_000_000_000, to: 1_795_003_600_000 };

function variables(...list: object[]): DashboardVariable[] {
  const answer = dashboardAnswer.parse({ dashboard: { uid: 'x', templating: { list } } });
  return answer.dashboard.templating?.list ?? [];
}

/** Values of `$one` and `$many` as they were chosen, and of what else the dashboard has. */
function values(chosen: Record<string, Chosen> = {}, ...more: object[]) {
  return variableValues(variables({ name: 'one' }, { name: 'many', multi: true }, ...more), chosen, RANGE);
}

/** Values that the dashboard was saved with. */
function saved(value: string | string[], more: object = {}) {
  return variableValues(variables({ name: 'x', type: 'query', current: { value }, ...more }), {}, RANGE);
}

describe('a variable in PromQL', () => {
  it.each(['$one', '${one}', '[[one]]', '${one:raw}', '[[one:raw]]', '${one.text:raw}'])(
    'is written %s',
    (written) => {
      expect(filledPromql(`up{a="${written}"}`, values({ one: ['b'] }))).toBe('up{a="b"}');
    },
  );

  it('of which several may be chosen is a regular expression, as Grafana has it', () => {
    const filled = (many: string[]) => filledPromql('up{a=~"$many"}', values({ many }));
    expect(filled(['a.b'])).toBe('up{a=~"a\\\\.b"}');
    expect(filled(['a.b', 'c|d'])).toBe('up{a=~"(a\\\\.b|c\\\\|d)"}');
  });

  it.each([
    ['"${many:regex}"', '"(a\\\\.b|c)"'],
    ['`${many:regex}`', '`(a\\.b|c)`'],
    ["'${many:regex}'", "'(a\\\\.b|c)'"],
    ['"${many:pipe}"', '"a.b|c"'],
    ['"${many:csv}"', '"a.b,c"'],
  ])('is written %s as %s', (written, filled) => {
    expect(filledPromql(written, values({ many: ['a.b', 'c'] }))).toBe(filled);
  });

  it('is not written in a form that Guardia cannot write', () => {
    expect(() => filledPromql('up{a="${one:queryparam}"}', values({ one: ['b'] }))).toThrow(
      'the variable one is wanted as queryparam, which Guardia cannot write',
    );
  });

  it.each([
    ['saved as All, with a word of its own for it', { allValue: 'api-.+', includeAll: true }, 'api-.+'],
    ['saved as All, when Grafana would look for its options', { includeAll: true }, '.*'],
    [
      'saved as All, of options',
      { includeAll: true, options: [{ value: '$__all' }, { value: 'a.b' }, { value: 'c' }] },
      '(a\\\\.b|c)',
    ],
  ])('%s is all of them', (_, more, filled) => {
    expect(filledPromql('up{x=~"$x"}', saved('$__all', more))).toBe(`up{x=~"${filled}"}`);
    expect(filledPromql('up{x=~"$x"}', saved(['$__all'], more))).toBe(`up{x=~"${filled}"}`);
  });

  it('has no All unless the dashboard has it', () => {
    expect(() => values({ one: 'all' })).toThrow('the variable one of the dashboard has no All');
    expect(filledPromql('"$many"', values({ many: 'all' }))).toBe('".*"');
  });

  it.each([
    [{ type: 'constant', query: 'k' }, 'k'],
    [{ type: 'textbox', query: 'typed' }, 'typed'],
    [{ type: 'custom', query: 'first, second' }, 'first'],
    [{ type: 'custom', options: [{ value: 'best' }] }, 'best'],
    [{ type: 'interval', query: '1m,5m', current: { value: '$__auto_interval_x' } }, '$__interval'],
    [{ type: 'query', current: { value: 7 } }, '7'],
  ])('that is saved as %j is %s', (more, filled) => {
    const known = variableValues(variables({ name: 'x', ...more }), {}, RANGE);
    expect(filledPromql('$x', known)).toBe(filled);
  });

  it('without a value is an error that says what to do', () => {
    const known = variableValues(
      variables({ name: 'x', type: 'query', query: { query: 'label_values()' } }),
      {},
      RANGE,
    );
    expect(() => filledPromql('up{x="$x"}', known)).toThrow(
      'the dashboard keeps no value of its variable x; give one under variables',
    );
  });

  it('that Grafana works out itself is left to it, and the time is put in', () => {
    const text = 'rate(x[$__rate_interval]) + $__range_s + $__interval_ms + ${__interval} + $unknown + "$1"';
    expect(filledPromql(text, values())).toBe(text);
    expect(filledPromql('$__from ${__to} ${__from:date} ${__to:date:seconds}', values())).toBe(
      '1795000000000 1795003600000 2026-11-18T11:06:40.000Z 1795003600',
    );
  });

  it('of the dashboard itself may be syntax, as with Grafana', () => {
    expect(filledPromql('sum($x)', saved('up{a="b"}'))).toBe('sum(up{a="b"})');
    expect(filledPromql('up{a=~"$x"}', saved('api-.*'))).toBe('up{a=~"api-.*"}');
  });
});

describe('a value that is not the dashboard’s own', () => {
  it.each([
    ['up{a="$one"}', 'b"} or vector(1) #', 'up{a="b\\"} or vector(1) #"}'],
    ["up{a='$one'}", "b'} or x", "up{a='b\\'} or x'}"],
    ['up{a="$one"}', 'a\\"b\nc', 'up{a="a\\\\\\"b\\nc"}'],
    ['up{a=~"$one"}', '.*', 'up{a=~"\\\\.\\\\*"}'],
    ['up{a !~ "x-${one:raw}"}', 'a|b', 'up{a !~ "x-a\\\\|b"}'],
    ['up{a=~`$one`}', '.*', 'up{a=~`\\.\\*`}'],
    ['{a="b"} |~ `$one`', 'a|b', '{a="b"} |~ `a\\|b`'],
    ['up{a="\\"", b=~"$one"}', '.*', 'up{a="\\"", b=~"\\\\.\\\\*"}'],
    ['# it\'s "\nup{a="$one"}', '"', '# it\'s "\nup{a="\\""}'],
    ['rate(x[$one])', '5m', 'rate(x[5m])'],
    ['topk($one, up)', '-3', 'topk(-3, up)'],
  ])('stays one in %s: %s', (query, value, filled) => {
    expect(filledPromql(query, values({ one: [value] }))).toBe(filled);
  });

  it.each([
    ['sum($one)', 'up) or vector(1'],
    ['$one', 'up{a="b"}'],
    ['up # $one', 'x\nor vector(1)'],
    ['rate(x[$one])', ''],
    ['up{a=~`$one`}', '`} or vector(1) #'],
  ])('is refused in %s: %j', (query, value) => {
    expect(() => filledPromql(query, values({ one: [value] }))).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('the variable one') }),
    );
  });

  it('never changes what a query is made of', () => {
    const quotes = fc.constantFrom('"', "'");
    const operator = fc.constantFrom('=', '=~', '!=', '!~');
    const shape = (query: string) => query.replace(/(["'])(?:\\.|(?!\1).)*\1/gs, 'text');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), quotes, operator, (value, quote, matcher) => {
        const filled = filledPromql(
          `up{a${matcher}${quote}$one${quote}, b="c"} > 1`,
          values({ one: [value] }),
        );
        expect(shape(filled)).toBe(`up{a${matcher}text, b=text} > 1`);
        expect(promqlProblems(filled, [])).toEqual([]);
      }),
    );
  });

  it('matches itself and nothing else in a regular expression', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, (value, other) => {
        const filled = filledPromql(
          '`$one`'.replaceAll('`', '"'),
          values({ one: [value] }, { name: 'other' }),
        );
        const regex = filledPromql('up{a=~"$many"}', values({ many: [value] })).slice('up{a=~"'.length, -2);
        const pattern = new RegExp(`^(?:${JSON.parse(`"${regex}"`)})$`);
        expect(JSON.parse(filled)).toBe(value);
        expect(pattern.test(value)).toBe(true);
        expect(pattern.test(other)).toBe(other === value);
      }),
    );
  });
});

describe('a variable in another language', () => {
  it('is put in when it means the same in any', () => {
    const sql = "select * from t where a = '$one' and b in (${many:csv}) and $__timeFilter(at)";
    expect(filledPlainly(sql, values({ one: ['eu-west-1'], many: ['1', '2'] }))).toBe(
      "select * from t where a = 'eu-west-1' and b in (1,2) and $__timeFilter(at)",
    );
  });

  it.each(["x' or 1=1", 'a--b', 'a b', '', 'a/*b', '$__from', ';'])('is refused when it is %j', (value) => {
    expect(() => filledPlainly("a = '$one'", values({ one: [value] }))).toThrow(
      'the variable one has a value that this data source could read as more than a value',
    );
  });

  it('is refused when there are several', () => {
    expect(() => filledPlainly('$many', values({ many: ['a', 'b'] }))).toThrow(
      'the variable many has several values',
    );
  });
});

it('a title shows values as people read them', () => {
  const known = values(
    { many: ['a', 'b'], one: ['c'] },
    { name: 'all', includeAll: true, current: { value: '$__all' } },
  );
  expect(filledTitle('$many of ${one}, [[all]], $other', known)).toBe('a + b of c, All, $other');
});
