/** What goes on beside the requests: events on their way, their retries, files that Slack works on. */
export interface Work {
  background(promise: Promise<unknown>): void;
  later(ms: number, task: () => void): void;
  /** Forgets what was to come, stops what is on its way, and waits for it. */
  settle(stopSending: () => void): Promise<void>;
}

export function createWork(): Work {
  const running = new Set<Promise<unknown>>();
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    background(promise) {
      const settled = promise.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
    },
    later(ms, task) {
      if (stopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        task();
      }, ms);
      timers.add(timer);
    },
    async settle(stopSending) {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      stopSending();
      await Promise.all(running);
    },
  };
}
