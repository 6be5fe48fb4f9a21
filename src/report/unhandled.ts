import { context, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import { code, safe } from './text.ts';

const LABELS = 20;

export interface UnhandledView {
  status: 'firing' | 'resolved';
  labels: Readonly<Record<string, string>>;
  summary: string | null;
  /** Why, without a secret. */
  why: string;
}

/** An alert that Guardia could not handle: people see what came all the same. */
export function unhandledMessage({ status, labels, summary, why }: UnhandledView): Message {
  const title = safe(labels.alertname ?? 'An alert without a name', 120);
  const shown = Object.entries(labels).slice(0, LABELS);
  return message(`⚠️ Not handled · ${title} · ${status}`, [
    section([
      `⚠️ *Not handled* · *${title}* · ${status}`,
      `Guardia could not handle this alert: ${safe(why, 300)} Look at it by hand, and at Guardia's log.`,
      summary ? `> ${safe(summary, 500)}` : '',
    ]),
    context(shown.map(([name, value]) => code(`${name}=${value}`, 120))),
  ]);
}
