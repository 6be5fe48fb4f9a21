import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GuardiaError } from '../../src/errors.ts';
import {
  createPainter,
  type Painter,
  type PainterOptions,
  type Picture,
} from '../../src/snapshots/painter.ts';
import type { Drawing } from '../../src/steps/step-kind.ts';
import { series, spec, TO } from './spec.ts';

const HANGS = new URL('data:text/javascript,while (true) {}');
/** A thread that dies over its first message; what stands in the spec's title lets the next one live. */
const DIES = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (sheet) => {
      if (sheet.title === 'exit') process.exit(3);
      if (sheet.title === 'last') setImmediate(() => process.exit(0));
      if (sheet.title === 'throw') throw new Error('broken');
      parentPort.postMessage({ ok: true, picture: { png: new Uint8Array(), width: 1, height: 1, alt: sheet.title } });
    });`)}`,
);

const painters: Painter[] = [];

function painter(options?: PainterOptions): Painter {
  const made = createPainter(options);
  painters.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(painters.splice(0).map((one) => one.close()));
});

function sizeOf({ png }: Picture): { width: number; height: number } {
  const view = new DataView(png.buffer, png.byteOffset);
  expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)));
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

describe('the painter', () => {
  it('draws a PNG at twice its size, with words that say the same', async () => {
    const picture = await painter().draw(spec());
    expect(sizeOf(picture)).toEqual({ width: 1_600, height: 800 });
    expect(picture).toMatchObject({ width: 1_600, height: 800 });
    expect(picture.alt).toContain('1,924 jobs now');
  });

  it('shows in the picture what differs: title, values, limits, marks, gaps', async () => {
    const one = painter();
    const changes = [
      {},
      { title: 'Jobs waitinG' },
      { series: [series('celery', () => 3)] },
      { thresholds: { failing: 900 } },
      { marks: [{ at: TO - 60_000, label: 'Purge' }] },
      { series: [] },
      { theme: 'dark' as const },
    ];
    const pictures = await Promise.all(changes.map((change) => one.draw(spec(change))));
    const distinct = new Set(pictures.map(({ png }) => Buffer.from(png).toString('base64')));
    expect(distinct.size).toBe(changes.length);
  });

  it('draws one point, empty series, ten thousand points and two hundred series', async () => {
    const one = painter();
    const points = Array.from({ length: 10_000 }, (_, i) => [TO - i * 360, Math.sin(i)] as const);
    const pictures = await Promise.all([
      one.draw(spec({ from: TO, to: TO, series: [{ name: 'a', points: [[TO, 42]] }] })),
      one.draw(spec({ series: [{ name: 'a', points: [] }] })),
      one.draw(spec({ series: [{ name: 'a', points }] })),
      one.draw(spec({ series: Array.from({ length: 200 }, (_, i) => series(`s${i}`, () => i)) })),
    ]);
    expect(pictures.map(sizeOf)).toEqual(Array(4).fill({ width: 1_600, height: 800 }));
    expect(pictures.map(({ alt }) => alt)).toEqual([
      expect.stringContaining('42 jobs now'),
      expect.stringContaining('no data'),
      expect.stringContaining('highest 1 '),
      expect.stringContaining('12 of 200 series'),
    ]);
  });

  it('draws each form in its own way, in both themes, and the same "No data" for nothing', async () => {
    const one = painter();
    const forms: Drawing[] = [
      { as: 'figures' },
      { as: 'gauge', min: 0, max: 2_000 },
      { as: 'table', columns: ['queue', 'jobs'], rows: [['celery', 1_924]] },
    ];
    const drawn = await Promise.all(
      [undefined, ...forms].flatMap((drawing) =>
        (['light', 'dark'] as const).map((theme) => one.draw(spec({ ...(drawing && { drawing }), theme }))),
      ),
    );
    expect(drawn.map(sizeOf)).toEqual(Array(8).fill({ width: 1_600, height: 800 }));
    expect(new Set(drawn.map(({ png }) => Buffer.from(png).toString('base64'))).size).toBe(8);
  });

  it.each<Drawing>([{ as: 'figures' }, { as: 'gauge', min: 0, max: Number.NaN }])(
    'draws ten thousand series with odd values as $as',
    async (drawing) => {
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, 1e149, -1e149, 0, 5e-324];
      const many = Array.from({ length: 10_000 }, (_, index) => ({
        name: `${'\u202e<x>\u0000'.repeat(50)}${index}`,
        points: [[TO - 1_000, odd[(index + 1) % 7] ?? 0] as const, [TO, odd[index % 7] ?? 0] as const],
      }));
      const picture = await painter().draw(spec({ drawing, series: many }));
      expect(sizeOf(picture).width).toBe(1_600);
      expect(picture.alt).toContain('12 of 7,142 series');
    },
  );

  it('draws text that looks like markup', async () => {
    const odd = '<image href="file:///etc/passwd"/> {a|b} & "quoted" \u0000\u202e';
    const picture = await painter().draw(
      spec({ title: odd, series: [series(odd, () => 1), series('b', () => 2)] }),
    );
    expect(sizeOf(picture).width).toBe(1_600);
  });

  it('draws values as large as numbers get', async () => {
    const large = series('a', (minute) => (minute % 2 === 0 ? 1 : -1) * Number.MAX_VALUE);
    const picture = await painter().draw(spec({ series: [large, series('b', (minute) => minute * 1e140)] }));
    expect(sizeOf(picture).width).toBe(1_600);
  });

  it('stops a drawing at its deadline', async () => {
    const drawing = painter({ script: HANGS, drawMs: 50 }).draw(spec());
    await expect(drawing).rejects.toMatchObject({ code: 'deadline', retryable: true });
  });

  it.each(['exit', 'throw'])('draws on after its thread died (%s)', async (title) => {
    const one = painter({ script: DIES });
    const first = one.draw(spec({ title }));
    const second = one.draw(spec({ title: 'next' }));
    await expect(first).rejects.toMatchObject({ code: 'internal', retryable: true });
    await expect(second).resolves.toMatchObject({ alt: 'next' });
  });

  it('does not wait for a thread that died between two drawings', async () => {
    const one = painter({ script: DIES, drawMs: 5_000 });
    await one.draw(spec({ title: 'last' }));
    // Nobody outside can see the thread end. Whichever comes first, its end or the next drawing, nothing may hang.
    await wait(100);
    const second = await one
      .draw(spec({ title: 'next' }))
      .catch((error: GuardiaError) => ({ alt: error.code }));
    expect(['next', 'internal']).toContain(second.alt);
  });

  it('takes no more drawings than may wait', async () => {
    const one = painter({ script: DIES, waiting: 2 });
    const taken = ['a', 'b', 'c'].map((title) => one.draw(spec({ title })));
    await expect(one.draw(spec({ title: 'd' }))).rejects.toMatchObject({ code: 'refused', retryable: true });
    await expect(Promise.all(taken)).resolves.toHaveLength(3);
  });

  it('lets nothing wait for ever when it closes', async () => {
    const one = painter({ script: HANGS });
    const drawings = [one.draw(spec()), one.draw(spec())];
    const ends = Promise.allSettled(drawings);
    await one.close();
    for (const end of await ends)
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    await expect(one.draw(spec())).rejects.toMatchObject({ code: 'aborted' });
  });
});
