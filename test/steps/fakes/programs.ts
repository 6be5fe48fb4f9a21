import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A folder with programs of a test's own making, to stand first in PATH. */
export interface Programs {
  path: string;
  folder: string;
  /** Resolves when the process whose id a program wrote into the file `pid` has ended. */
  gone(): Promise<void>;
  /** Whether any of them was started. */
  ran(): boolean;
  /** A file that a program wrote. */
  read(name: string): string;
  remove(): Promise<void>;
}

/** Writes shell scripts by name; each gets its own folder as `$HERE`. */
export async function writePrograms(scripts: Readonly<Record<string, string>>): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-programs-'));
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\nHERE=${folder}\n: > ${folder}/ran\n${script}\n`, {
      mode: 0o755,
    });
  }
  return {
    folder,
    path: `${folder}:${process.env.PATH}`,
    async gone() {
      const pidFile = join(folder, 'pid');
      while (existsSync(pidFile) && isRunning(Number(readFileSync(pidFile, 'utf8')))) await sleep(10);
    },
    ran: () => existsSync(join(folder, 'ran')),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A process that nobody has waited for yet is no longer running. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
