import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const SOURCE = new URL('../../../src/store/', import.meta.url).href;

export interface Child {
  process: ChildProcess;
  /** What it has printed so far. */
  said(): string;
  /** Resolves with the match once it has printed it; rejects when it ends before. */
  says(text: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
}

interface Options {
  environment?: Record<string, string | undefined>;
  /** A command that starts the program, such as `unshare`. */
  under?: readonly string[];
}

/** Starts a program, and reads what it prints. */
export function startChild(program: string, args: readonly string[], options: Options = {}): Child {
  const [command = program, ...words] = [...(options.under ?? []), program, ...args];
  const child = spawn(command, words, {
    env: { ...process.env, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    said: () => said,
    ended,
    async says(text) {
      for (;;) {
        const found = text.exec(said);
        if (found) return found;
        const more = once(child.stdout, 'data').then(() => true);
        const over = await Promise.race([more, once(child.stderr, 'data'), ended.then(() => false)]);
        if (over === false && !text.test(said)) throw new Error(`it ended before it said ${text}: ${said}`);
      }
    },
  };
}

/** Runs code in a process of its own that has `startEmbedded` and the like at hand. */
export function startScript(code: string, options: Options = {}): Child {
  // It ends with the test that started it, also when that failed.
  const script = `
    process.stdin.on('end', () => process.exit(1)).resume().unref();
    const { startEmbedded, visitEmbedded } = await import('${SOURCE}embedded.ts');
    try { ${code} } catch (error) { console.log(error.code === 'database' ? error.message : error); }`;
  return startChild(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], options);
}
