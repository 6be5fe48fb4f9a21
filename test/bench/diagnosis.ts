import { setTimeout as wait } from 'node:timers/promises';
import { diagnose } from '../../src/flows/observe.ts';
import { fakeSteps } from '../helpers/house.ts';
import { testCheck, testRunbook, testService } from '../helpers/shop.ts';
import { type Bench, type Measured, median, round, timed } from './bench.ts';

const CHECKS = 20;
const SLOWEST_MS = 150;
const ROUNDS = 15;

/** A diagnosis of 20 checks against its slowest check alone. */
export const diagnosis: Bench = {
  name: 'diagnosis',
  async run(): Promise<Measured[]> {
    const steps = fakeSteps();
    const checks = Array.from({ length: CHECKS }, (_, index) =>
      testCheck(`check-${index}`, { failing: '> 10', unit: 'jobs' }),
    );
    checks.forEach((check, index) => {
      steps.sees[check.name] = index;
      steps.takesMs[check.name] = Math.round((SLOWEST_MS * (index + 1)) / CHECKS);
    });
    const runbook = testRunbook({ checks });
    const look = { service: testService([runbook]), runbook, parameters: { queue: 'orders' } };
    const pace = {
      partialAfterMs: 2_000,
      verifyEveryMs: 1_000,
      followEveryMs: 1_000,
      wakeEveryMs: 30_000,
      askAgainMs: 1_000,
    };
    const at = new Date().toISOString();
    const all: number[] = [];
    const alone: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      all.push(await timed(() => diagnose({ steps, pace }, look, at, async () => {})));
      alone.push(await timed(() => wait(SLOWEST_MS)));
    }
    return [
      {
        name: 'a diagnosis of 20 checks',
        compared: 'to its slowest check',
        value: round(median(all) / median(alone), 3),
        limit: 1.15,
        side: 'at most',
        unit: 'x',
        details: { diagnosisMs: round(median(all)), slowestCheckMs: round(median(alone)) },
      },
    ];
  },
};
