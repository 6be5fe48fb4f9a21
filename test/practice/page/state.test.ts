import { describe, expect, it } from '@jest/globals';
import { commandOf, completionsFor } from '../../../src/practice/workspace/page/state/completions.ts';
import { hintFor } from '../../../src/practice/workspace/page/state/hints.ts';
import { placeOf, placeOfLink, searchOf } from '../../../src/practice/workspace/page/state/navigation.ts';
import {
  channelMessages,
  isGrouped,
  reduce,
  threadReplies,
} from '../../../src/practice/workspace/page/state/reduce.ts';
import { sampleMessage, sampleState } from './state.ts';

const arrives = (ts: string, more = {}) => ({ type: 'message' as const, message: sampleMessage(ts, more) });

describe('the state of the page', () => {
  it('puts messages in their order, whatever order they arrive in', () => {
    const state = [arrives('20.1'), arrives('3.1'), arrives('100.0')].reduce(reduce, sampleState());
    expect(channelMessages(state, 'C1').map(({ ts }) => ts)).toEqual(['3.1', '20.1', '100.0']);
  });

  it('shows an edited message in its place, once', () => {
    const edit = arrives('1.0', { text: 'Resolved', edited: true });
    const state = [arrives('1.0'), arrives('2.0'), edit, edit].reduce(reduce, sampleState());
    expect(channelMessages(state, 'C1').map(({ text }) => text)).toEqual(['Resolved', 'message 2.0']);
  });

  it('keeps replies in their thread', () => {
    const state = [arrives('1.0', { thread_ts: '1.0' }), arrives('2.0', { thread_ts: '1.0' })].reduce(
      reduce,
      sampleState(),
    );
    expect(channelMessages(state, 'C1').map(({ ts }) => ts)).toEqual(['1.0']);
    expect(threadReplies(state, 'C1', '1.0').map(({ ts }) => ts)).toEqual(['2.0']);
  });

  it('counts what others write as unread: not replies, not edits, not own words', () => {
    const events = [
      arrives('1.0'),
      arrives('1.0'),
      arrives('2.0', { thread_ts: '1.0' }),
      arrives('3.0', { user: 'U1' }),
    ];
    expect(events.reduce(reduce, sampleState()).channels[0]?.unread).toBe(1);
  });

  it('forgets a deleted message', () => {
    const gone = { type: 'message_deleted' as const, channel: 'C1', ts: '1.0' };
    expect(reduce(reduce(sampleState(), arrives('1.0')), gone).messages).toEqual([]);
  });

  it('groups what one author writes within five minutes', () => {
    expect(isGrouped(sampleMessage('200'), sampleMessage('1'))).toBe(true);
    expect(isGrouped(sampleMessage('400'), sampleMessage('1'))).toBe(false);
    expect(isGrouped(sampleMessage('2', { user: 'U1' }), sampleMessage('1'))).toBe(false);
    expect(isGrouped(sampleMessage('2', { ephemeral: true }), sampleMessage('1'))).toBe(false);
  });
});

describe('completions', () => {
  const found = (text: string) => completionsFor(text, text.length, sampleState());

  it('offers the commands that begin so, with their hint', () => {
    expect(found('/d').items.map(({ title, detail }) => [title, detail])).toEqual([
      ['/diagnose', '[service/]runbook'],
      ['/drill', ''],
    ]);
    expect(found('/dr').items[0]?.insert).toBe('/drill ');
  });

  it('offers nothing once a command is whole, so that Enter sends it', () => {
    expect(found('/drill').items).toEqual([]);
    expect(found('/drill x').items).toEqual([]);
    expect(commandOf('/drill x', sampleState().commands)?.command).toBe('/drill');
    expect(commandOf('/drills', sampleState().commands)).toBeUndefined();
  });

  it('offers people, the bot and groups after an @, by any part of their name', () => {
    expect(found('ask @pra')).toMatchObject({ from: 4, items: [{ insert: '@inés ' }] });
    expect(found('@gua').items[0]?.title).toBe('Guardia');
    expect(found('@sr').items[0]?.insert).toBe('@sre ');
    expect(found('mail@sr').items).toEqual([]);
  });
});

describe('the address', () => {
  it('keeps person, channel and thread, and survives being read back', () => {
    const place = { as: 'U2', channel: 'C1', thread: '1.0', tab: '' };
    expect(searchOf(place)).toBe('?as=U2&channel=C1&thread=1.0');
    expect(placeOf(searchOf(place))).toEqual(place);
  });

  it.each([
    ['a message', 'http://here/archives/C1/p170000', { channel: 'C1', thread: '' }],
    [
      'a reply',
      'http://here/archives/C1/p170001?thread_ts=17.0000&cid=C1',
      { channel: 'C1', thread: '17.0000' },
    ],
    ['another host', 'http://there/archives/C1/p170000', null],
    ['another page', 'http://here/d/orders', null],
    ['no address', 'here', null],
  ])('is where a permalink leads: %s', (_, url, place) => {
    expect(placeOfLink(url, 'http://here')).toEqual(place);
  });
});

describe('the hint beside a person', () => {
  it('says what each may do', () => {
    const { people, groups } = sampleState();
    const hints = people.map((person) => hintFor(person, groups));
    expect(hints[0]).toContain('Cannot approve own requests');
    expect(hints[1]).toContain('approves or denies');
    expect(hints[2]).toContain('does not count');
    expect(hints[3]).toContain('do not count');
  });
});
