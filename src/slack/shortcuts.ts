import type { MessageShortcut } from '@slack/bolt';
import type { Catalogue, Runbook, Service } from '../catalogue/catalogue.ts';
import { claims } from '../catalogue/match.ts';
import { parametersFromLabels } from '../catalogue/parameters.ts';
import { diagnoseDialog } from '../report/dialogs.ts';
import { SHORTCUTS } from '../report/ids.ts';
import type { Asked } from './asked.ts';
import { cannotWriteIn } from './reach.ts';
import type { Tools } from './tools.ts';
import { asTyped } from './typed.ts';
import { openView } from './views.ts';

export interface Shortcut {
  id: string;
  run(asked: Asked, message: MessageShortcut['message'], tools: Tools): Promise<void>;
}

/** "Diagnose this" on a message that somebody else posted: what it says is a hint, never an order. */
const diagnoseThis: Shortcut = {
  id: SHORTCUTS.diagnoseThis,
  async run(asked, message, tools) {
    if (asked.place === null) return;
    const place = { channel: asked.place.channel, thread: asked.place.thread ?? message.ts };
    const text = wordsOf(message);
    const labels = labelsIn(text);
    const [guess = null, ...others] = guesses(tools.catalogue(), text, labels);
    const { parameters, refused } = parametersFromLabels(guess?.runbook ?? NOTHING, { labels });
    if (!guess || Object.keys(refused).length > 0 || others.length > 0) {
      const metadata = JSON.stringify({ place });
      await openView(tools, asked, diagnoseDialog({ metadata, runbook: guess?.runbook ?? null, refused }));
      return;
    }
    const problem = await cannotWriteIn(tools, place.channel);
    if (problem) return asked.tell(problem);
    const { service, runbook } = guess;
    const answer = await tools.flows.diagnose(
      { service: service.name, runbook: runbook.name, parameters, by: asked.by, place },
      asked.requestId,
    );
    if (answer.says) await asked.tell(answer.says);
  },
};

/** Every message shortcut, one line each; manifest.yml names the same. */
export const shortcuts: readonly Shortcut[] = [diagnoseThis];

const NOTHING = { parameters: {} };
const LONGEST = 20_000;

/** All text of a message: its own, and that of its blocks and attachments. */
function wordsOf(message: MessageShortcut['message']): string {
  const parts: string[] = [];
  collect([message.text, message.blocks, message.attachments], parts);
  return asTyped(parts.join('\n').slice(0, LONGEST));
}

function collect(value: unknown, parts: string[]): void {
  if (typeof value === 'string') parts.push(value);
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) collect(part, parts);
  }
}

/** `queue=celery`, `queue="celery"`, `queue: celery` */
function labelsIn(text: string): Record<string, string> {
  const pairs = text.matchAll(/([a-zA-Z_][\w-]*)\s?[=:]\s?["'`]?([^\s"'`,;{}]+)/g);
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
}

/** Runbooks that claim an alert named in the text, else those that the text names themselves. */
function guesses(
  catalogue: Catalogue,
  text: string,
  labels: Readonly<Record<string, string>>,
): { service: Service; runbook: Runbook }[] {
  const words = new Set(text.split(/[^\w-]+/));
  const all = [...catalogue.services.values()].flatMap((service) =>
    [...service.runbooks.values()].map((runbook) => ({ service, runbook })),
  );
  const claimed = all.filter(({ runbook }) =>
    runbook.alerts.some(
      (matcher) => words.has(matcher.alertname ?? '') && claims(matcher, { ...labels, ...pickName(matcher) }),
    ),
  );
  return claimed.length > 0 ? claimed : all.filter(({ runbook }) => words.has(runbook.name));
}

function pickName({ alertname = '' }: Readonly<Record<string, string>>): { alertname: string } {
  return { alertname };
}
