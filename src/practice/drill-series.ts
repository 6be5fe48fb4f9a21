/** What a simulated series tells: good times, then a fault that grew to its peak, and how it is now. */
export interface SeriesStory {
  healthy: number;
  peak: number;
  now: number;
  /** Unix milliseconds at which the fault began; null when there is none. */
  since: number | null;
  spanMs: number;
  at: number;
}

const POINTS = 120;
/** From good times to its peak. */
const GROWS_MS = 6 * 60_000;

/** Points over the last `spanMs`, ending with what is seen now. Deterministic: the same story gives the same curve. */
export function seriesTowards(story: SeriesStory): [number, number][] {
  const step = story.spanMs / POINTS;
  const points = Array.from({ length: POINTS + 1 }, (_, index): [number, number] => {
    const at = story.at - story.spanMs + index * step;
    return [Math.round(at), index === POINTS ? story.now : valueAt(story, at, index)];
  });
  return points;
}

function valueAt(story: SeriesStory, at: number, index: number): number {
  const { healthy, peak, since } = story;
  if (isSwitch(healthy) && isSwitch(peak)) return since !== null && at >= since ? peak : healthy;
  const size = Math.max(Math.abs(healthy), Math.abs(peak)) || 1;
  const noise = (Math.sin(index * 1.7) + Math.sin(index * 0.61)) * size * 0.008;
  const grown = since === null ? 0 : Math.min(1, Math.max(0, (at - since) / GROWS_MS));
  const value = healthy + (peak - healthy) * grown + noise;
  const whole = Number.isInteger(healthy) && Number.isInteger(peak) && size > 20;
  const atLeast = Math.min(healthy, peak) >= 0 ? Math.max(0, value) : value;
  return whole ? Math.round(atLeast) : Math.round(atLeast * 1_000) / 1_000;
}

/** Up or down, three workers or none: such figures jump, and do not flicker. */
function isSwitch(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 10;
}
