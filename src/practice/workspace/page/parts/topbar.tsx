import type { PersonView } from '../../protocol.ts';
import { hintFor } from '../state/hints.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Avatar } from './avatar.tsx';
import { MenuButton } from './menu.tsx';

interface TopbarProps {
  dark: boolean;
  onTheme(): void;
  onPerson(id: string): void;
}

export function Topbar({ dark, onTheme, onPerson }: TopbarProps) {
  const { state } = useWorkspace();
  const { me } = state;
  const items = state.people.map((person) => ({
    key: person.id,
    person: person.id,
    checked: person.id === me.id,
    face: <PersonLine person={person} />,
  }));
  return (
    <header className="topbar">
      <p className="banner">
        <b>Practice workspace</b> <span>simulated Slack, simulated systems, the real bot</span>
      </p>
      <div className="topbar-side">
        <button
          type="button"
          className="top-button"
          aria-pressed={dark}
          aria-label="Dark mode"
          title={dark ? 'Light mode' : 'Dark mode'}
          onClick={onTheme}
        >
          {dark ? <Sun /> : <Moon />}
        </button>
        <MenuButton
          className="top-button switcher"
          label={`You are: ${me.name}, ${me.title}. Switch person`}
          person={me.id}
          items={items}
          onPick={onPerson}
          face={
            <>
              <Avatar person={me} size="tiny" />
              <span className="switcher-text">
                <span className="switcher-you">You are: </span>
                <b>{me.name}</b>
                <span className="switcher-title"> — {me.title}</span>
              </span>
              <span aria-hidden="true"> ▾</span>
            </>
          }
        />
      </div>
    </header>
  );
}

function PersonLine({ person }: { person: PersonView }) {
  const { state } = useWorkspace();
  return (
    <span className="person-line">
      <Avatar person={person} size="small" />
      <span className="person-text">
        <span>
          <b>{person.name}</b> <span className="menu-aside">{person.title}</span>
        </span>
        <span className="person-hint">{hintFor(person, state.groups)}</span>
      </span>
      {person.id === state.me.id && (
        <span className="person-check" aria-hidden="true">
          ✓
        </span>
      )}
    </span>
  );
}

function Sun() {
  return (
    <svg
      viewBox="0 0 20 20"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      aria-hidden="true"
    >
      <circle cx="10" cy="10" r="3.5" />
      <path
        d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Moon() {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" fill="currentColor" aria-hidden="true">
      <path d="M8 2.5a7.5 7.5 0 1 0 9.5 9.5A6.5 6.5 0 0 1 8 2.5z" />
    </svg>
  );
}
