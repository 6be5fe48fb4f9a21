import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import { companyFor } from '../../src/practice/company.ts';
import { stepKinds } from '../../src/steps/index.ts';

const COMMANDS = join(import.meta.dirname, '../../commands');
const PLAYER = join(import.meta.dirname, 'helpers/play-drills.ts');
const WITHIN_MS = 20 * 60_000;
const services = readdirSync(COMMANDS);

interface Played {
  drill: string;
  /** The diagnosis as it stands in Slack, or what went wrong. */
  said: string;
}

let catalogue: Catalogue;
const children: ChildProcess[] = [];
const plays = new Map<string, Promise<Played[]>>();

beforeAll(async () => {
  const { settings } = await companyFor(COMMANDS);
  catalogue = (await loadCatalogue(COMMANDS, settings, stepKinds)).catalogue as Catalogue;
  for (const service of services) plays.set(service, playAll(service));
}, 60_000);

afterAll(() => {
  for (const child of children) child.kill();
});

function playAll(service: string): Promise<Played[]> {
  const child = spawn(process.execPath, ['--no-warnings', PLAYER, service], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  return new Promise((done) => {
    child.on('close', () =>
      done(
        out
          .split('\n')
          .filter((line) => line.startsWith('{"drill"'))
          .map((line) => JSON.parse(line)),
      ),
    );
  });
}

describe('every drill is started, diagnosed as its rehearsal says, and played to its end', () => {
  it.each(services)(
    'of %s',
    async (name) => {
      const played = (await plays.get(name)) ?? [];
      const rehearsed = [...(catalogue.services.get(name)?.runbooks.values() ?? [])].flatMap(rehearse);
      expect(played.filter(({ said }) => said.startsWith('FAILED'))).toEqual([]);
      expect(played.map(({ drill }) => drill)).toEqual(
        rehearsed.map(({ runbook, drill }) => `${runbook}/${drill}`),
      );
      for (const [index, { sentence }] of rehearsed.entries()) {
        expect(played[index]?.said).toContain(
          sentence
            .slice(0, 60)
            .replaceAll('&', '&amp;')
            .split(/[<>*_~`]/)[0],
        );
      }
    },
    WITHIN_MS,
  );
});
