import { describe, expect, it } from '@jest/globals';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import { isOver, observationOf, seenAfter, takesMs } from '../../src/catalogue/drill.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import type { Drill } from '../../src/catalogue/schema.ts';
import { goodCatalogue } from '../helpers/catalogue.ts';

async function runbookWith(change: (drill: Drill) => Partial<Drill>): Promise<Runbook> {
  const runbook = (await goodCatalogue()).services.get('demo')?.runbooks.get('queue') as Runbook;
  const drill = runbook.drills.fault as Drill;
  return { ...runbook, drills: { fault: { ...drill, ...change(drill) } } };
}

const faultsOf = async (change: (drill: Drill) => Partial<Drill>) =>
  rehearse(await runbookWith(change)).flatMap((rehearsal) => rehearsal.faults);

describe('what a drill lets a check see', () => {
  it.each([[null], [0], ['PONG'], [true], [['a', 'b']]])('is the bare value %j', (value) => {
    expect(observationOf(value)).toEqual({ observation: { value, evidence: [] } });
  });

  it('is a value with words, evidence and the time it takes', () => {
    const seen = {
      value: { ready: 0 },
      says: 'no pod is ready',
      evidence: [{ label: 'pods', text: 'none' }],
      takes: '3s',
    };
    expect(observationOf(seen)).toEqual({
      observation: {
        value: { ready: 0 },
        says: 'no pod is ready',
        evidence: [{ label: 'pods', text: 'none' }],
      },
    });
    expect(takesMs(seen)).toBe(3_000);
    expect(takesMs(7)).toBe(0);
  });

  it('is an error where the check cannot answer', () => {
    expect(observationOf({ error: 'refused by prometheus:9090' })).toMatchObject({
      error: { code: 'unreachable', message: 'refused by prometheus:9090' },
    });
  });
});

describe('a drill with two actions to its end', () => {
  const at = async (done: string[]) => {
    const drill = (await runbookWith(() => ({}))).drills.fault as Drill;
    return {
      over: isOver(drill, done),
      length: seenAfter(drill, done, 'length'),
      api: seenAfter(drill, done, 'api'),
    };
  };

  it('is over once both have run, in whatever order', async () => {
    const healed = { value: { ok: true } };
    expect(await at([])).toMatchObject({ over: false, length: 1840, api: { says: 'refused by api.demo' } });
    expect(await at(['restart'])).toEqual({ over: false, length: 1840, api: healed });
    expect(await at(['drain'])).toMatchObject({
      over: false,
      length: 1840,
      api: { says: 'refused by api.demo' },
    });
    expect(await at(['restart', 'drain'])).toEqual({ over: true, length: 3, api: healed });
    expect(await at(['drain', 'drain', 'restart'])).toEqual({ over: true, length: 3, api: healed });
  });

  it('may name the checks that one of them heals', async () => {
    const drill = { ...((await runbookWith(() => ({}))).drills.fault as Drill), after: { restart: ['api'] } };
    expect(seenAfter(drill, ['restart'], 'api')).toEqual(drill.healthy.api);
    expect(seenAfter(drill, ['restart'], 'length')).toBe(1840);
  });

  it('sees what the latest action left', async () => {
    const after = { restart: { length: 900 }, drain: { length: 20 } };
    const drill = { ...((await runbookWith(() => ({}))).drills.fault as Drill), after };
    expect(seenAfter(drill, ['restart', 'drain'], 'length')).toBe(20);
    expect(seenAfter(drill, ['drain', 'restart'], 'length')).toBe(900);
  });

  it('knows nothing of a check it was not told about', async () => {
    const drill = (await runbookWith(() => ({}))).drills.fault as Drill;
    expect(seenAfter(drill, [], 'constructor')).toBeUndefined();
    expect(isOver({ ...drill, 'ends-with': undefined }, ['restart', 'drain'])).toBe(false);
  });
});

describe('a rehearsal', () => {
  it('passes when everything comes out as the drill says', async () => {
    expect(rehearse(await runbookWith(() => ({})))).toEqual([
      {
        runbook: 'demo/queue',
        drill: 'fault',
        sentence: 'Jobs waiting in jobs: 1,840 jobs, and the API does not answer.',
        faults: [],
      },
    ]);
  });

  it('says what was expected and did not come out, and the other way round', async () => {
    const expected = {
      failing: ['length'],
      warning: ['api'],
      suggests: ['drain'],
      'escalates-to': ['oncall'],
    };
    expect(await faultsOf(() => ({ expect: expected }))).toEqual([
      'failing: api came out, which was not expected',
      'warning: expected api, which did not come out',
      'suggests: restart came out, which was not expected',
      'escalates-to: expected oncall, which did not come out',
      'escalates-to: sre came out, which was not expected',
    ]);
  });

  it('judges a check that cannot answer as unknown, and wants that said', async () => {
    const faults = await faultsOf(({ seen }) => ({ seen: { ...seen, api: { error: 'refused' } } }));
    expect(faults).toContain('unknown: api came out, which was not expected');
  });

  it('fails when good times are not healthy', async () => {
    expect(await faultsOf(({ healthy }) => ({ healthy: { ...healthy, length: 501 } }))).toEqual([
      'healthy: length is warning (501 jobs)',
      'after restart and drain: length is warning (501 jobs)',
    ]);
  });

  it('fails when the end does not heal, or comes before its last action', async () => {
    expect(await faultsOf(() => ({ after: { restart: { length: 2_000 } } }))).toEqual([
      'after restart and drain: length is failing (2,000 jobs)',
    ]);
    const early = { restart: { api: { value: { ok: true } }, length: 0 } };
    expect(await faultsOf(() => ({ after: early }))).toEqual([
      'ends-with: all is healthy after restart already',
    ]);
  });
});
