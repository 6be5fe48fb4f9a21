import { expect, it } from '@jest/globals';
import { stepKinds } from '../../src/steps/index.ts';
import { actsOverHttp } from './acts-http.ts';
import { celery, command, ssh } from './acts-programs.ts';
import { actsOverWires, neo4j } from './acts-wire.ts';
import { describeAct } from './effects.ts';

it('plays every kind that performs', () => {
  const performing = stepKinds.filter((kind) => kind.perform).map(({ name }) => name);
  const played = [...actsOverHttp, ...actsOverWires, neo4j, command, celery, ssh].map(({ kind }) => kind);
  expect([...new Set(played)].sort()).toEqual(performing.sort());
});

for (const act of [...actsOverHttp, ...actsOverWires]) describeAct(act);
for (const act of [command, celery]) describeAct(act);
describeAct(ssh);
describeAct(neo4j);
