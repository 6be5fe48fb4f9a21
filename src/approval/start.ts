import type { Account } from './person.ts';

export type StartRefusal = 'not-a-member' | Exclude<Account['kind'], 'member'>;

/** Who may start something: in the bot's own team, these users, or everybody where `users` is null. */
export interface Starters {
  team: string;
  users: readonly string[] | null;
}

/** Whether this account may start something; null means yes. Pure: whoever asks has looked everything up afresh. */
export function startRefusal(account: Account, { team, users }: Starters): StartRefusal | null {
  if (account.team !== team) return 'stranger';
  if (account.kind !== 'member') return account.kind;
  return users === null || users.includes(account.user) ? null : 'not-a-member';
}
