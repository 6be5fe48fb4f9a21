import dns, { type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { GuardiaError } from '../../../errors.ts';

/** Where clouds answer with credentials: AWS, GCP, Azure, OpenStack (link-local), then each one's own. */
const METADATA = new BlockList();
METADATA.addSubnet('169.254.0.0', 16);
METADATA.addSubnet('fe80::', 10, 'ipv6');
METADATA.addAddress('168.63.129.16'); // Azure
METADATA.addAddress('100.100.100.200'); // Alibaba
METADATA.addAddress('192.0.0.192'); // Oracle
METADATA.addSubnet('fd00:ec2::', 32, 'ipv6'); // AWS
METADATA.addSubnet('fd20:ce::', 32, 'ipv6'); // GCP
METADATA.addAddress('fd00:42::42', 'ipv6'); // Scaleway
// 169.254.0.0/16 again, as NAT64 and 6to4 write it.
METADATA.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
METADATA.addSubnet('2002:a9fe::', 32, 'ipv6');
const METADATA_NAMES = ['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('0.0.0.0');
LOOPBACK.addAddress('::', 'ipv6');

/** Throws 'refused' when a host, as it is written, names a cloud's metadata service. */
export function refuseForbiddenHost(hostname: string): void {
  const host = bare(hostname);
  if (METADATA_NAMES.includes(host.replace(/\.$/, '')) || (isIP(host) && within(METADATA, host)))
    throw forbidden(host, host);
}

/**
 * A lookup for sockets that refuses what a name must not resolve to: metadata services, and this machine itself
 * unless the connection says `localhost`. It runs for each new connection, so a name that changes does not help.
 */
export function guardedLookup(hostname: string): LookupFunction {
  const mayBeLocal = isLocal(bare(hostname));
  return (host, options, callback) => {
    dns.lookup(host, options, (error, address: string | LookupAddress[], family) => {
      const found = typeof address === 'string' ? [address] : (address ?? []).map((entry) => entry.address);
      const bad = found.find((at) => within(METADATA, at) || (!mayBeLocal && within(LOOPBACK, at)));
      if (!error && bad) callback(forbidden(host, bad), address, family);
      else callback(error, address, family);
    });
  };
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && within(LOOPBACK, host));
}

function within(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function forbidden(host: string, address: string): GuardiaError {
  const reason = within(LOOPBACK, address)
    ? 'is this machine itself; write localhost in the connection if that is meant'
    : 'is where a cloud hands out credentials';
  return new GuardiaError('refused', `${host} was not asked: ${host === address ? 'it' : address} ${reason}`);
}

function bare(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, '');
}
