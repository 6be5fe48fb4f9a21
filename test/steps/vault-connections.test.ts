import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { GuardiaError } from '../../src/errors.ts';
import { urlOf } from '../../src/steps/shared/settings.ts';
import type { Observation, StepCall, StepKind } from '../../src/steps/step-kind.ts';
import { startHttp } from './fakes/http-server.ts';
import { writePrograms } from './fakes/programs.ts';
import { startWire } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';
import { fakeVault, later } from './vault-harness.ts';

const connection = z.strictObject({
  kind: z.literal('made-up'),
  url: urlOf('https').optional(),
  user: z.string().optional(),
  password: z.string().optional(),
});
type Call = StepCall<{ connection?: string | undefined }, z.output<typeof connection>>;
const answer: Observation = { value: 1, evidence: [] };

/** A step kind of the tests' own over a connection with secrets. */
function kindThat(does: Partial<StepKind<Call['input'], Call['connection']>>): StepKind {
  const kind: StepKind<Call['input'], Call['connection']> = {
    name: 'made-up',
    about: 'answers as a test wants',
    input: z.strictObject({ connection: z.string().optional() }),
    connection,
    ...does,
  };
  return kind as StepKind;
}

const PASSWORD = 'vault:secret/denis/db#password';
/** `${vault:…}` in a text. */
const inText = (reference: string) => `\${vault:${reference}}`;

async function serviceThat(
  does: Parameters<typeof kindThat>[0],
  fields: Record<string, unknown> = { password: PASSWORD },
) {
  const vault = await fakeVault();
  const service = serviceWith({
    kinds: [kindThat(does)],
    connections: { 'made-up': { kind: 'made-up', ...fields } },
    settings: vault.settings.approle,
  });
  return { vault, ...service };
}

afterEach(() => {
  jest.useRealTimers();
});

describe('a connection with secrets', () => {
  it.each([
    [{ password: PASSWORD }, { password: 'correct-horse' }],
    [{ password: `pw ${inText('secret/denis/db#password')}!` }, { password: 'pw correct-horse!' }],
    [{ url: `https://me:${inText('secret/odd#password')}@x/` }, { url: 'https://me:a%2Fb%40c%3F%23@x/' }],
    [{ password: `\${DB_PASSWORD:-${PASSWORD}}` }, { password: 'correct-horse' }],
    [{ url: 'vault:secret/denis/web#url' }, { url: 'https://u:p4ssw0rd@web' }],
  ])('is filled from Vault: %j', async (written, filled) => {
    const look = jest.fn(async (_: Call) => answer);
    const { observe, vault } = await serviceThat({ observe: look }, written);
    vault.state.secrets['secret/odd'] = { password: 'a/b@c?#' };
    vault.state.secrets['secret/denis/web'] = { url: 'https://u:p4ssw0rd@web' };
    await observe('made-up', {});
    expect(look.mock.calls[0]?.[0].connection).toMatchObject(filled);
  });

  it('has user and password of one lease', async () => {
    const look = jest.fn(async (_: Call) => answer);
    const { observe } = await serviceThat(
      { observe: look },
      { user: 'vault:database/creds/r#username', password: 'vault:database/creds/r#password' },
    );
    await observe('made-up', {});
    const { user, password } = look.mock.calls[0]?.[0].connection ?? {};
    expect(password).toBe(user?.replace('user-', 'made-password-'));
  });

  it.each([
    'vault:denis',
    'vault:denis#',
    'vault:../sys/mounts#x',
    'vault:a//b#c',
    'vault:a?b#c',
    'vault:a b#c',
  ])('is not valid with %s', async (password) => {
    const { observe, vault } = await serviceThat({ observe: async () => answer }, { password });
    const error = await observe('made-up', {}).catch((thrown: GuardiaError) => thrown);
    expect(error).toMatchObject(
      password.includes(' ')
        ? { value: 1 }
        : { code: 'config', message: expect.stringContaining('names no secret') },
    );
    expect(vault.asked).toEqual([]);
  });

  it('asks Vault only when it is used', async () => {
    const { observe, vault, env } = await serviceThat({ observe: async () => answer });
    Object.assign(env.connections, { plain: { kind: 'made-up', password: 'x' } });
    await observe('made-up', { connection: 'plain' });
    expect(vault.asked).toEqual([]);
  });

  it('says what to set when Vault is not', async () => {
    const { observe } = serviceWith({
      kinds: [kindThat({ observe: async () => answer })],
      connections: { 'made-up': { kind: 'made-up', password: PASSWORD } },
    });
    await expect(observe('made-up', {})).rejects.toMatchObject({
      code: 'not-configured',
      message: 'not configured: VAULT_ADDR is not set',
    });
  });

  it('is not taken for unreachable when it is Vault that is', async () => {
    const finding = { value: 'refused', evidence: [] };
    const { observe, vault } = await serviceThat({
      observe: async () => answer,
      whenUnreachable: () => finding,
    });
    await vault.stop();
    await expect(observe('made-up', {})).rejects.toMatchObject({ code: 'secret', retryable: true });
  });

  it('keeps its deadline when Vault hangs, and says that it was Vault', async () => {
    const wire = closing(await startWire(() => undefined));
    const { observe } = serviceWith({
      kinds: [kindThat({ observe: async () => answer })],
      connections: { 'made-up': { kind: 'made-up', password: PASSWORD } },
      settings: { VAULT_ADDR: `http://127.0.0.1:${wire.port}`, VAULT_TOKEN: 'x' },
    });
    const call = observe('made-up', {}, { deadlineMs: 400 });
    await expect(call).rejects.toMatchObject({
      code: 'secret',
      message: 'secret/denis/db in Vault: no answer in 0.2 s',
    });
  });

  it('may be a second one, or a target', async () => {
    const vault = await fakeVault();
    const programs = await writePrograms({ probe: 'echo "password: $PASSWORD"' });
    const { observe } = serviceWith({
      targets: { here: { local: ['probe'], environment: { PATH: programs.path, PASSWORD } } },
      settings: vault.settings.token,
    });
    const { evidence } = await observe('command', { run: ['probe'], on: 'here' });
    expect(JSON.stringify(evidence)).toContain('password: ***');
    await programs.remove();
  });
});

describe('a secret that was replaced', () => {
  const refused = () => new GuardiaError('refused', 'made.up refused the login');

  /** Takes nobody but who comes with the new password. */
  function lookAfterRotation() {
    return jest.fn(async ({ connection: { password } }: Call) =>
      password === 'new-horse' ? answer : Promise.reject(refused()),
    );
  }

  it.each(['observe', 'preview', 'fingerprint'] as const)(
    'is fetched anew, and %s done once more',
    async (operation) => {
      const look = lookAfterRotation();
      const service = await serviceThat({ observe: async () => answer, [operation]: look as never });
      await service.observe('made-up', {}).catch(() => undefined);
      look.mockClear();
      service.vault.state.secrets['secret/denis/db'] = { password: 'new-horse' };
      later(10_000);
      expect(await service[operation]('made-up', {})).toEqual(answer);
      expect(
        look.mock.calls.map(
          ([
            {
              connection: { password },
            },
          ]) => password,
        ),
      ).toEqual(['correct-horse', 'new-horse']);
      await service[operation]('made-up', {});
      expect(look).toHaveBeenCalledTimes(3);
    },
  );

  it('is fetched anew for the next call after an action, which is not done twice', async () => {
    const act = jest.fn(async ({ connection: { password } }: Call) =>
      password === 'new-horse' ? { says: 'done', evidence: [] } : Promise.reject(refused()),
    );
    const { observe, perform, vault } = await serviceThat({ observe: async () => answer, perform: act });
    await observe('made-up', {});
    vault.state.secrets['secret/denis/db'] = { password: 'new-horse' };
    later(10_000);
    await expect(perform('made-up', {})).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('had been replaced, and the next call uses the new one'),
    });
    expect(act).toHaveBeenCalledTimes(1);
    expect(await perform('made-up', {})).toMatchObject({ says: 'done' });
  });

  it('is not looked for when it is the same, or was read a moment ago', async () => {
    const look = jest.fn(async () => Promise.reject(refused()));
    const { observe, vault } = await serviceThat({ observe: look });
    const reads = () => vault.calls().filter((call) => call === 'GET secret/data/denis/db').length;
    await expect(observe('made-up', {})).rejects.toThrow('made.up refused the login');
    expect([look.mock.calls.length, reads()]).toEqual([1, 1]);
    later(10_000);
    await expect(observe('made-up', {})).rejects.toThrow('made.up refused the login');
    expect([look.mock.calls.length, reads()]).toEqual([2, 2]);
  });

  it.each([true, false])(
    'whose lease has ended in use is made anew; one that lives is not blamed (renewable: %s)',
    async (renewable) => {
      const look = jest.fn(async ({ connection: { password } }: Call) =>
        password === 'made-password-2' ? Promise.reject(refused()) : answer,
      );
      const { observe, vault } = await serviceThat(
        { observe: look },
        { password: 'vault:database/creds/r#password' },
      );
      vault.state.renewable = renewable;
      await expect(observe('made-up', {})).rejects.toThrow('made.up refused the login');
      later(10_000);
      await expect(observe('made-up', {})).rejects.toThrow('made.up refused the login');
      expect(look).toHaveBeenCalledTimes(2);
      vault.leases.clear();
      expect(await observe('made-up', {})).toEqual(answer);
      expect(look).toHaveBeenCalledTimes(4);
    },
  );

  it('leaves the first error when Vault cannot be asked', async () => {
    const { observe, vault } = await serviceThat({ observe: async () => Promise.reject(refused()) });
    await observe('made-up', {}).catch(() => undefined);
    await vault.stop();
    later(10_000);
    await expect(observe('made-up', {})).rejects.toMatchObject({ code: 'refused' });
  });

  it('shows itself to an HTTP probe as a status 401, which is not the finding then', async () => {
    const vault = await fakeVault();
    const server = closing(
      await startHttp(({ headers }) => ({ status: headers['x-api-key'] === 'new-horse' ? 200 : 401 })),
    );
    const { observe } = serviceWith({
      connections: { http: { kind: 'http', url: server.url, headers: { 'x-api-key': PASSWORD } } },
      settings: vault.settings.token,
    });
    const input = { get: '/v1/user', expect: { status: 200 } };
    expect((await observe('http', input)).value).toMatchObject({ status: 401, ok: false });
    vault.state.secrets['secret/denis/db'] = { password: 'new-horse' };
    later(10_000);
    expect((await observe('http', input)).value).toMatchObject({ status: 200, ok: true });
    expect((await observe('http', { ...input, expect: { status: 401 } })).value).toMatchObject({ ok: false });
  });
});

describe('what a connection says with a secret of another in it', () => {
  it('is shown without it, in every encoding, in errors as well', async () => {
    const secret = 'correct-horse';
    const forms = [
      secret,
      Buffer.from(`x:${secret}`).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ];
    const observed = jest.fn(async (_: Call): Promise<Observation> => answer);
    const { observe, env } = await serviceThat({ observe: observed });
    Object.assign(env.connections, { plain: { kind: 'made-up' } });
    await observe('made-up', {});
    observed.mockResolvedValueOnce({
      value: [secret],
      says: forms.join(' '),
      evidence: [{ label: secret, text: secret }],
    });
    const shown = JSON.stringify(await observe('made-up', { connection: 'plain' }));
    observed.mockRejectedValueOnce(new Error(forms.join(' ')));
    const error = await observe('made-up', { connection: 'plain' }).catch((thrown: Error) => thrown);
    for (const form of forms) expect(shown + (error as Error).message).not.toContain(form);
  });

  it('keeps names, which are no secrets', async () => {
    const look = jest.fn(async ({ connection: { user } }: Call) => ({
      value: `${user} is there`,
      evidence: [],
    }));
    const { observe } = await serviceThat({ observe: look }, { user: 'vault:database/creds/r#username' });
    expect((await observe('made-up', {})).value).toBe('user-2 is there');
  });
});
