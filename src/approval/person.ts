/** A person in Slack: ids only, since names and addresses change. One human may have several. */
export interface Person {
  team: string;
  user: string;
}

/** What Slack says of a person at this moment. */
export interface Account extends Person {
  kind: 'member' | 'guest' | 'bot' | 'deactivated' | 'stranger';
  /** The human in the Enterprise Grid, whom every linked id leads to; absent outside of one, null where Slack did not say. */
  enterprise?: { id: string; user: string } | null;
  /** How they are called, and their time zone (`Europe/Madrid`), where Slack says so. */
  name?: string;
  zone?: string;
}

/**
 * Who is who, asked of Slack. `fresh` passes by every cache: for a vote and for spending an approval. Without it an
 * answer may be `maxAgeMs` old, some minutes by default. Rejects with a GuardiaError when Slack does not answer; whoever asks then denies.
 */
export interface People {
  account(person: Person, options?: LookupOptions): Promise<Account>;
  /** User ids of a Slack user group's members, in the bot's own team. */
  members(group: string, options?: LookupOptions): Promise<readonly string[]>;
  /** The conversation of this user with the bot, opened where there is none. */
  directMessage(user: string): Promise<string>;
  /** The workspace that the bot is installed in. */
  team(): string;
  /** Guardia itself, which the clock asks in the name of. */
  self(): Person;
}

export interface LookupOptions {
  fresh?: boolean;
  maxAgeMs?: number;
}

/** The same id. Whether it is the same human is `personKey`'s to say. */
export function samePerson(a: Person, b: Person): boolean {
  return a.team === b.team && a.user === b.user;
}

/** One key a human, whichever of their ids they came with; null where it cannot be resolved, and then nothing counts. */
export function personKey({ team, user, enterprise }: Account): string | null {
  if (enterprise === null) return null;
  return enterprise ? `enterprise:${enterprise.id}/${enterprise.user}` : `${team}/${user}`;
}
