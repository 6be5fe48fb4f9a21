import type { MessageView, PersonView, WorkspaceState } from '../../../src/practice/workspace/protocol.ts';

function person(id: string, name: string, kind: PersonView['kind'] = 'member'): PersonView {
  const handle = name.split(' ')[0]?.toLowerCase() ?? name;
  return { id, team: 'T1', name, handle, title: '', color: '#333', kind };
}

/** A small workspace as its page sees it. */
export function sampleState(): WorkspaceState {
  const me = person('U1', 'Noor Haddad');
  return {
    revision: 1,
    me,
    people: [
      me,
      person('U2', 'Inés Prado'),
      person('U3', 'Mara Lind', 'guest'),
      person('U4', 'Tom O', 'stranger'),
    ],
    bot: person('UB', 'Guardia', 'bot'),
    channels: [
      { id: 'C1', name: 'denis-alerts', kind: 'channel', topic: '', unread: 0 },
      { id: 'D1', name: 'guardia', kind: 'dm', topic: '', unread: 0 },
    ],
    messages: [],
    groups: { S1: { handle: 'sre', members: ['U1', 'U2'] }, S2: { handle: 'denis-oncall', members: ['U1'] } },
    commands: [
      { command: '/diagnose', usage: '[service/]runbook', description: 'Diagnose a runbook' },
      { command: '/drill', usage: '', description: 'Start a drill' },
    ],
    drills: [],
    home: null,
    modals: [],
  };
}

export function sampleMessage(ts: string, more: Partial<MessageView> = {}): MessageView {
  return { channel: 'C1', ts, user: 'UB', text: `message ${ts}`, ...more };
}
