import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

const run = promisify(execFile);

/** An alerting or recording rule as Prometheus writes it. */
export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PrometheusOptions {
  /** `host:port` of pages to scrape, by job. */
  scrape?: Record<string, string>;
  rules?: readonly Rule[];
  alertmanagerUrl?: string;
  /** How often it scrapes and evaluates. */
  every?: string;
  port?: number;
  /** What it knows from before it starts: samples in the OpenMetrics format, each with its time. */
  history?: string;
}

export interface PrometheusServer extends Server {
  url: string;
  port: number;
  /** Result of an instant query: label set and value of each series. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]>;
}

/** A real Prometheus that scrapes, evaluates rules and tells an Alertmanager, several times a second. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const port = options.port ?? (await freePort());
  const folder = await ownFolder('prometheus');
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'prometheus.yml'), stringify(configuration(options)));
  await writeFile(
    join(folder, 'rules.yml'),
    stringify({ groups: [{ name: 'test', rules: options.rules ?? [] }] }),
  );
  if (options.history !== undefined) await writeHistory(folder, options.history);
  const server = await startServer({
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    folder,
    ready: () => answers(`${url}/-/ready`),
    readyWithinMs: 30_000,
  });
  return { ...server, url, port, query: (expression) => query(url, expression) };
}

/** As an operator fills a Prometheus from another source. */
async function writeHistory(folder: string, history: string): Promise<void> {
  const file = join(folder, 'history.txt');
  await writeFile(file, `${history}# EOF\n`);
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')]);
}

function configuration({ scrape = {}, alertmanagerUrl, every = '250ms' }: PrometheusOptions) {
  return {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: ['rules.yml'],
    scrape_configs: Object.entries(scrape).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
    ...(alertmanagerUrl
      ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanagerUrl).host] }] }] } }
      : {}),
  };
}

async function query(url: string, expression: string) {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
