/**
 * What is more important is posted, edited and taken in sooner; 0 is the most important. 0: critical alerts, approvals,
 * calls. 1: what somebody waits for. From 2 on it ages: what waits rises a severity, which is two steps, each minute.
 */
export type Importance = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** 0 critical, 1 error, 2 warning, 3 info. */
export type SeverityClass = 0 | 1 | 2 | 3;

/** What people and monitoring systems call them. A name that is not here is an error's: it might be. */
const NAMES: Readonly<Record<Exclude<SeverityClass, 1>, readonly string[]>> = {
  0: [
    ...['critical', 'crit', 'emergency', 'emerg', 'fatal', 'disaster', 'blocker', 'page', 'urgent', 'alert'],
    ...['p0', 'p1', 'sev0', 'sev1', 'sev-0', 'sev-1', 's1'],
  ],
  2: ['warning', 'warn', 'medium', 'moderate', 'minor', 'average', 'p3', 'sev3', 'sev-3', 's3'],
  3: [
    ...['info', 'information', 'informational', 'notice', 'low', 'debug', 'ok'],
    ...['p4', 'p5', 'sev4', 'sev5', 'sev-4', 'sev-5', 's4'],
  ],
};
const CLASSES = new Map<string, SeverityClass>(
  Object.entries(NAMES).flatMap(([at, names]) => names.map((name) => [name, Number(at) as SeverityClass])),
);

/** How severe an alert is, whatever its sender calls it. */
export function severityClass(severity: string | undefined): SeverityClass {
  return CLASSES.get((severity ?? '').trim().toLowerCase()) ?? 1;
}

/** Of an alert's own message, and of whatever is found out about it without anybody asking. */
export function importanceOf(severity: string, of: 'card' | 'findings'): Importance {
  const step = of === 'card' ? 0 : 1;
  return (severityClass(severity) * 2 + step) as Importance;
}
