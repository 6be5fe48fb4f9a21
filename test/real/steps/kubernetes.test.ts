import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { podNamed, startKubernetes } from '../../steps/fakes/kubernetes-api.ts';
import { closing, serviceWith } from '../../steps/harness.ts';

const OPENSSL = 'openssl';
const folder = mkdtempSync(join(tmpdir(), 'guardia-tls-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate for 127.0.0.1 that signs itself, made by the real openssl. */
function certificate(name: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert, '-days', '2', '-nodes'];
  execFileSync(
    OPENSSL,
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...files, ...subject],
    {
      stdio: 'ignore',
    },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

async function clusterWith(ca: string, own: { key: string; cert: string }) {
  const cluster = closing(
    await startKubernetes({
      tls: { ...own, ca },
      answer: () => ({ body: { items: [podNamed('redis-0')] } }),
      exec(exec) {
        exec.send(1, 'PONG\n');
        exec.exit(0);
      },
    }),
  );
  return serviceWith({
    connections: { kubernetes: cluster.connection },
    targets: { redis: { pod: 'app=redis' } },
  });
}

describe('an API server behind TLS', () => {
  it('is asked, and runs programs, when the kubeconfig trusts its certificate', async () => {
    const own = certificate('own');
    const { observe } = await clusterWith(own.cert, own);
    expect((await observe('kubernetes', { pods: 'app=redis' })).value).toMatchObject({ ready: 1 });
    const ping = await observe('command', { run: ['redis-cli', 'ping'], on: 'redis' });
    expect(ping.value).toEqual({ exit: 0, output: 'PONG', lines: 1 });
  });

  it('is refused when the kubeconfig trusts another', async () => {
    const { observe } = await clusterWith(certificate('other').cert, certificate('own'));
    await expect(observe('kubernetes', { pods: 'app=redis' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^the certificate of 127\.0\.0\.1:\d+ is not trusted \([A-Z_]+\)$/),
    });
  });
});
