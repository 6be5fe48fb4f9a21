import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stepKinds } from '../../src/steps/index.ts';
import { describeStepKind } from './contract.ts';
import { contracts } from './contracts.ts';

const NOT_KINDS = ['index.ts', 'step-kind.ts'];

describe('the registry of step kinds', () => {
  it('leaves out no file of src/steps', () => {
    const files = readdirSync(join(import.meta.dirname, '../../src/steps'), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !NOT_KINDS.includes(entry.name))
      .map(({ name }) => name.replace(/\.ts$/, ''));
    expect(stepKinds.map(({ name }) => name).sort()).toEqual(files.sort());
  });

  it('has a contract for every kind, but for what a person does', () => {
    const reaching = stepKinds.filter((kind) => !kind.byPerson);
    expect(Object.keys(contracts).sort()).toEqual(reaching.map(({ name }) => name).sort());
  });

  it('lets nothing go without a contract that could reach anything', () => {
    const functions = ['observe', 'whenUnreachable', 'preview', 'fingerprint', 'perform', 'connection'];
    const byPerson = stepKinds.filter((kind) => kind.byPerson);
    expect(byPerson.map(({ name }) => name)).toEqual(['manual']);
    expect(byPerson.flatMap((kind) => functions.filter((name) => name in kind))).toEqual([]);
  });
});

for (const kind of stepKinds) {
  const contract = contracts[kind.name];
  if (contract) describeStepKind(kind, contract);
}
