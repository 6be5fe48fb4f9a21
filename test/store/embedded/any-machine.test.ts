import { spawnSync } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { placeCluster } from '../../../src/store/embedded/data-folder.ts';
import { findPrograms, nativeFolder } from '../../../src/store/embedded/programs.ts';
import { startScript } from './child.ts';

/** What machines have that is not as one would expect it. What only root can bring about is left out for others. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0 ? it : it.skip;
if (asRoot === it.skip) console.log('Left out: what needs root, who can be other users and mount disks.');

const ODD = 'it\'s "my" $(id) `home` ü\\';
const NOBODY = { uid: 65_534, gid: 65_534 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'machine-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const quoted = (text: string) => JSON.stringify(text);
const started = (data: string) =>
  `const server = await startEmbedded(${quoted(data)}, { flags: { fsync: 'off' } }); await server.stop(); console.log('it worked');`;
/** Imports first: the sources may be in a folder that the other user cannot enter. */
const asUser = ({ uid, gid }: typeof NOBODY) =>
  `process.setgroups([${gid}]); process.setgid(${gid}); process.setuid(${uid});`;

async function closedFolder(name: string): Promise<string> {
  const closed = join(folder, name);
  await mkdir(closed, { mode: 0o700 });
  return closed;
}

describe('the data', () => {
  it('can be in a folder that others cannot enter, with umask 077, without HOME and in a path of odd characters', async () => {
    const closed = await closedFolder(ODD);
    const child = startScript(
      `process.umask(0o077); delete process.env.HOME; ${started(join(closed, 'data'))}`,
    );
    expect([await child.ended, child.said()]).toEqual([0, 'it worked\n']);
    expect(await readdir(join(closed, 'data'))).toContain('postgres');
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
  });

  asRoot('belongs to the user to whom the checkout belongs, also when root starts it first', async () => {
    const theirs = await closedFolder('theirs');
    await chown(theirs, NOBODY.uid, NOBODY.gid);
    const data = join(theirs, 'data');
    const first = startScript(started(data));
    expect([await first.ended, first.said()]).toEqual([0, 'it worked\n']);
    for (const name of await readdir(data)) {
      expect([name, (await lstat(join(data, name))).uid]).toEqual([name, NOBODY.uid]);
    }
    const second = startScript(`${asUser(NOBODY)} ${started(data)}`);
    await second.ended;
    // A checkout of root's that is closed has programs that this user cannot read.
    expect(second.said()).toMatch(
      /^it worked$|^There is no embedded PostgreSQL|^The programs .* cannot be run/m,
    );
    await rm(theirs, { recursive: true });
  });

  it('in the place of a file is explained in one sentence', async () => {
    const child = startScript(started(join(import.meta.filename, 'data')));
    await child.ended;
    expect(child.said()).toMatch(
      /^The data folder .* is not a folder; choose another with GUARDIA_DATA, or .*DATABASE_URL\.\n$/,
    );
  });

  asRoot('that this user may not write is explained in one sentence', async () => {
    const child = startScript(`${asUser(NOBODY)} ${started(join(folder, 'data'))}`);
    await child.ended;
    expect(child.said()).toMatch(
      /^The data folder .* may not be written by this user; choose another with GUARDIA_DATA, or .*\.\n$/,
    );
  });

  asRoot('of another user is explained in one sentence', async () => {
    const data = join(folder, 'of-another');
    await mkdir(join(data, 'postgres'), { recursive: true });
    await chown(data, NOBODY.uid, NOBODY.gid);
    const child = startScript(`${asUser(NOBODY)} ${started(data)}`);
    await child.ended;
    expect(child.said()).toMatch(
      /^The data in .* belongs to another user \(uid 0\): start Guardia as that user, or .*\.\n$/,
    );
  });

  asRoot.each([
    ['is full', 'size=4m', 'is full; make room there, or choose another with GUARDIA_DATA'],
    ['is read-only', 'ro', 'its disk is read-only; choose another with GUARDIA_DATA'],
  ])('on a disk that %s is explained in one sentence', async (_, options, says) => {
    const disk = await closedFolder(`disk-${options}`);
    const mounted = [
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount -t tmpfs -o ${options} none "$0" && exec "$@"`,
      disk,
    ];
    const child = startScript(started(join(disk, 'data')), { under: mounted });
    await child.ended;
    expect(child.said()).toMatch(new RegExp(`^The data folder ${disk}/data .*${says}, or .*\\.\\n$`));
  });

  asRoot(
    'lies elsewhere only where the server could not reach it, found again and never shared',
    async () => {
      const system = join(folder, 'system');
      const place = async (path: string, hasProc = false) =>
        placeCluster({ path, owner: {} }, NOBODY, { hasProc, system });
      const closed = await closedFolder('place');
      const [one, two] = [join(closed, 'one'), join(closed, 'two')];
      await mkdir(one);
      await mkdir(two);
      const outside = await place(one);
      expect(dirname(dirname(outside))).toBe(system);
      expect(await place(two)).not.toBe(outside);
      expect([await place(one, true), await place(folder)]).toEqual([
        `${one}/postgres`,
        `${folder}/postgres`,
      ]);
      await rename(one, join(closed, 'renamed'));
      expect(await place(join(closed, 'renamed'))).toBe(outside);
    },
  );

  asRoot('needs no IPv6', async () => {
    const without = 'ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"';
    const child = startScript(started(join(folder, ODD, 'data')), {
      under: ['unshare', '-n', 'sh', '-c', without, 'sh'],
    });
    expect([await child.ended, child.said()]).toEqual([0, 'it worked\n']);
  });
});

describe('the programs', () => {
  const other = isRoot ? [NOBODY] : [{}];
  let native: string;
  beforeAll(async () => {
    native = join(await closedFolder('closed $(checkout)'), 'native');
    await cp(await nativeFolder(), native, { recursive: true, verbatimSymlinks: true });
    await cp(join(await nativeFolder(), '../package.json'), join(native, '../package.json'));
  });

  it('are copied once to where the server can run them, from a folder that it cannot enter', async () => {
    const caches = [join(folder, 'cache')];
    const first = await findPrograms(other, { native, caches });
    expect(first.folder).toMatch(`${folder}/cache/`);
    const made = (await stat(first.postgres)).ino;
    const second = await findPrograms(other, { native, caches });
    expect((await stat(second.postgres)).ino).toBe(made);
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
  });

  it('are not run from a folder that other users can change', async () => {
    const shared = join(folder, 'shared');
    await mkdir(shared);
    await chmod(shared, 0o777);
    const { folder: taken } = await findPrograms(other, { native, caches: [shared, join(folder, 'own')] });
    expect(taken).toMatch(`${folder}/own/`);
    await expect(findPrograms(other, { native, caches: [shared] })).rejects.toThrow(
      /cannot be run: set TMPDIR to a folder .* or set DATABASE_URL/,
    );
  });

  asRoot('are not run from a disk that forbids it, when there is another', async () => {
    const disk = join(folder, 'noexec');
    await mkdir(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'none', disk]);
    expect(mounted.status).toBe(0);
    try {
      const caches = [join(disk, 'cache'), join(folder, 'own')];
      expect((await findPrograms(other, { native, caches })).folder).toMatch(`${folder}/own/`);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});
