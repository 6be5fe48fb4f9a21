import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadRender, type Render } from './render.ts';
import { sampleState } from './state.ts';

let render: Render;

beforeAll(async () => {
  const { me, people, bot, channels, groups } = sampleState();
  render = await loadRender({
    me,
    groups,
    people: new Map([...people, bot].map((person) => [person.id, person])),
    channels: new Map(channels.map((channel) => [channel.id, channel])),
    openChannel: () => undefined,
  });
});

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) });
const option = (value: string) => ({ text: plain(value), value });
const actions = (...elements: unknown[]) => ({ type: 'actions', block_id: 'b', elements });
const input = (element: object, more: object = {}) => ({
  type: 'input',
  block_id: 'i',
  label: plain('Reason'),
  element,
  ...more,
});

/** What a reader reads, without the markup. */
function words(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('text blocks', () => {
  it('names the people, groups and channels that a text mentions, and marks what concerns the reader', () => {
    const html = render([section('<@U1> <@U2> <!subteam^S1> <#C1> <@U9|gone>')]);
    expect(words(html)).toBe('@Noor Haddad @Inés Prado @sre #denis-alerts @gone');
    expect(html.match(/mention-me/g)).toHaveLength(2);
  });

  it('shows section fields, a header, context, a divider and a table', () => {
    const html = render([
      { type: 'header', text: plain('Purge :wastebasket:') },
      { type: 'section', fields: [mrkdwn('*Undo*\nnone'), mrkdwn('*How much*\n1,243')] },
      { type: 'divider' },
      { type: 'context', elements: [mrkdwn('plan `7f3a`')] },
      {
        type: 'table',
        column_settings: [null, { align: 'right' }],
        rows: [
          [
            { type: 'raw_text', text: 'Check' },
            { type: 'raw_text', text: 'After' },
          ],
          [
            { type: 'raw_text', text: 'Jobs' },
            { type: 'raw_number', text: '0', value: 0 },
          ],
        ],
      },
    ]);
    expect(html).toContain('<h3 class="block-header"');
    expect(words(html)).toBe('Purge 🗑️ Undo none How much 1,243 plan 7f3a Check After Jobs 0');
    expect(html).toContain('<th scope="col" class="cell-right">');
    expect(html).toContain('<td class="cell-right">');
  });

  it('shows rich text: styles, lists, quotes and code', () => {
    const html = render([
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'loud', style: { bold: true, code: true } },
              { type: 'user', user_id: 'U2' },
            ],
          },
          {
            type: 'rich_text_list',
            style: 'ordered',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'one' }] }],
          },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'kubectl' }] },
          { type: 'rich_text_quote', elements: [{ type: 'link', url: 'javascript:alert(1)', text: 'said' }] },
        ],
      },
    ]);
    expect(html).toContain('<b><code class="code">loud</code></b>');
    expect(html).toContain('<ol class="list list-0" start="1"><li>one</li></ol>');
    expect(html).toContain('<pre class="pre">kubectl</pre>');
    expect(html).not.toContain('javascript:');
  });

  it('says which block it cannot show, and shows the others', () => {
    expect(words(render([{ type: 'video' }, section('still here')]))).toMatch(/“video”.*still here/);
  });
});

describe('hostile content', () => {
  it('is text, never markup', () => {
    const html = render([
      section('<script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt;'),
      { type: 'header', text: plain('<b>no</b>') },
      actions({ type: 'button', action_id: 'x', text: plain('<i>go</i>') }),
      { type: 'markdown', text: '<script>alert(1)</script> [x](javascript:alert(1))' },
      { type: 'table', rows: [[{ type: 'raw_text', text: '<td onclick=1>' }]] },
    ]);
    expect(html).not.toMatch(/<(script|b|i|td onclick|img)[ >]/);
    expect(html).not.toMatch(/href="javascript/);
    expect(words(html)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('opens links away from the page, and shows where a disguised one leads', () => {
    const html = render([section('<https://evil.example/|https://bank.example/>')]);
    expect(html).toContain('href="https://evil.example/" title="https://evil.example/"');
    expect(html).toContain('target="_blank" rel="noopener noreferrer"');
  });

  it('shuts bidirectional text in, so that it turns round nothing beside it', () => {
    const html = render([
      section('\u202Egnp.exe'),
      actions({ type: 'button', action_id: 'x', text: plain('\u202Eevorppa') }),
    ]);
    expect(html).toContain('<div class="mrkdwn" dir="auto"><div class="text-line">\u202Egnp.exe</div></div>');
    expect(html).toContain('<bdi>\u202Eevorppa</bdi>');
  });

  it('loads images from http(s) and from this server only', () => {
    const image = (image_url: string) => ({ type: 'image', alt_text: 'a chart', image_url });
    expect(render([image('https://a.example/c.png')])).toContain('src="https://a.example/c.png"');
    for (const url of ['javascript:alert(1)', 'data:image/svg+xml,1', 'file:///etc/passwd']) {
      expect(render([image(url)])).not.toContain('<img');
    }
  });

  it('takes files from this server whatever name it goes by', () => {
    const html = render([
      { type: 'image', alt_text: 'a chart', slack_file: { id: 'F1', url: 'http://127.0.0.1:3000/files/F1' } },
    ]);
    expect(html).toContain('src="/files/F1" alt="a chart"');
  });
});

describe('interactive elements', () => {
  it('shows buttons as buttons with their text, style and accessible label', () => {
    const html = render([
      actions(
        { type: 'button', action_id: 'approve', text: plain('Approve'), style: 'primary' },
        {
          type: 'button',
          action_id: 'deny',
          text: plain('Deny'),
          style: 'danger',
          accessibility_label: 'Deny the purge',
        },
      ),
    ]);
    expect(html).toMatch(/<button type="button" class="button button-primary"[^>]*data-action="approve"/);
    expect(html).toMatch(
      /<button type="button" class="button button-danger"[^>]*aria-label="Deny the purge"/,
    );
  });

  it('names every input by its label, with its hint and its error beside it', () => {
    const html = render(
      [
        input(
          { type: 'plain_text_input', action_id: 'r', multiline: true },
          { hint: plain('Approvers read it.') },
        ),
      ],
      {
        i: 'Say more.',
      },
    );
    const label = /id="([^"]+)"><bdi>Reason/.exec(html)?.[1];
    const [, hint, error] = /aria-describedby="(\S+) (\S+)"/.exec(html) ?? [];
    expect(html).toMatch(new RegExp(`<textarea[^>]* aria-labelledby="${label}"`));
    expect(html).toContain(`id="${hint}"><bdi>Approvers read it.`);
    expect(html).toContain(`id="${error}" role="alert">Say more.`);
    expect(html).toContain('aria-invalid="true"');
  });

  it.each([
    ['static_select', { options: [option('one')], initial_option: option('one') }, 'value="one"'],
    ['external_select', { placeholder: plain('Find a runbook') }, 'placeholder="Find a runbook"'],
    ['users_select', { initial_user: 'U2' }, 'value="Inés Prado"'],
    ['conversations_select', { initial_conversation: 'C1' }, 'value="#denis-alerts"'],
    [
      'multi_static_select',
      { options: [option('one')], initial_options: [option('one')] },
      'aria-label="Remove one"',
    ],
    ['datepicker', { initial_date: '2026-02-03' }, 'value="2026-02-03"'],
    ['timepicker', { initial_time: '03:12' }, 'value="03:12"'],
    ['number_input', { is_decimal_allowed: false, initial_value: '3' }, 'value="3"'],
    [
      'checkboxes',
      { options: [option('dry')], initial_options: [option('dry')] },
      'type="checkbox" checked=""',
    ],
    ['radio_buttons', { options: [option('now')], initial_option: option('now') }, 'type="radio"'],
  ])('shows %s with what it begins with', (type, more, shown) => {
    expect(render([input({ type, action_id: 'a', ...more })])).toContain(shown);
  });

  it('keeps an overflow menu closed until it is asked for', () => {
    const html = render([actions({ type: 'overflow', action_id: 'o', options: [option('Refresh')] })]);
    expect(html).toContain('aria-haspopup="menu" aria-expanded="false"');
    expect(html).not.toContain('Refresh');
  });
});
