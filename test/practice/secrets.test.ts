import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { type Guardia, startGuardia } from '../../src/guardia.ts';
import type { MessageView, ViewView } from '../../src/practice/workspace/protocol.ts';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import { withFolder } from '../helpers/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { openWorkspace, SIGNING_SECRET, SILENT } from '../slack/slack.ts';
import { type Programs, writePrograms } from '../steps/fakes/programs.ts';

/** The real bot with real command steps and a real drawing; what Slack's stand-in received is all that counts. */
const CHANNEL = 'C0DENIS';
const GIVEN = 'Quartz-Lantern-88';
/** A piece of each secret that the programs and the queries below tell. */
const PIECES = [
  'quartz-lantern',
  'lantern-88',
  'hunterzwei',
  'AKIAZ2J4',
  'NTRS6K7Q',
  'c3VwZXJn',
  'Kd82jLmN',
  'moonbeam',
];

const SCRIPT = `
printf 'connecting pass'; sleep 0.1; printf 'word=hunter'; sleep 0.1; echo 'zweiunddrei to db-0'
printf 'key AKIAZ2J4'; sleep 0.1; echo 'NTRS6K7Q3DXW denied'
echo 'given: QUARTZ-LANTERN-88'
printf 'wrapped: quartz-\\nlantern-88\\n'
printf 'coloured: Quartz\\033[1m-Lantern-88\\033[0m\\n'
printf 'split: Quartz-Lan'; sleep 0.1; echo 'tern-88'
printf 'kind: Secret\\ndata:\\n  dsn: c3VwZXJnZWhlaW0=\\n'
echo 'redis://:Kd82jLmNpQ@redis-0:6379/0 refused' >&2
exit 3`;

const SERVICE = `
title: Shop
about: A shop.
owner: sre
channel: ${CHANNEL}
roles: { sre: { title: SRE, group: S0SRE } }
approval: { destructive: { by: [sre] } }
connections: { prometheus: { kind: prometheus, url: "\${PROMETHEUS_URL}" } }
targets:
  here: { local: [probe], environment: { PATH: "\${PROGRAMS}", APP_PASSWORD: "\${SHOP_PASSWORD}" } }
`;
const RUNBOOK = `
title: The shop is closed
symptoms: Nobody can buy.
alerts: [{ alertname: ShopClosed }]
checks:
  probe:
    title: The probe
    command: { run: [probe], on: here }
    failing: exit > 0
  waiting:
    title: Orders waiting
    prometheus: { query: orders_waiting, chart: 1h }
    failing: "> 5"
actions:
  open:
    title: Open the shop
    risk: destructive
    suggest-when: [probe]
    preview:
      command: { run: [probe], on: here }
    steps:
      - command: { run: [probe, "--password=moonbeam7"], on: here }
    verify: { checks: [probe], within: 1s }
    undo: none
drills:
  fault:
    alert: { alertname: ShopClosed, severity: critical }
    seen:
      probe: { value: { exit: 3, output: closed, lines: 1 }, says: it is closed }
      waiting: 9
    healthy: { probe: { value: { exit: 0, output: open, lines: 1 } }, waiting: 1 }
    after: { open: { probe: { value: { exit: 0, output: open, lines: 1 } }, waiting: 1 } }
    previews: { open: { what: open the shop } }
    ends-with: [open]
    expect: { failing: [probe, waiting], suggests: [open] }
`;

let database: TestDatabase;
let workspace: PracticeWorkspace;
let programs: Programs;
let guardia: Guardia;
const prometheus = createServer((request, response) => {
  const now = Date.now() / 1_000;
  const metric = {
    __name__: 'orders_waiting',
    url: 'amqp://shop:Kd82jLmNpQ@rabbit',
    token: 'Kd82jLmNpQrStUv',
  };
  const range = request.url?.includes('query_range');
  const values = range
    ? {
        values: [
          [now - 60, '7'],
          [now, '9'],
        ],
      }
    : { value: [now, '9'] };
  const data = { resultType: range ? 'matrix' : 'vector', result: [{ metric, ...values }] };
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'success', data }));
});

beforeAll(async () => {
  database = await createTestDatabase();
  workspace = await openWorkspace({ manifest: join(import.meta.dirname, '../../manifest.yml') });
  programs = await writePrograms({ probe: SCRIPT });
  await new Promise<void>((listening) => prometheus.listen(0, '127.0.0.1', listening));
  const files = { 'shop/service.yml': SERVICE, 'shop/closed.yml': RUNBOOK };
  guardia = await withFolder([], files, (folder) =>
    startGuardia(configWith(folder), { logger: SILENT, host: '127.0.0.1' }),
  );
  workspace.connectBot(`${guardia.url}/slack/events`);
});
afterAll(async () => {
  await guardia?.stop();
  await workspace?.stop();
  await programs?.remove();
  await new Promise((closed) => prometheus.close(closed));
  await database?.drop();
});

function configWith(folder: string) {
  return readConfig({
    ...{ PORT: '0', DATABASE_URL: database.url, GUARDIA_COMMANDS: folder, GUARDIA_REPLICA: 'secrets' },
    ...{
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_API_URL: workspace.apiUrl,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
    },
    PROMETHEUS_URL: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
    ...{ PROGRAMS: programs.path, SHOP_PASSWORD: GIVEN },
  });
}

const noor = () => workspace.driver.as('U0NOOR');
const told = (seen: MessageView | ViewView) => JSON.stringify(seen);

async function message(says: RegExp): Promise<MessageView> {
  const find = (all: MessageView[]) => all.find((one) => says.test(told(one)));
  return workspace.driver.waitFor(
    ({ messages }) => {
      const all = messages(CHANNEL);
      return find(all) ?? all.map(({ ts }) => find(messages(CHANNEL, ts))).find(Boolean);
    },
    { what: `a message that says ${says}`, timeoutMs: 20_000 },
  );
}

/** Everything that left for Slack: messages, dialogs, names and words of uploaded files. */
function expectNothingTold(): void {
  const sent = JSON.stringify(workspace.driver.callLog()).toLowerCase();
  for (const piece of PIECES) expect(sent).not.toContain(piece.toLowerCase());
}

describe('secrets that a command and a query tell', () => {
  it('reach Slack in no message, no picture and no dialog of evidence', async () => {
    await noor().command(CHANNEL, '/diagnose shop/closed');
    const diagnosis = await message(/"type":"image"/);
    const dialog = await (await noor().click(CHANNEL, diagnosis.ts, 'Evidence')).opened(/The probe/);
    const shown = told(dialog);
    for (const kept of [
      'password=***',
      'key *** denied',
      'given: ***',
      'wrapped: ***',
      'split: ***',
      'dsn: ***',
    ])
      expect(shown).toContain(kept);
    expect(shown).toContain('to db-0');
    expect(shown).toContain('@redis-0:6379/0 refused');
    expect(workspace.driver.calls('files.getUploadURLExternal')).toBeGreaterThan(0);
    expectNothingTold();
  });

  it('reach Slack in no request, no dry run and no result of an action', async () => {
    const diagnosis = await message(/"type":"image"/);
    const asked = await (await noor().click(CHANNEL, diagnosis.ts, 'Open the shop')).opened(/Open the shop/);
    await noor().submit(asked.id, { reason: 'It is Monday' });
    const request = await message(/Waiting for approval/);
    expect(told(request)).toContain('--password=***');
    const sam = workspace.driver.as('U0SAM');
    const dialog = await (await sam.click(CHANNEL, request.ts, 'Approve')).opened(/Open the shop/);
    await sam.submit(dialog.id);
    await message(/Failed · Open the shop/);
    expectNothingTold();
  });
});
