import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { GuardiaError } from '../../../errors.ts';
import { untilAborted } from '../deadline.ts';
import { codeOf, networkError } from '../failures.ts';
import { guardedLookup, refuseForbiddenHost } from './addresses.ts';
import { hostPort } from './client.ts';

const DAY_MS = 86_400_000;

/** The certificate that a host shows for itself. */
export interface Certificate {
  /** Whole days until it ends; below zero when it has ended. */
  days: number;
  /** ISO 8601. */
  ends: string;
  subject: string;
  issuer: string;
  names: string;
  /** Why nobody should trust it: `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, … */
  distrust?: string;
}

/** Shakes hands over TLS with the host of an https URL, trusting nothing, and sends nothing. */
export async function certificateOf(url: string, signal: AbortSignal): Promise<Certificate> {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== 'https:')
    throw new GuardiaError('config', `${hostPort(url)} is asked over http, which has no certificate`);
  refuseForbiddenHost(hostname);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: Number(port || 443),
    ...(isIP(host) ? {} : { servername: host }),
    lookup: guardedLookup(hostname),
    // An ended or unknown certificate is what is looked for.
    rejectUnauthorized: false,
  });
  try {
    await untilAborted(signal, () => handshake(socket));
    return shown(socket, hostPort(url));
  } catch (error) {
    throw signal.aborted ? signal.reason : explained(error, hostPort(url));
  } finally {
    socket.destroy();
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('secureConnect', resolve);
  socket.on('error', reject);
  socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  return promise;
}

function shown(socket: TLSSocket, whom: string): Certificate {
  const certificate = socket.getPeerCertificate();
  const ends = Date.parse(certificate.valid_to);
  if (Number.isNaN(ends)) throw new GuardiaError('nonsense', `${whom} showed no certificate`);
  return {
    days: Math.floor((ends - Date.now()) / DAY_MS),
    ends: new Date(ends).toISOString(),
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: certificate.subjectaltname ?? '',
    ...(socket.authorized ? {} : { distrust: String(socket.authorizationError) }),
  };
}

function nameOf(entity: PeerCertificate['subject']): string {
  return [entity.CN, entity.O].flat().filter(Boolean).join(', ');
}

function explained(error: unknown, whom: string): GuardiaError {
  if (error instanceof GuardiaError) return error;
  if (/^(EPROTO$|ERR_SSL_)/.test(codeOf(error)))
    return new GuardiaError('nonsense', `${whom} does not speak TLS`);
  return networkError(error, whom);
}
