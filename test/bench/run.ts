import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { acknowledgement } from './acknowledgement.ts';
import { approval } from './approval.ts';
import { backlog } from './backlog.ts';
import { type Bench, holds, type Measured } from './bench.ts';
import { catalogue } from './catalogue.ts';
import { chart } from './chart.ts';
import { checks } from './checks.ts';
import { diagnosis } from './diagnosis.ts';
import { forms } from './forms.ts';
import { redaction } from './redaction.ts';
import { startup } from './startup.ts';
import { webhook } from './webhook.ts';

/** `npm run bench [-- --json FILE] [-- --only NAME]`: every promised speed, as a ratio measured in the same run. */
const BENCHES: readonly Bench[] = [
  catalogue,
  checks,
  diagnosis,
  chart,
  forms,
  redaction,
  webhook,
  acknowledgement,
  approval,
  backlog,
  startup,
];

const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string' } } });
const chosen = BENCHES.filter((bench) => values.only === undefined || bench.name === values.only);
if (chosen.length === 0) {
  console.error(
    `There is no bench ${values.only}; there is ${BENCHES.map((bench) => bench.name).join(', ')}.`,
  );
  process.exit(2);
}

const measured: Measured[] = [];
for (const bench of chosen) {
  console.error(`measuring ${bench.name} …`);
  measured.push(...(await bench.run()));
}
console.table(
  measured.map((one) => ({
    promise: one.name,
    compared: one.compared,
    measured: `${one.value} ${one.unit}`,
    limit: `${one.side} ${one.limit} ${one.unit}`,
    kept: holds(one) ? 'yes' : 'NO',
  })),
);
for (const one of measured) console.log(`${one.name}: ${JSON.stringify(one.details)}`);
if (values.json)
  await writeFile(values.json, `${JSON.stringify({ at: new Date().toISOString(), measured }, null, 2)}\n`);
process.exit(0);
