/** The time that limits are counted by; injected so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** Slack's limits on time and use. Block Kit's own limits stand in blocks.ts and elements.ts. */
export interface Limits {
  /** How long the bot may take to acknowledge. */
  ackMs: number;
  triggerMs: number;
  responseUrlMs: number;
  responseUrlUses: number;
  /** After completeUploadExternal a file cannot be named by a block for so long. */
  fileReadyMs: number;
  /** When an event that was not acknowledged is sent again. */
  eventRetryMs: readonly number[];
  rates: Rates;
}

/** Calls a minute for each method, by Slack's tiers; posting counts by channel. */
interface Rates {
  post: { perSecond: number; burst: number };
  tier2: number;
  tier3: number;
  tier4: number;
}

export const SLACK_LIMITS: Limits = {
  ackMs: 3_000,
  triggerMs: 3_000,
  responseUrlMs: 30 * 60_000,
  responseUrlUses: 5,
  fileReadyMs: 150,
  eventRetryMs: [0, 60_000, 300_000],
  rates: { post: { perSecond: 1, burst: 4 }, tier2: 20, tier3: 50, tier4: 100 },
};

export type LimitSettings = Partial<Omit<Limits, 'rates'>> & { rates?: Partial<Rates> };

export function withDefaults(given: LimitSettings = {}): Limits {
  return { ...SLACK_LIMITS, ...given, rates: { ...SLACK_LIMITS.rates, ...given.rates } };
}

type Tier = 'post' | 'tier2' | 'tier3' | 'tier4';

/** The tier of each method that has one; the others are not limited. */
const TIERS: Readonly<Record<string, Tier>> = {
  'chat.postMessage': 'post',
  'chat.update': 'tier3',
  'chat.delete': 'tier3',
  'chat.postEphemeral': 'tier4',
  'conversations.history': 'tier3',
  'conversations.replies': 'tier3',
  'conversations.info': 'tier3',
  'conversations.open': 'tier3',
  'conversations.list': 'tier2',
  'conversations.members': 'tier4',
  'views.open': 'tier4',
  'views.push': 'tier4',
  'views.update': 'tier4',
  'views.publish': 'tier4',
  'users.info': 'tier4',
  'users.list': 'tier2',
  'usergroups.list': 'tier2',
  'usergroups.users.list': 'tier2',
  'files.getUploadURLExternal': 'tier4',
  'files.completeUploadExternal': 'tier4',
  'files.info': 'tier4',
  'team.info': 'tier3',
  'bots.info': 'tier3',
  'reactions.add': 'tier3',
};

/** Counts calls; answers the seconds to wait (Retry-After), or 0 when the call may go on. */
export type RateLimiter = (method: string, channel: string) => number;

export function createRateLimiter(limits: Limits, clock: Clock): RateLimiter {
  const posts = new Map<string, { tokens: number; at: number }>();
  const calls = new Map<string, number[]>();
  return (method, channel) => {
    const tier = TIERS[method];
    if (tier === undefined) return 0;
    if (tier === 'post') return takeToken(posts, channel, limits.rates.post, clock.now());
    return takeSlot(calls, method, limits.rates[tier], clock.now());
  };
}

function takeToken(
  buckets: Map<string, { tokens: number; at: number }>,
  key: string,
  rate: Rates['post'],
  now: number,
): number {
  const bucket = buckets.get(key) ?? { tokens: rate.burst, at: now };
  const tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
  buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
  return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / rate.perSecond));
}

function takeSlot(calls: Map<string, number[]>, method: string, perMinute: number, now: number): number {
  const recent = (calls.get(method) ?? []).filter((at) => at > now - 60_000);
  calls.set(method, recent);
  const oldest = recent[0];
  if (oldest !== undefined && recent.length >= perMinute) {
    return Math.max(1, Math.ceil((oldest + 60_000 - now) / 1000));
  }
  recent.push(now);
  return 0;
}
