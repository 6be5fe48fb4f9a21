import { randomBytes } from 'node:crypto';
import type { Cast, CastPerson, CastTeam } from './cast.ts';
import type { FaultBox } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Clock, Limits, RateLimiter } from './limits.ts';
import type { CommandHint, DrillView } from './protocol.ts';
import type { State } from './state.ts';
import type { Sender } from './to-bot/sender.ts';

/** What the workspace needs of the simulated estate: the drills that its panel shows. */
export interface Drills {
  list(): DrillView[];
  start(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  /** Calls the listener after each change; answers how to stop that. */
  onChange(listener: () => void): () => void;
}

/** What the app's manifest says that matters here. */
export interface AppManifest {
  /** `escapes`: names in a command's text are sent as references (`should_escape`). */
  commands: (CommandHint & { escapes: boolean })[];
  /** Message shortcuts. */
  shortcuts: { callback_id: string; name: string }[];
  /** Event types that the bot is subscribed to. */
  events: string[];
}

/** Everything that the parts of the workspace share. */
export interface Workspace {
  readonly cast: Cast;
  readonly state: State;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly faults: FaultBox;
  readonly rate: RateLimiter;
  readonly sender: Sender;
  readonly drills: Drills;
  readonly manifest: AppManifest;
  readonly bot: { readonly appId: string; readonly token: string };
  /** This server's address, without a slash at its end. */
  readonly url: string;
  /** A new message's ts: seconds and microseconds, never twice. */
  nextTs(): string;
  /** Waits for everything that was sent to the bot in the background. */
  background(work: Promise<unknown>): void;
  /** Calls back later, unless the workspace stops before. */
  later(ms: number, work: () => void): void;
}

export function newId(prefix: string): string {
  return prefix + randomBytes(6).toString('hex').toUpperCase().slice(0, 10);
}

export function personOf(ws: Workspace, id: string): CastPerson | undefined {
  return ws.cast.people.find((person) => person.id === id);
}

export function teamOf(ws: Workspace, id: string): CastTeam {
  return ws.cast.otherTeams.find((team) => team.id === id) ?? ws.cast.team;
}

export function isBot(ws: Workspace, user: string): boolean {
  return user === ws.cast.bot.user;
}

/** Says something to one person as Slack itself would. */
export function notice(ws: Workspace, user: string, text: string): void {
  ws.journal.add({ type: 'notice', user, text });
}
