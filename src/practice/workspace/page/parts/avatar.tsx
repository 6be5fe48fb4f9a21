import type { PersonView } from '../../protocol.ts';

const CLASSES = { small: 'avatar avatar-small', normal: 'avatar', tiny: 'avatar avatar-tiny' } as const;

function initials(name: string): string {
  const parts = name.split(/\s+/).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ''].map((part) => part?.charAt(0) ?? '').join('');
}

/** A person's picture: initials on their colour; the bot has a shield. */
export function Avatar({ person, size = 'normal' }: { person: PersonView; size?: keyof typeof CLASSES }) {
  return (
    <span className={CLASSES[size]} style={{ backgroundColor: person.color }} aria-hidden="true">
      {person.kind === 'bot' ? <Shield /> : initials(person.name)}
    </span>
  );
}

export function Shield() {
  return (
    <svg viewBox="0 0 24 24" width="60%" height="60%" fill="currentColor" aria-hidden="true">
      <path d="M12 2l8 3v7c0 5-3.4 8.4-8 10-4.6-1.6-8-5-8-10V5z" />
    </svg>
  );
}
