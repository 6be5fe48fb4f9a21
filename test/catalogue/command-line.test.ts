import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { runRunbooks } from '../../src/catalogue/command-line.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD } from '../helpers/catalogue.ts';

const BAD = join(import.meta.dirname, 'bad');
const ROOT = join(import.meta.dirname, '../..');

async function run(...argv: string[]) {
  const printed = { out: '', err: '' };
  const exit = await runRunbooks(argv, stepKinds, {
    out: (text) => {
      printed.out += `${text}\n`;
    },
    err: (text) => {
      printed.err += `${text}\n`;
    },
    environment: { GUARDIA_COMMANDS: GOOD },
  });
  return { exit, ...printed };
}

describe('guardia runbooks lint', () => {
  it('says that all is well, without any setting', async () => {
    expect(await run('lint')).toEqual({
      exit: 0,
      out: 'No problems in 1 service with 1 runbook.\n',
      err: '',
    });
  });

  it('prints a problem a line and fails', async () => {
    const folder = join(BAD, 'unknown-role');
    const { exit, out } = await run('lint', '--commands', folder);
    expect(exit).toBe(1);
    expect(out).toContain(`${folder}/demo/service.yml:1:1  no-service-file  `);
    expect(out).toMatch(/ → .*\n\n1 problem\.\n$/);
  });

  it('prints problems as JSON for tools', async () => {
    const { exit, out } = await run('lint', '--json', '--commands', join(BAD, 'wrong-type'));
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({ rule: 'wrong-type', line: 31, column: 5, mend: expect.any(String) }),
    );
    expect(JSON.parse((await run('lint', '--json')).out)).toEqual([]);
  });
});

describe('guardia runbooks test', () => {
  it('prints a table and counts', async () => {
    expect(await run('test')).toEqual({
      exit: 0,
      out: 'passed  demo/queue  fault  Jobs waiting in jobs: 1,840 jobs, and the API does not answer.\n\n1 passed, 0 failed\n',
      err: '',
    });
    expect(await run('test', 'queue')).toMatchObject({ exit: 0 });
  });

  it('fails, and says what came out, when a drill does not come out', async () => {
    const { exit, out } = await run('test', '--commands', join(import.meta.dirname, 'unexpected'));
    expect(exit).toBe(1);
    expect(out).toContain('FAILED  demo/up  down  Up: 0.\n        suggests: expected');
    expect(out).toContain('\n0 passed, 1 failed\n');
  });

  it('names the nearest runbook when there is no such one', async () => {
    expect(await run('test', 'demo/qeue')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('Did you mean demo/queue?'),
    });
  });

  it('runs nothing on a catalogue with problems', async () => {
    const { exit, err } = await run('test', '--commands', join(BAD, 'wrong-type'));
    expect(exit).toBe(1);
    expect(err).toContain('No drill was run: mend the catalogue first.');
  });
});

describe('guardia runbooks schema', () => {
  const accepts = async (what: string, content: unknown) => {
    const printed = JSON.parse((await run('schema', what)).out);
    return z.fromJSONSchema(printed).safeParse(content).success;
  };
  const good = async (file: string) => parse(await readFile(join(GOOD, 'demo', file), 'utf8'));

  it('is JSON Schema draft 2020-12 that accepts what the loader accepts', async () => {
    const printed = JSON.parse((await run('schema')).out);
    expect(printed.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(printed.$defs).toHaveProperty('prometheus.anyOf[0].properties.query');
    expect(await accepts('runbook', await good('queue.yml'))).toBe(true);
    expect(await accepts('service', await good('service.yml'))).toBe(true);
  });

  it('refuses unknown keys, also within the input of a step kind', async () => {
    const runbook = await good('queue.yml');
    runbook.checks.length.prometheus.qery = 'up';
    expect(await accepts('runbook', runbook)).toBe(false);
    const service = await good('service.yml');
    service.connections.api.urll = 'x';
    expect(await accepts('service', service)).toBe(false);
  });
});

describe('guardia runbooks', () => {
  it.each([
    [['lnit']],
    [['lint', 'one']],
    [['lint', '--jsno']],
    [['schema', 'role']],
    [['test', 'a', 'b']],
    [['--json']],
  ])('answers %j with where to read on', async (argv) => {
    expect(await run(...argv)).toMatchObject({ exit: 2, out: '', err: expect.stringContaining('guardia') });
  });

  it('explains itself', async () => {
    for (const argv of [[], ['--help'], ['lint', '-h']]) {
      expect(await run(...argv)).toMatchObject({ exit: 0, out: expect.stringContaining('docs/runbooks.md') });
    }
  });

  it('is a command of the project, with an exit code', async () => {
    const exitOf = (...argv: string[]) =>
      new Promise((resolve) => {
        spawn(process.execPath, ['src/cli.ts', ...argv], { cwd: ROOT }).on('close', resolve);
      });
    expect(await exitOf('runbooks', 'lint', '--commands', GOOD)).toBe(0);
    expect(await exitOf('runbooks', 'lint', '--commands', BAD)).toBe(1);
    expect(await exitOf('rnbooks')).toBe(2);
  });
});

describe('guardia runbooks rbac', () => {
  it('prints the roles that deploy/ has, made from the catalogue', async () => {
    const { out, exit } = await run('rbac', '--commands', join(import.meta.dirname, '../../commands'));
    expect(exit).toBe(0);
    const kept = await readFile(join(import.meta.dirname, '../../deploy/kubernetes-rights.yml'), 'utf8');
    expect(`${out.trimEnd()}\n`).toBe(kept);
  });

  it('says so when there is no such service', async () => {
    expect(await run('rbac', 'nowhere')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('no service'),
    });
  });
});
