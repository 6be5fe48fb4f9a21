import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

export interface AlertmanagerOptions {
  /** Where it posts its groups. */
  webhookUrl: string;
  /** Bearer token that it sends along. */
  token?: string;
  groupBy?: readonly string[];
  groupWait?: string;
  groupInterval?: string;
  repeatInterval?: string;
  resolveTimeout?: string;
  port?: number;
}

export interface AlertmanagerServer extends Server {
  url: string;
  port: number;
}

/** A real Alertmanager without a cluster, with short waits. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<AlertmanagerServer> {
  const port = options.port ?? (await freePort());
  const folder = await ownFolder('alertmanager');
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'alertmanager.yml'), stringify(configuration(options)));
  const server = await startServer({
    name: 'prometheus-alertmanager',
    command: 'prometheus-alertmanager',
    args: [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    folder,
    ready: () => answers(`${url}/-/ready`),
  });
  return { ...server, url, port };
}

function configuration(options: AlertmanagerOptions) {
  const authorization = options.token
    ? { http_config: { authorization: { credentials: options.token } } }
    : {};
  return {
    global: { resolve_timeout: options.resolveTimeout ?? '1m' },
    route: {
      receiver: 'webhook',
      group_by: options.groupBy ?? ['alertname'],
      group_wait: options.groupWait ?? '200ms',
      group_interval: options.groupInterval ?? '1s',
      repeat_interval: options.repeatInterval ?? '1h',
    },
    receivers: [
      {
        name: 'webhook',
        webhook_configs: [{ url: options.webhookUrl, send_resolved: true, ...authorization }],
      },
    ],
  };
}
