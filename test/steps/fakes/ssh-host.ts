import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';

/** What every command says its process id is. */
export const PID = 4_242;

/** A command as a host gets it. */
export interface SshCommand {
  /** Without what its shell says first: its process id. */
  command: string;
  user: string;
  channel: ServerChannel;
  /** Signals that the client asked for, in order. */
  signals: string[];
  /** Resolves when the client has let go of the channel. */
  closed: Promise<unknown>;
}

export interface SshHost {
  /** A target for a service's file. */
  target: { ssh: string; user: string; 'host-key': string; key: string };
  at: string;
  /** How many connections were opened, and how many are open. */
  opened(): number;
  open(): number;
  /** Resolves when no client is connected any more. */
  quiet(): Promise<void>;
  /** Cuts every connection. */
  cut(): void;
  stop(): Promise<void>;
}

export interface SshOptions {
  run?(command: SshCommand): unknown;
  /** Whether, and when, a command is begun; otherwise it is never answered. */
  begins?(command: string): boolean | Promise<boolean>;
  /** Text of the one public key that may log in. */
  allows?: string;
  /** Hears of each connection and of each try to log in. */
  note?(event: 'connect' | 'talk'): void;
}

/** Test equipment: an SSH server at the wire, which runs nothing. */
export async function startSsh({
  run,
  begins = () => true,
  allows,
  note = () => undefined,
}: SshOptions = {}): Promise<SshHost> {
  const [hostKey, user] = [keyPair(), keyPair()];
  const allowed = ssh2.utils.parseKey(allows ?? user.public);
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    let name = '';
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      name = context.username;
      note('talk');
      const key =
        context.method === 'publickey' && !(allowed instanceof Error) ? context.key.data : undefined;
      if (key && !(allowed instanceof Error) && key.equals(allowed.getPublicSSH())) context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept) => {
      const session = accept();
      const signals: string[] = [];
      session.on('signal', (_, __, { name: signal }) => signals.push(signal));
      session.on('exec', async (acceptExec, _, { command: line }) => {
        if (!(await begins(line))) return;
        const channel = acceptExec();
        const closed = once(channel, 'close');
        channel.resume();
        const [, mark, command = line] = /^echo (\S+) \$\$ >&2 && (.*)$/s.exec(line) ?? [];
        if (mark) channel.stderr.write(`${mark} ${PID}\n`);
        run?.({ command, user: name, channel, signals, closed });
      });
    });
  });
  // The library's server is a net.Server behind its own face.
  const sshServer = server.listen(0, '127.0.0.1') as unknown as { _srv: import('node:net').Server };
  sshServer._srv.on('connection', (socket: Socket) => {
    opened += 1;
    note('connect');
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      sshServer._srv.emit('quieter');
    });
  });
  await once(server, 'listening');
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fingerprint = fingerprintOf(hostKey.public);
  return {
    target: { ssh: at, user: 'ops', 'host-key': fingerprint, key: user.private },
    at,
    opened: () => opened,
    open: () => sockets.size,
    async quiet() {
      while (sockets.size > 0) await once(sshServer._srv, 'quieter');
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Ends as a program does: what it printed, then its exit code. */
export function exits({ channel }: SshCommand, code: number, stdout = '', stderr = ''): void {
  if (stdout) channel.write(stdout);
  if (stderr) channel.stderr.write(stderr);
  channel.exit(code);
  channel.end();
}

export function userKey(): { private: string; public: string } {
  return keyPair();
}

/** The library makes one in some hundred that nobody can read. */
function keyPair(): { private: string; public: string } {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(pair.private) instanceof Error ? keyPair() : pair;
}

/** As ssh-keygen -l shows it. */
export function fingerprintOf(publicKey: string): string {
  const [, blob = ''] = publicKey.split(' ');
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
