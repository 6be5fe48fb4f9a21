import { context, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import { code } from './text.ts';

/** One of each that would work where somebody asks. */
export interface SnapshotExamples {
  query: string;
  service: string;
  runbook: string;
  /** Address of a Grafana. */
  grafana: string;
}

/** What `/snapshot` can draw, each with an example. */
export function snapshotHelp({ query, service, runbook, grafana }: SnapshotExamples): Message {
  const line = (what: string, says: string) => `${code(`/snapshot ${what}`, 240)}  ${says}`;
  return message('What /snapshot can draw', [
    section([
      '*What /snapshot can draw, into this channel*',
      line(query, 'a query in PromQL, over the last hour'),
      line(`${query} last 6h`, 'the same over the last 6 hours; from 1m to 30d'),
      line(`${service}: ${query}`, 'asked of the Prometheus of a service, from any channel'),
      line(`${grafana}/d/…?viewPanel=3`, 'a panel of Grafana: paste the link that its Share menu gives'),
      line(runbook, 'every chart of a runbook; parameters as name=value'),
    ]),
    context(['In threads, where Slack has no slash commands: @Guardia snapshot and the same words']),
  ]);
}
