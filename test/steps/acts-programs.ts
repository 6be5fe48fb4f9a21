import type { Act, Journal, Stage } from './effects.ts';
import { writePrograms } from './fakes/programs.ts';
import { exits, type SshCommand, startSsh } from './fakes/ssh-host.ts';
import { closing } from './harness.ts';

const RUN = ['purge', 'all'];

/** A program of this machine, written for the test: whether it was started shows in its folder. */
async function local(name: string, script: string, note: Journal, connections = {}): Promise<Stage> {
  const programs = await writePrograms({ [name]: script });
  closing({ stop: programs.remove });
  let noted = false;
  const looked = () => {
    if (noted || !programs.ran()) return;
    noted = true;
    note('change');
  };
  const looking = setInterval(looked, 10);
  closing({ stop: async () => clearInterval(looking) });
  const here = { local: [name], environment: { PATH: programs.path } };
  return { connections, targets: { here }, looked };
}

export const command: Act<string> = {
  kind: 'command',
  does: 'a program of this machine',
  input: { run: RUN, on: 'here' },
  unconfirmed: {
    'killed by a signal': 'kill -9 $$',
    'exit code 137': 'exit 137',
    'exit code 255': 'exit 255',
    hangs: 'sleep 600',
  },
  conclusive: { 'exit code 3': 'echo no >&2; exit 3' },
  stage: (note, script = 'exit 0') => local('purge', script, note),
};

export const celery: Act<string> = {
  kind: 'celery',
  does: 'a purge',
  input: { purge: true, queue: 'orders' },
  unconfirmed: {
    'a broker that is lost in the middle':
      'echo "kombu.exceptions.OperationalError: Connection reset" >&2; exit 1',
    'no word on what it did': 'echo "<!doctype html>"',
    'killed by a signal': 'kill -9 $$',
    hangs: 'sleep 600',
  },
  conclusive: { 'a command line that is wrong': 'echo "Usage: celery [OPTIONS]" >&2; exit 2' },
  stage: (note, script = 'echo "Purged 3 messages from 1 known task queue."') =>
    local('celery', script, note, { celery: { kind: 'celery', app: 'tasks', target: 'here' } }),
};

type Host = Awaited<ReturnType<typeof startSsh>>;
type Ends = (command: SshCommand, host: Host) => unknown;

export const ssh: Act<Ends> = {
  kind: 'command',
  does: 'a program on another host',
  input: { run: RUN, on: 'host' },
  unconfirmed: {
    cut: (_, host) => host.cut(),
    hangs: () => undefined,
    'no exit code': ({ channel }) => channel.end(),
    'exit code 137': (one) => exits(one, 137),
    'killed by a signal': ({ channel }) => {
      channel.exit('KILL');
      channel.end();
    },
  },
  conclusive: { 'exit code 1': (one) => exits(one, 1, '', 'no such queue') },
  async stage(note, ends = (one) => exits(one, 0)) {
    const host: Host = closing(
      await startSsh({
        note,
        run(one) {
          if (one.command.startsWith('kill ')) return exits(one, 0);
          note('change');
          return ends(one, host);
        },
      }),
    );
    return { targets: { host: host.target } };
  },
};
