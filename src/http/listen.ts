import type { Server } from 'node:http';
import { GuardiaError } from '../errors.ts';

export interface Address {
  port: number;
  host: string;
}

/** Resolves once the server listens. Rejects with a `config` error that says how to choose another port. */
export function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (cause: unknown) => reject(notListening(address, cause));
    server.once('error', refused);
    server.listen(address.port, address.host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

/** Why nothing can listen there, and what to do. */
export function notListening({ port, host }: Address, cause: unknown): GuardiaError {
  const another = 'choose another with PORT, such as PORT=3001.';
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken by another program: end that one, or ${another}`,
    EACCES: `Port ${port} may not be used by this user: ${another}`,
    EADDRNOTAVAIL: `This machine has no address ${host} on which port ${port} could be.`,
  };
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new GuardiaError('config', reasons[code] ?? `Port ${port} cannot be used (${message}): ${another}`, {
    cause,
  });
}
