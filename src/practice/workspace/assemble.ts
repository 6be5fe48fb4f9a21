import type { Cast } from './cast.ts';
import { defaultCast } from './cast.ts';
import type { AppManifest, Drills, Workspace } from './context.ts';
import { createFaults } from './faults.ts';
import { createJournal } from './journal.ts';
import type { Clock, LimitSettings } from './limits.ts';
import { createRateLimiter, withDefaults } from './limits.ts';
import { emptyState, remember } from './state.ts';
import { createSender } from './to-bot/sender.ts';
import { createWork } from './work.ts';

export interface WorkspaceOptions {
  /** 0 takes a free one. */
  port: number;
  /** 127.0.0.1 by default. */
  host?: string;
  bot: {
    /** Where the bot listens: `http://127.0.0.1:3001/slack/events`. May be told later with `connectBot`. */
    url?: string;
    signingSecret: string;
    token: string;
    appId: string;
  };
  drills?: Drills;
  /** manifest.yml: which commands exist, and which events the bot hears of. Without it, all. */
  manifest?: string;
  cast?: Cast;
  clock?: Clock;
  /** Other limits than Slack's, so that tests need not wait. */
  limits?: LimitSettings;
}

/** A workspace at its start, and how to end what it does by itself. */
export interface Assembled {
  ws: Workspace;
  connectBot(url: string): void;
  settle(): Promise<void>;
}

export function assemble(options: WorkspaceOptions, url: string, manifest: AppManifest): Assembled {
  const clock = options.clock ?? { now: () => Date.now() };
  const limits = withDefaults(options.limits);
  const work = createWork();
  const { appId, token } = options.bot;
  const ws: Workspace = {
    ...{ clock, limits, manifest, url, bot: { appId, token } },
    ...keeping(options, limits.ackMs),
    faults: createFaults(),
    rate: createRateLimiter(limits, clock),
    drills: options.drills ?? NO_DRILLS,
    nextTs: createTimestamps(clock),
    background: work.background,
    later: work.later,
  };
  return { ws, connectBot: ws.sender.connect, settle: () => work.settle(ws.sender.stop) };
}

/** What the workspace remembers, and the sender, which adds to that. */
function keeping(
  options: WorkspaceOptions,
  ackMs: number,
): Pick<Workspace, 'cast' | 'state' | 'journal' | 'sender'> {
  const cast = options.cast ?? defaultCast();
  const state = emptyState(cast.channels);
  const journal = createJournal();
  const { url, signingSecret } = options.bot;
  const sender = createSender({
    ...{ url, signingSecret, ackMs },
    onSent(request) {
      remember(state.sent, request);
      journal.add({ type: 'sent', request });
    },
  });
  return { cast, state, journal, sender };
}

const NO_DRILLS: Drills = {
  list: () => [],
  start: async () => {},
  stop: async () => {},
  onChange: () => () => {},
};

function createTimestamps(clock: Clock): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * 1000);
    return `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, '0')}`;
  };
}
